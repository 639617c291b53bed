import { execFile } from "node:child_process";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDaybook } from "../../src/index.js";
import type { RunRecord } from "../../src/index.js";

interface Outcome {
  readonly code: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a compiled program of the demo to its end; Ctrl-C's signal comes as soon as it prints the given text. */
function run(program: string, args: readonly string[], interruptAt?: string): Promise<Outcome> {
  const file = fileURLToPath(new URL(`../../dist/examples/penguins/${program}.js`, import.meta.url));
  return new Promise((resolve) => {
    // CI alone makes the colour library colour what goes to a pipe; the text is looked at here.
    const env = { ...process.env, NO_COLOR: "1" };
    const child = execFile(process.execPath, [file, ...args], { env }, (error, stdout, stderr) => resolve({ code: error === null ? 0 : error.code, stdout, stderr }));
    child.stdout?.on("data", (text: string) => {
      if (interruptAt !== undefined && text.includes(interruptAt)) child.kill("SIGINT");
    });
  });
}

async function runsIn(root: string): Promise<RunRecord[]> {
  const book = await openDaybook(root, { readOnly: true });
  try {
    return await book.runs.list();
  } finally {
    await book.close();
  }
}

describe("the penguins demo", () => {
  let folder = "";
  let root = "";
  let first: Outcome;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "penguins-demo-"));
    root = join(folder, "fresh");
    first = await run("demo", ["--root", root]);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("trains the whole grid, and every check of its own is passed", async () => {
    expect(first, first.stdout + first.stderr).toMatchObject({ code: 0 });
    const runs = await runsIn(root);
    expect(runs.map(({ uid }) => uid)).toEqual(["0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008"]);
    expect(runs.every(({ status, liveness }) => status === "DONE" && liveness === "ended")).toBe(true);
    expect(first.stdout.match(/<- best/g)).toHaveLength(1);
  });

  it("kills a worker whose run is then lost, and taken up again under its uid", async () => {
    const uid = /gets SIGKILL at epoch \d+ of \d+ of run (\d+)\nthe ledger on run \1: status RUNNING .*, liveness lost/.exec(first.stdout)?.[1];
    const killed = (await runsIn(root)).find((record) => record.uid === uid);
    expect(killed?.attempts.map(({ attempt, ended }) => [attempt, ended !== undefined])).toEqual([
      [1, false],
      [2, true],
    ]);
    expect(killed?.history.map(({ status }) => status)).toEqual(["PENDING", "RUNNING", "RUNNING", "DONE"]);
  });

  it("skips what is DONE when it is called again", async () => {
    const before = await runsIn(root);
    const { code, stdout } = await run("demo", ["--root", root]);
    expect(code).toBe(0);
    expect(stdout).toContain("8 of 8 parameter sets are DONE, nothing to train");
    expect(await runsIn(root)).toEqual(before);
  });

  it("goes on where Ctrl-C stopped it", async () => {
    const interrupted = join(folder, "interrupted");
    expect(await run("demo", ["--root", interrupted], "takes up run")).toMatchObject({ code: 130 });
    const before = await runsIn(interrupted);
    expect(before.some(({ liveness }) => liveness === "live")).toBe(false);
    expect(await run("demo", ["--root", interrupted])).toMatchObject({ code: 0 });
    expect(await runsIn(interrupted)).toHaveLength(8);
    expect(before.some(({ status }) => status !== "DONE")).toBe(true);
  });

  it("deletes nothing with --fresh while somebody is at work on a run", async () => {
    const book = await openDaybook(root, { participantId: "somebody" });
    try {
      const lease = await book.runs.start("other", await book.runs.allocate("other"));
      expect(await run("demo", ["--root", root, "--fresh"])).toMatchObject({ code: 1, stderr: expect.stringContaining("at work") as string });
      await lease.end();
    } finally {
      await book.close();
    }
    expect(await runsIn(root)).toHaveLength(9);
  });

  it("does not take another run's weights for the best one's", async () => {
    const runs = await runsIn(root);
    const path = (uid: string | undefined): string => join(root, "runs", "penguins", uid ?? "", "weights.json");
    const best = /^(\d+) .*<- best/m.exec(first.stdout)?.[1];
    const accuracyOf = (record: RunRecord): unknown => record.metrics["heldOutAccuracy"];
    const other = runs.find((record) => record.identifier === "penguins" && accuracyOf(record) !== accuracyOf(runs.find(({ uid }) => uid === best) ?? record));
    await copyFile(path(other?.uid), path(best));
    expect(await run("evaluate", ["--root", root, "--uid", best ?? ""])).toMatchObject({ code: 1, stdout: expect.stringContaining("NOT OK") as string });
    await rm(path(best));
    expect(await run("evaluate", ["--root", root, "--uid", best ?? ""])).toMatchObject({ code: 1, stdout: expect.stringContaining("ENOENT") as string });
  });
});
