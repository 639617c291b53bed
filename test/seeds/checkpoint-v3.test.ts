/** Every example of the guide to checkpoints V3 that touches a disk, as daybook calls. docs/from-checkpoints.md says what differs. */
import { readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  CheckpointManagerV2,
  ExperimentHashGenerator,
  checkpointOnConfigChange,
  checkpointOnDataChange,
  checkpointOnModelChange,
  checkpointOnStep,
  getCheckpointSystem,
} from "../../src/checkpoints.js";
import type { AutomaticCheckpointSystem ,
  CheckpointManager} from "../../src/checkpoints.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { TinyModel, tinyOptions } from "./tiny-model.js";

const config = { lr: 0.001, batch_size: 64 };
const dataState = { uids: ["sample_001", "sample_002", "sample_003"], discarded: new Set(["sample_002"]), tags: { sample_001: ["validated", "clean"] } };

async function openManager(rootLogDir = join(temporaryFolder(), "experiments")): Promise<CheckpointManager> {
  const manager = await CheckpointManagerV2.open(rootLogDir, tinyOptions);
  onTestFinished(() => manager.close());
  return manager;
}

/** The global system, over a root of its own, with a model that it knows. */
async function obtainSystem(checkpointFrequency = 100): Promise<{ readonly system: AutomaticCheckpointSystem; readonly model: TinyModel }> {
  const system = await getCheckpointSystem({ rootLogDir: join(temporaryFolder(), "experiments"), checkpointFrequency, ...tinyOptions });
  onTestFinished(() => system.close());
  const model = new TinyModel([8, 2]);
  system.manager.registerModel("model", model);
  return { system, model };
}

const stepsSaved = async ({ manager }: AutomaticCheckpointSystem, hash?: string): Promise<number[]> => ((await manager.getCheckpointInfo(hash))?.modelCheckpoints ?? []).map(({ step }) => step);
const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();

describe("the automatic system", () => {
  it("says so when it was not obtained, or nothing is registered, instead of waiting for ever", async () => {
    await expect(checkpointOnStep(0)).rejects.toMatchObject({ code: "NOTHING_REGISTERED" });
    const system = await getCheckpointSystem({ rootLogDir: temporaryFolder(), ...tinyOptions });
    onTestFinished(() => system.close());
    await expect(checkpointOnStep(0)).rejects.toMatchObject({ code: "NOTHING_REGISTERED" });
    await expect(checkpointOnModelChange()).rejects.toMatchObject({ code: "NOTHING_REGISTERED" });
  });

  it("saves at every multiple of the frequency, each once, in a loop over all steps", async () => {
    const { system, model } = await obtainSystem(100);
    for (let step = 0; step < 1000; step += 1) {
      model.train();
      await checkpointOnStep(step);
      if (step % 100 === 0) await checkpointOnStep(step, { forceDump: true });
    }
    expect(await stepsSaved(system)).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900]);
    expect((await system.manager.listCheckpoints()).every(({ save }) => save === 1)).toBe(true);
  });

  it("saves nothing by itself with a frequency of 0", async () => {
    const { system } = await obtainSystem(0);
    for (const step of [0, 100, 200]) await checkpointOnStep(step);
    expect(await stepsSaved(system)).toEqual([]);
  });

  it("marks changes as pending, and dumps all of them with the first step", async () => {
    const { system } = await obtainSystem();
    const pending = async (): Promise<unknown> => (await system.manager.hasPendingChanges())[1];
    await checkpointOnModelChange();
    expect(await pending()).toEqual(new Set(["model"]));
    await checkpointOnConfigChange(config);
    expect(await pending()).toEqual(new Set(["model", "config"]));
    await checkpointOnDataChange(dataState);
    expect(await pending()).toEqual(new Set(["model", "config", "data"]));
    expect((await system.manager.getCheckpointInfo())?.architectureSaved).toBe(false);

    for (let step = 1; step < 100; step += 1) await checkpointOnStep(step); // no step to save at, and yet training has resumed
    expect(await system.manager.hasPendingChanges()).toEqual([false, new Set()]);
    expect(await system.manager.getCheckpointInfo()).toMatchObject({ architectureSaved: true, configs: ["config"] });
    expect(await system.manager.loadConfig()).toEqual(config);
  });

  it("dumps at once when it is told to", async () => {
    const { system, model } = await obtainSystem();
    await checkpointOnModelChange(model, { dumpImmediately: true });
    expect(await system.manager.hasPendingChanges()).toEqual([false, new Set()]);
    await checkpointOnConfigChange(config, { dumpImmediately: true });
    await checkpointOnDataChange(dataState, { dumpImmediately: true });
    expect(await system.manager.hasPendingChanges()).toEqual([false, new Set()]);
    expect(await system.manager.listExperimentHashes()).toHaveLength(3);
  });

  it("gathers the changes of a configuration experiment and dumps the last of each (best practice 1)", async () => {
    const { system, model } = await obtainSystem();
    await checkpointOnConfigChange(config);
    await checkpointOnConfigChange({ ...config, lr: 0.1 });
    await checkpointOnModelChange(model);
    await checkpointOnStep(0);
    expect(await system.manager.loadConfig()).toEqual({ ...config, lr: 0.1 });
    const folders = readdirSync(join(system.manager.root, "checkpoints")).filter((name) => name !== "parts");
    expect(folders).toEqual([system.manager.currentHash]);
  });
});

describe("the manager", () => {
  it("marks changes as pending, tells of them, and dumps them by hand", async () => {
    const manager = await openManager();
    const model = new TinyModel([8, 2]);
    const [hash, isNew, changed] = await manager.updateExperimentHash({ model, config, dataState, dumpImmediately: false });
    expect([hash.length, isNew, changed]).toEqual([24, true, new Set(["model", "config", "data"])]);
    expect(await manager.hasPendingChanges()).toEqual([true, new Set(["model", "config", "data"])]);
    expect(await manager.dumpPendingChanges({ force: true })).toBe(true);
    expect(await manager.hasPendingChanges()).toEqual([false, new Set()]);
    expect(await manager.updateExperimentHash({ model, config, dataState })).toEqual([hash, false, new Set()]);

    const [, , toData] = await manager.updateExperimentHash({ model: new TinyModel([16, 2]), config, dataState: { ...dataState, discarded: [] } });
    expect(toData).toEqual(new Set(["model", "data"]));
    const path = await manager.saveModelCheckpoint({ model: new TinyModel([16, 2]), step: 100, forceDumpPending: true });
    expect(await manager.hasPendingChanges()).toEqual([false, new Set()]);
    expect(path).toBe(join(manager.root, "checkpoints", manager.currentHash ?? "", "model", `${manager.currentHash}_step_000100.safetensors`));
  });

  it("lays out the folder of a hash as the guide does", async () => {
    const manager = await openManager();
    const model = new TinyModel([8, 2]);
    const [hash] = await manager.updateExperimentHash({ model, config, dataState });
    for (const step of [100, 200]) await manager.saveModelCheckpoint({ model, step });
    expect(filesBelow(join(manager.root, "checkpoints", hash))).toEqual([
      `data/${hash}_data_state.yaml`,
      `hp/${hash}_config.yaml`,
      `model/${hash}_architecture.json`,
      `model/${hash}_architecture.txt`,
      `model/${hash}_step_000100.safetensors`,
      `model/${hash}_step_000200.safetensors`,
    ]);
  });

  it("saves parts by themselves", async () => {
    const manager = await openManager();
    await manager.updateExperimentHash({ model: new TinyModel([8, 2]), config, dataState });
    const saved = [await manager.saveConfig(config), await manager.saveDataState(dataState), await manager.saveModelArchitecture(new TinyModel([8, 2]))];
    const hash = manager.currentHash ?? "";
    expect(saved.map((path) => relative(manager.root, path))).toEqual([
      `checkpoints/${hash}/hp/${hash}_config.yaml`,
      `checkpoints/${hash}/data/${hash}_data_state.yaml`,
      `checkpoints/${hash}/model/${hash}_architecture.json`,
    ]);
    expect(readFileSync(saved[0] ?? "", "utf8")).toContain("batch_size: 64");
    expect(readFileSync(saved[1] ?? "", "utf8")).toMatch(/sample_001/);
  });

  it("writes what was hashed, also when the object has changed since", async () => {
    const manager = await openManager();
    const live = { lr: 0.001, layers: [8, 2] };
    await manager.updateExperimentHash({ config: live });
    live.lr = 0.9;
    live.layers.push(4);
    await manager.dumpPendingChanges();
    expect(await manager.loadConfig()).toEqual({ lr: 0.001, layers: [8, 2] });
  });

  it("has nothing pending after the way back, and still has it after a restart", async () => {
    const root = join(temporaryFolder(), "experiments");
    const first = await openManager(root);
    const [hash] = await first.updateExperimentHash({ config, dumpImmediately: true });
    await first.updateExperimentHash({ config: { ...config, lr: 0.5 } });
    expect(await first.updateExperimentHash({ config })).toEqual([hash, true, new Set(["config"])]);
    expect(await first.hasPendingChanges()).toEqual([false, new Set()]);
    await first.updateExperimentHash({ config: { ...config, lr: 0.7 } });
    await first.close();
    const second = await openManager(root);
    expect(await second.hasPendingChanges()).toEqual([true, new Set(["config"])]);
  });
});

describe("troubleshooting", () => {
  it("hashes keep changing: the pending parts say which", async () => {
    const manager = await openManager();
    for (const started of [1, 2, 3]) await manager.updateExperimentHash({ model: new TinyModel([8, 2]), config: { ...config, started }, dumpImmediately: started === 1 });
    expect(await manager.hasPendingChanges()).toEqual([true, new Set(["config"])]);
    const [a = "", b = ""] = await manager.listExperimentHashes();
    expect(new ExperimentHashGenerator().compareHashes(a, b)).toEqual(new Set(["config"]));
  });

  it("pending changes are not dumped: a step does it, and forceDump", async () => {
    const { system } = await obtainSystem();
    for (const options of [{}, { forceDump: true }]) {
      await checkpointOnConfigChange({ ...config, options });
      expect(await system.manager.hasPendingChanges()).toEqual([true, new Set(options.forceDump === true ? ["config"] : ["config", "model"])]);
      await checkpointOnStep(7, options);
      expect(await system.manager.hasPendingChanges()).toEqual([false, new Set()]);
    }
  });

  it("the data state is not tracked: a dataset needs the three methods, and says which are missing", async () => {
    const manager = await openManager();
    await expect(manager.updateExperimentHash({ dataState: { rows: [] } })).rejects.toMatchObject({ code: "UNHASHABLE_PART", part: "data" });
    const dataset = { getSampleUids: () => ["a", "b"], isDiscarded: (uid: string) => uid === "a", getTags: () => [] };
    const [hash] = await manager.updateExperimentHash({ dataState: dataset });
    expect(hash.slice(16)).not.toBe("00000000");
  });
});
