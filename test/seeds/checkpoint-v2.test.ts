/** Every example of the guide to checkpoints V2, as daybook calls. docs/from-checkpoints.md says what differs. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { CheckpointManagerV2 } from "../../src/checkpoints.js";
import type { CheckpointManager } from "../../src/checkpoints.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { TinyModel, TinyOptimizer, tinyOptions } from "./tiny-model.js";

const config = { learning_rate: 0.001, batch_size: 32, optimizer: "adam" };
const sampleUids = ["sample_1", "sample_123", "sample_456"];

async function openManager(rootLogDir = join(temporaryFolder(), "experiments")): Promise<CheckpointManager> {
  const manager = await CheckpointManagerV2.open(rootLogDir, tinyOptions);
  onTestFinished(() => manager.close());
  return manager;
}

/** After "Basic Setup". */
async function setUp(): Promise<{ readonly manager: CheckpointManager; readonly model: TinyModel; readonly hash: string }> {
  const manager = await openManager();
  const model = new TinyModel([8, 2]);
  const [hash, isNew] = await manager.updateExperimentHash({ model, config, activeDataUids: sampleUids });
  expect([hash.length, isNew]).toEqual([24, true]);
  return { manager, model, hash };
}

describe("usage examples", () => {
  it("during training: saves every 100 steps, and a changed config is another hash", async () => {
    const { manager, model, hash } = await setUp();
    for (let step = 0; step < 500; step += 1) {
      model.train();
      if (step % 100 === 0) await manager.saveModelCheckpoint({ model, step, saveOptimizer: true, metadata: { loss: 1 / (step + 1), epoch: step / 100 } });
      if (step === 250) await manager.saveConfig({ ...config, batch_size: 64 });
    }
    const other = manager.currentHash ?? "";
    expect(other.slice(8, 16)).not.toBe(hash.slice(8, 16));
    expect([await manager.loadConfig(hash), await manager.loadConfig()]).toEqual([config, { ...config, batch_size: 64 }]);
    const steps = async (of: string): Promise<number[]> => ((await manager.getCheckpointInfo(of))?.modelCheckpoints ?? []).map(({ step }) => step);
    expect([await steps(hash), await steps(other)]).toEqual([
      [0, 100, 200],
      [300, 400],
    ]);
  });

  it("a changed architecture is a new hash", async () => {
    const { manager, hash } = await setUp();
    const [other, isNew] = await manager.updateExperimentHash({ model: new TinyModel([8, 4, 2]), config, activeDataUids: sampleUids });
    expect([isNew, other.slice(0, 8) === hash.slice(0, 8), other.slice(8)]).toEqual([true, false, hash.slice(8)]);
  });

  it("discarded samples are a new hash, whose data can be backed up", async () => {
    const { manager, model, hash } = await setUp();
    const [other, isNew] = await manager.updateExperimentHash({ model, config, activeDataUids: ["sample_1"] });
    expect([isNew, other.slice(0, 16) === hash.slice(0, 16), other === hash]).toEqual([true, true, false]);
    const h5 = join(manager.root, "data.h5");
    writeFileSync(h5, "rows");
    const saved = await manager.saveDataBackup(h5, { backupName: "before-cleaning" });
    expect(readFileSync(saved, "utf8")).toBe("rows");
    expect((await manager.getCheckpointInfo())?.dataBackups).toEqual(["before-cleaning"]);
  });

  it("loading: the latest checkpoint with its optimizer, and the config", async () => {
    const { manager, model } = await setUp();
    const optimizer = new TinyOptimizer();
    model.train();
    optimizer.momentum[0] = 0.5;
    await manager.saveModelCheckpoint({ model, optimizer, step: 999_999 });
    model.train();
    optimizer.momentum[0] = 0.25;
    await manager.saveModelCheckpoint({ model, optimizer, step: 1_000_000 });
    const [fresh, restored] = [new TinyModel([8, 2]), new TinyOptimizer()];
    const loaded = await manager.loadLatestCheckpoint({ model: fresh, optimizer: restored, loadOptimizer: true });
    expect([loaded?.step, [...fresh.weights], [...restored.momentum]]).toEqual([1_000_000, [...model.weights], [0.25]]);
    expect(await manager.loadConfig()).toEqual(config);
  });

  it("listing: hashes, and what there is of each", async () => {
    const { manager, model, hash } = await setUp();
    await manager.saveModelCheckpoint({ model, step: 100 });
    await manager.updateExperimentHash({ config: { ...config, batch_size: 64 } });
    expect(await manager.listExperimentHashes()).toEqual([hash, manager.currentHash]);
    expect(await manager.getCheckpointInfo(hash)).toMatchObject({ expHash: hash, modelCheckpoints: [{ step: 100 }], architectureSaved: true, configs: ["config"], dataBackups: [] });
  });

  it("what is registered is used by name", async () => {
    const { manager, model, hash } = await setUp();
    manager.registerModel("my_model", model);
    manager.registerOptimizer("my_optimizer", new TinyOptimizer());
    const path = await manager.saveModelCheckpoint({ modelName: "my_model", optimizerName: "my_optimizer", step: 100 });
    expect(path.endsWith(`${hash}_step_000100.safetensors`)).toBe(true);
    await expect(manager.saveModelCheckpoint({ modelName: "other", step: 101 })).rejects.toMatchObject({ code: "NOTHING_REGISTERED" });
    expect(await manager.listCheckpoints()).toMatchObject([{ step: 100, modelName: "my_model", optimizerName: "my_optimizer" }]);
  });

  it("metadata is kept as it was given", async () => {
    const { manager, model } = await setUp();
    const metadata = { loss: 0.21, accuracy: 0.93, epoch: 4, notes: "After learning rate adjustment" };
    await manager.saveModelCheckpoint({ model, step: 7, metadata });
    expect(await manager.listCheckpoints()).toMatchObject([{ metadata }]);
    expect((await manager.loadLatestCheckpoint({ apply: false }))?.metadata).toEqual(metadata);
  });

  it("several configs lie beside the main one and do not change the hash", async () => {
    const { manager, hash } = await setUp();
    await manager.saveConfig(config, "config");
    await manager.saveConfig({ beta: 0.9 }, "optimizer_config");
    await manager.saveConfig({ shuffle: true }, "data_config");
    expect(manager.currentHash).toBe(hash);
    expect((await manager.getCheckpointInfo())?.configs.toSorted()).toEqual(["config", "data_config", "optimizer_config"]);
    expect(await manager.loadConfig(hash, { configName: "optimizer_config" })).toEqual({ beta: 0.9 });
  });
});

describe("troubleshooting", () => {
  it("the hash does not change: the model that is passed decides", async () => {
    const { manager, model, hash } = await setUp();
    model.train();
    expect(await manager.updateExperimentHash({ model, config, activeDataUids: sampleUids })).toEqual([hash, false, new Set()]);
    expect((await manager.updateExperimentHash({ model: new TinyModel([9, 2]), config, activeDataUids: sampleUids }))[2]).toEqual(new Set(["model"]));
  });

  it("too many folders: key order and the order of uids make none, and nothing is written for what is pending", async () => {
    const { manager, model, hash } = await setUp();
    const { learning_rate, batch_size, optimizer } = config;
    await manager.updateExperimentHash({ model, config: { optimizer, batch_size, learning_rate }, activeDataUids: sampleUids.toReversed() });
    expect(await manager.listExperimentHashes()).toEqual([hash]);
  });

  it("loading gives undefined while nothing is saved, and an error for a hash that there is not", async () => {
    const { manager } = await setUp();
    expect(await manager.loadLatestCheckpoint()).toBeUndefined();
    await expect(manager.loadLatestCheckpoint({ hash: "0".repeat(23) + "1" })).rejects.toMatchObject({ code: "CHECKPOINT_NOT_FOUND" });
    expect(await (await openManager()).loadLatestCheckpoint()).toBeUndefined();
  });

  it("loading refuses a damaged file, and goes back to an intact one when it is asked to", async () => {
    const { manager, model } = await setUp();
    model.train();
    await manager.saveModelCheckpoint({ model, step: 1 });
    const then = [...model.weights];
    model.train();
    const path = await manager.saveModelCheckpoint({ model, step: 2 });
    const bytes = readFileSync(path);
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const target = new TinyModel([8, 2]);
    await expect(manager.loadLatestCheckpoint({ model: target })).rejects.toMatchObject({ code: "ARTIFACT_CORRUPT", path });
    expect([...target.weights]).toEqual([0, 0]);
    const loaded = await manager.loadLatestCheckpoint({ model: target, fallback: true });
    expect([loaded?.step, loaded?.skipped.map(({ step }) => step), [...target.weights]]).toEqual([1, [2], then]);
  });

  it("a root can be any folder, the default being root_experiment in the current one", async () => {
    const here = process.cwd();
    const folder = join(temporaryFolder(), "elsewhere");
    mkdirSync(folder);
    process.chdir(folder);
    try {
      const manager = await CheckpointManagerV2.open();
      await manager.close();
      expect(manager.root).toBe(join(folder, "root_experiment"));
    } finally {
      process.chdir(here);
      rmSync(folder, { recursive: true });
    }
  });
});
