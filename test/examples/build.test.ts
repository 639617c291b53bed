import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDaybook } from "../../src/index.js";
import type { OperationRow, SessionRow } from "../../src/operations.js";

interface Outcome {
  readonly code: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

function runDemo(root: string): Promise<Outcome> {
  const file = fileURLToPath(new URL("../../dist/examples/build/demo.js", import.meta.url));
  return new Promise((resolve) => {
    execFile(process.execPath, [file, "--root", root], { env: { ...process.env, NO_COLOR: "1" } }, (error, stdout, stderr) => resolve({ code: error === null ? 0 : error.code, stdout, stderr }));
  });
}

describe("the demo of operations", () => {
  let folder = "";
  let root = "";
  let outcome: Outcome;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "build-demo-"));
    root = join(folder, "demo");
    outcome = await runDemo(root);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("builds everything, although one of its processes is killed in the middle of it", () => {
    expect(outcome, outcome.stdout + outcome.stderr).toMatchObject({ code: 0, stderr: "" });
    expect(outcome.stdout).toMatch(/^builder-2 is dead, in the middle of (\S+): another one builds it$.*^builder-[13]: \1 is built/ms);
    expect(outcome.stdout).toContain("all 6 programs are built");
    const sums = readFileSync(join(root, "bundles/SHA256SUMS"), "utf8").trimEnd().split("\n").map((line) => line.split("  "));
    expect(sums).toHaveLength(6);
    for (const [digest, file = ""] of sums) expect(createHash("sha256").update(readFileSync(join(root, file))).digest("hex"), file).toBe(digest);
  });

  it("has in the log who was killed, what that ended, and that the operation completed all the same", async () => {
    await using book = await openDaybook(root, { readOnly: true });
    const [operation] = Object.values((await book.view("operations")) as Record<string, OperationRow>);
    expect(operation).toMatchObject({ initiator: "build", state: "completed", openSessions: [], calls: { started: 14, ended: 13, failed: 0, cancelled: 0, crashed: 1 } });
    const sessions = Object.values((await book.view("operation-sessions")) as Record<string, SessionRow>);
    expect(sessions.map(({ participant, state, over }) => [participant, state, over?.evidence]).sort()).toEqual([["build", "closed", undefined], ["builder-1", "left", undefined], ["builder-2", "crashed", "gone"], ["builder-3", "left", undefined]]);
    expect(await book.view("temp-resources")).toEqual({});
    expect(await book.view("open-calls")).toEqual({});
  });

  it("prints a time chart of it", () => {
    expect(outcome.stdout).toMatch(/^ {2}bundle \S+ +builder-2 +█*✗ +[\d.]+ s +crashed$/m);
    expect(outcome.stdout.match(/^ {2}(bundle|check) \S+ +builder-[13] +█+ +[\d.]+ s +ended$/gm)).toHaveLength(12);
    expect(outcome.stdout).toMatch(/^ {2}write SHA256SUMS +build +█ +[\d.]+ s +ended$/m);
  });
});
