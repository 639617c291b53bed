/** Saving checkpoints: killed at every step, by two processes at once, on a full disk. Never is there an entry without its files, and never is an older checkpoint lost. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { CheckpointManager } from "../../src/checkpoints.js";
import { isDaybookError, openDaybook } from "../../src/index.js";
import { canMount } from "../support/can-mount.js";
import { runProgram, startProgram } from "../support/programs.js";
import { temporaryFolder } from "../support/temporary-folder.js";

const everyCall = process.env["DAYBOOK_KILLS"] !== undefined;

/** Everything that the log says of files is so, and what is loaded is what was saved. */
async function expectSound(root: string): Promise<void> {
  await using book = await openDaybook(root);
  await using manager = await CheckpointManager.open(book);
  expect((await book.verify({ full: true })).faults).toEqual([]);
  for (const hash of await manager.listExperimentHashes()) {
    const info = await manager.getCheckpointInfo(hash);
    const files = [...Object.values(info?.files ?? {}), ...(info?.modelCheckpoints ?? []).flatMap((entry) => Object.values(entry.files))];
    for (const { path, bytes, sha256 } of files) {
      const content = readFileSync(path);
      expect([path, content.length, createHash("sha256").update(content).digest("hex")]).toEqual([path, bytes, sha256]);
    }
    // A checkpoint is of a hash whose folder says what it is.
    if ((info?.modelCheckpoints.length ?? 0) > 0) expect(info).toMatchObject({ dumped: true, configs: ["config"] });
  }
}

describe("a save that is killed", () => {
  it("at any of its calls leaves the older checkpoint, and the new one whole or not at all; the next start goes on from the newest", { timeout: 240_000 }, async () => {
    const original = temporaryFolder();
    const before = await CheckpointManager.open(original);
    const [first] = await before.updateExperimentHash({ model: { layers: [{ units: 4 }] }, config: { lr: 1 } });
    await before.saveModelCheckpoint({ weights: new Uint8Array(1000).fill(10), step: 10 });
    await before.close();
    const whole = temporaryFolder();
    cpSync(original, whole, { recursive: true });
    const calls = (await runProgram("die-saving", [whole, 0])).flatMap((line) => (line.startsWith("called ") ? [line.slice("called ".length)] : []));
    const kinds = ["artifact create", "artifact write", "artifact sync", "artifact link", "artifact rename", "artifact unlink", "log write", "log sync"];
    expect(calls).toEqual(expect.arrayContaining(kinds));
    const outcomes = { neither: 0, saved: 0 };

    const tryPoint = async (at: number): Promise<void> => {
      const root = temporaryFolder();
      cpSync(original, root, { recursive: true });
      const program = startProgram("die-saving", [root, at]);
      expect(await program.ended).toMatchObject({ signal: "SIGKILL", errors: "" });
      await expectSound(root);
      await using manager = await CheckpointManager.open(root);
      const steps = (await manager.listCheckpoints()).map(({ hash, step }) => `${hash === first ? "first" : "second"} ${step}`);
      const saved = steps.includes("second 20");
      outcomes[saved ? "saved" : "neither"] += 1;
      expect(steps).toEqual(["first 10", ...(saved ? ["second 20"] : [])]);
      if (saved) expect(Object.keys((await manager.listCheckpoints()).at(-1)?.files ?? {})).toEqual(["weights", "optimizer"]);
      if (program.lines.some((line) => line.startsWith("saved "))) expect(saved).toBe(true);
      // What had been said is not forgotten: a changed configuration that is not in its folder is pending.
      const moved = (await manager.listExperimentHashes()).length > 1;
      const point = await manager.resume();
      expect([point.hash === first, point.nextStep]).toEqual([!moved, saved ? 21 : 11]);
      if (moved && !saved) expect(await manager.loadConfig()).toMatchObject({ lr: 2 });
      const path = await manager.saveModelCheckpoint({ weights: new Uint8Array(1000).fill(30), step: 20 });
      expect(readFileSync(path)[0]).toBe(30);
      expect((await manager.loadLatestCheckpoint())?.weights?.bytes[0]).toBe(30);
      await manager.close();
      await expectSound(root);
      rmSync(root, { recursive: true });
    };
    // Every tenth call, and of each kind the first and the last. DAYBOOK_KILLS: every one.
    const points = calls.flatMap((call, index) => (everyCall || index % 10 === 0 || calls.indexOf(call) === index || calls.lastIndexOf(call) === index ? [index + 1] : []));
    const lane = async (): Promise<void> => {
      for (let at = points.shift(); at !== undefined; at = points.shift()) await tryPoint(at);
    };
    await Promise.all([lane(), lane(), lane()]);
    expect(outcomes.neither).toBeGreaterThan(0);
    expect(outcomes.saved).toBeGreaterThan(0);
  });
});

describe("two processes", () => {
  it("save and load checkpoints of one root at once: each keeps its own hash, every save is there with its own content, and nothing is half read", { timeout: 120_000 }, async () => {
    const root = temporaryFolder();
    const before = await CheckpointManager.open(root);
    await before.updateExperimentHash({ model: { layers: [{ units: 4 }] }, config: { lr: 0 } });
    await before.saveModelCheckpoint({ weights: new Uint8Array(1000).fill(10), step: 0 });
    await before.close();
    const programs = ["a", "b"].map((name) => startProgram("save-and-load", [root, name, 12]));
    for (const program of programs) await program.line((line) => line === "ready");
    for (const { child } of programs) child.stdin?.write("go\n");
    for (const { ended } of programs) expect(await ended).toMatchObject({ code: 0, errors: "" });
    await expectSound(root);
    await using manager = await CheckpointManager.open(root);
    const there = (await manager.listCheckpoints()).map(({ hash, step, files }) => `saved ${hash} ${step} ${readFileSync(files["weights"]?.path ?? "")[0]}`);
    const acknowledged = programs.flatMap(({ lines }) => lines.filter((line) => line.startsWith("saved ")));
    expect(acknowledged).toHaveLength(24);
    expect(there.slice(1).sort()).toEqual(acknowledged.sort());
  });
});

describe("a full disk", () => {
  it.runIf(canMount())("refuses the save with a typed error, loses no older checkpoint and leaves no entry; the same manager goes on once there is space", async () => {
    const mount = temporaryFolder();
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", mount]);
    onTestFinished(() => void execFileSync("umount", ["-l", mount]));
    const root = join(mount, "root");
    mkdirSync(root);
    const manager = await CheckpointManager.open(root);
    onTestFinished(() => manager.close());
    await manager.updateExperimentHash({ config: { lr: 1 } });
    await manager.saveModelCheckpoint({ weights: new Uint8Array(100_000).fill(1), step: 1 });
    const refused: unknown[] = [];
    // The room that is left grows from nothing to more than enough: each place where it runs out is met.
    for (let room = 0; ; room += 4096) {
      writeFileSync(join(mount, "ballast"), Buffer.alloc(freeBytes(mount) - room));
      const failure = await manager.saveModelCheckpoint({ weights: new Uint8Array(60_000).fill(2), step: 2, metadata: { notes: "x".repeat(100_000) } }).then(
        () => undefined,
        (error: unknown) => error,
      );
      rmSync(join(mount, "ballast"));
      if (failure === undefined) break;
      refused.push(failure);
      expect(await manager.loadLatestCheckpoint()).toMatchObject({ step: 1 });
      expect(readdirSync(join(root, "checkpoints", manager.currentHash ?? "", "model")).filter((name) => name.includes("step_000002"))).toEqual([]);
    }
    // Some of the files had room, and the event had none.
    for (const place of ["/model/", "The log could"]) expect(refused.filter((error) => (error as Error).message.includes(place)).length).toBeGreaterThan(3);
    for (const error of refused) {
      expect(isDaybookError(error, "WRITE_FAILED")).toBe(true);
      expect((error as Error).cause).toMatchObject({ code: "ENOSPC" });
    }
    expect(await manager.loadLatestCheckpoint()).toMatchObject({ step: 2 });
    expect((await manager.listCheckpoints()).map(({ step, save }) => [step, save])).toEqual([[1, 1], [2, 1]]);
    await manager.close();
    await expectSound(root);
  });
});

function freeBytes(mount: string): number {
  return Number(execFileSync("stat", ["-f", "-c", "%a", mount]).toString()) * Number(execFileSync("stat", ["-f", "-c", "%S", mount]).toString());
}
