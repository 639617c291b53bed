import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CheckpointManager } from "../../src/checkpoints.js";
import { runProgram, startProgram } from "../support/programs.js";
import { copyOf } from "../support/small-log.js";
import { temporaryFolder } from "../support/temporary-folder.js";

const content = (step: number): Buffer => Buffer.from(`weights of step ${step} `.repeat(5000));

/** Three checkpoints, and an orphan. */
async function writeRoot(root: string): Promise<string> {
  await using checkpoints = await CheckpointManager.open(root);
  const [hash] = await checkpoints.updateExperimentHash({ config: { lr: 0.1 } });
  for (const step of [1, 2, 3]) await checkpoints.saveModelCheckpoint({ step, weights: content(step) });
  writeFileSync(join(root, "checkpoints", hash, "model", `${hash}_step_000009.bin`), "orphan");
  return hash;
}

describe.each([
  ["prune", [3]],
  ["compress", [1, 2, 3]],
  ["gc", [1, 2, 3]],
] as const)("a process that is killed at any step of %s", (what, left) => {
  it("leaves every checkpoint that the log has intact; gc and the same call again bring it to the end", { timeout: 60_000 }, async () => {
    const root = temporaryFolder();
    const hash = await writeRoot(root);
    const total = Number((await runProgram("care-checkpoints", [copyOf(root), what, "count"])).at(-1));
    expect(total).toBeGreaterThan(what === "gc" ? 0 : 3);
    let killed = 0;
    const tryStep = async (step: number): Promise<void> => {
      const copy = copyOf(root);
      const { signal, code } = await startProgram("care-checkpoints", [copy, what, step]).ended;
      // Now and then the log needs a call less, and the last step does not come.
      expect(signal === "SIGKILL" || code === 0).toBe(true);
      if (signal === "SIGKILL") killed += 1;
      await using checkpoints = await CheckpointManager.open(copy);
      expect(await checkpoints.verifyCheckpoints(), `step ${step}`).toMatchObject({ ok: true, faults: [], foreign: [] });
      expect((await checkpoints.loadLatestCheckpoint({ apply: false }))?.step).toBe(3);
      if (what === "prune") await checkpoints.prune({ keepLast: 1 });
      if (what === "compress") await checkpoints.compressCheckpoints();
      await checkpoints.gc({ graceMs: 0 });
      expect(await checkpoints.verifyCheckpoints()).toMatchObject({ ok: true, orphans: [], foreign: [] });
      const names = readdirSync(join(copy, "checkpoints", hash, "model")).map((name) => name.replace(/(\.2)?\.gz$/, ""));
      expect(names.sort()).toEqual(left.map((number) => `${hash}_step_00000${number}.bin`));
      for (const number of left) expect((await checkpoints.loadCheckpoint({ step: number, apply: false })).step).toBe(number);
    };
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < total) await tryStep((next += 1));
    };
    await Promise.all([lane(), lane()]);
    expect(killed).toBeGreaterThan(total * 0.8);
  });
});
