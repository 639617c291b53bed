import { execFile } from "node:child_process";
import { appendFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CheckpointManager } from "../../src/checkpoints.js";

interface Outcome {
  readonly code: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

function run(program: string, root: string): Promise<Outcome> {
  const file = fileURLToPath(new URL(`../../dist/examples/checkpoints/${program}.js`, import.meta.url));
  return new Promise((resolve) => {
    execFile(process.execPath, [file, "--root", root], { env: { ...process.env, NO_COLOR: "1" } }, (error, stdout, stderr) => resolve({ code: error === null ? 0 : error.code, stdout, stderr }));
  });
}

describe("the demo of checkpoints", () => {
  let folder = "";
  let root = "";
  let first: Outcome;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "checkpoints-demo-"));
    root = join(folder, "demo");
    first = await run("demo", root);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("trains to the end, and every check of its own is passed", () => {
    expect(first, first.stdout + first.stderr).toMatchObject({ code: 0, stderr: "" });
    expect(first.stdout).toContain("to the last bit as when it was saved");
  });

  it("is killed in the middle of a checkpoint, which is in no catalogue, and goes on from the one before", async () => {
    expect(first.stdout).toContain("SIGKILL: the process is dead in the middle of the checkpoint of step 80; the last one in the log is of step 60");
    expect(first.stdout).toMatch(/another process takes it up:\ngoes on behind step 60, saved under ([0-9a-f]{16})[0-9a-f]{8}; now under \1[0-9a-f]{8}\nstep 80: checkpoint saved/);
    // What the killed process has left.
    expect(readdirSync(join(root, "checkpoints"), { recursive: true, encoding: "utf8" }).filter((name) => /_step_000080\.safetensors\..*new$/.test(name))).toHaveLength(1);
    await using manager = await CheckpointManager.open(root);
    const steps = (await manager.listCheckpoints()).map(({ step, save }) => [step, save]);
    expect(steps).toEqual([0, 20, 40, 60, 80, 100, 120].map((step) => [step, 1]));
  });

  it("prints what changed from each hash to the next, as the log has it", async () => {
    await using manager = await CheckpointManager.open(root);
    const hashes = await manager.listExperimentHashes();
    expect(hashes).toHaveLength(3);
    const [a = "", b = "", c = ""] = hashes;
    expect((await manager.diffHashes(a, b)).changed).toEqual(["config"]);
    expect((await manager.diffHashes(b, c)).data?.discarded.count).toBe(5);
    expect(first.stdout).toContain("config learningRate: 0.02 -> 0.005");
    expect(first.stdout).toMatch(/data: 5 of 199 samples discarded \(penguin-/);
  });

  it("has nothing to train when it is called again", async () => {
    const { code, stdout } = await run("demo", root);
    expect(code).toBe(0);
    expect(stdout).toContain("all 120 steps are done, nothing to train");
    expect(stdout).not.toContain("checkpoint saved");
  });

  it("does not take altered weights for the best ones", async () => {
    await using manager = await CheckpointManager.open(root);
    for (const { files } of await manager.listCheckpoints()) appendFileSync(files["weights"]?.path ?? "", "x");
    const { code, stderr } = await run("evaluate", root);
    expect([code, stderr]).toEqual([1, expect.stringContaining("ARTIFACT_CORRUPT")]);
  });
});
