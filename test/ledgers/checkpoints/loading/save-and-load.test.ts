/** What one manager saves, another one loads: with real files, and a model whose weights are tensors. */
import { appendFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { CheckpointManager } from "../../../../src/checkpoints.js";
import type { CheckpointManagerOptions, ModelAdapter, OptimizerAdapter, Tensors } from "../../../../src/checkpoints.js";
import { ModelUnsupportedError, openDaybook } from "../../../../src/index.js";
import { temporaryFolder } from "../../../support/temporary-folder.js";

/** A layer of weights; and the momentum of an optimizer, in the same form. */
class Dense {
  constructor(readonly weights: Float32Array) {}
}
const tensorsOf = (dense: unknown): Promise<Tensors> => Promise.resolve(new Map([["dense/kernel", { dtype: "F32" as const, shape: [(dense as Dense).weights.length], data: (dense as Dense).weights }]]));
const prepareRestore = (dense: unknown, tensors: Tensors): Promise<() => void> => {
  const saved = tensors.get("dense/kernel");
  const { weights } = dense as Dense;
  if (saved?.shape[0] !== weights.length) return Promise.reject(new ModelUnsupportedError(`dense/kernel has ${weights.length} weights, and ${saved?.shape[0]} were saved`));
  return Promise.resolve(() => new Uint8Array(weights.buffer).set(new Uint8Array(saved.data.buffer, saved.data.byteOffset, saved.data.byteLength)));
};
const accepts = (value: unknown): boolean => value instanceof Dense;
const describeDense = (dense: unknown) => ({ algorithm: "dense-1", json: { layers: [{ kind: "dense", units: (dense as Dense).weights.length }] } });
const adapter: ModelAdapter = { name: "dense", accepts, describe: describeDense, tensors: tensorsOf, prepareRestore };
const optimizers: OptimizerAdapter = { name: "momentum", accepts, tensors: tensorsOf, prepareRestore };

async function managerIn(root: string, options: CheckpointManagerOptions = {}): Promise<CheckpointManager> {
  const manager = await CheckpointManager.open(root, { adapters: [adapter], optimizerAdapters: [optimizers], daybook: { durability: "os" }, ...options });
  onTestFinished(() => manager.close());
  return manager;
}

describe("what one manager saves, another one", () => {
  it("loads bit by bit into a model and an optimizer of the same shape, given or registered", async () => {
    const root = temporaryFolder();
    const saver = await managerIn(root);
    const [model, momentum] = [new Dense(new Float32Array([Math.PI, -0, 1e-42])), new Dense(new Float32Array([1, 2]))];
    await saver.updateExperimentHash({ model, config: { lr: 1 } });
    await saver.saveModelCheckpoint({ model, optimizer: momentum, step: 100, metadata: { loss: 0.5 } });
    model.weights.fill(9);

    const loader = await managerIn(root);
    const [given, registered] = [new Dense(new Float32Array(3)), new Dense(new Float32Array(2))];
    loader.registerOptimizer("adam", registered);
    const loaded = await loader.loadLatestCheckpoint({ model: given });
    expect(loaded).toMatchObject({ step: 100, metadata: { loss: 0.5 }, applied: { model: true, optimizer: true }, notApplied: [] });
    expect(loaded?.weights?.path).toMatch(/_step_000100\.safetensors$/);
    expect(Object.is(given.weights[1], -0)).toBe(true);
    expect([given.weights, registered.weights]).toEqual([new Float32Array([Math.PI, -0, 1e-42]), new Float32Array([1, 2])]);
  });

  it("does not load half of it: a model that fits and an optimizer that does not are both left as they are", async () => {
    const root = temporaryFolder();
    const saver = await managerIn(root);
    const model = new Dense(new Float32Array([1, 2, 3]));
    await saver.saveModelCheckpoint({ model, optimizer: new Dense(new Float32Array([1, 2])), step: 1 });
    const loader = await managerIn(root);
    const [given, other] = [new Dense(new Float32Array(3)), new Dense(new Float32Array(5))];
    const before = await loader.book.log.head();
    await expect(loader.loadLatestCheckpoint({ model: given, optimizer: other })).rejects.toMatchObject({ code: "MODEL_UNSUPPORTED" });
    expect([...given.weights, ...other.weights]).toEqual(new Array(8).fill(0));
    expect(await loader.book.log.head()).toEqual(before);
    expect(await loader.loadLatestCheckpoint({ model: given, loadOptimizer: false })).toMatchObject({ applied: { model: true, optimizer: false } });
  });

  it("never loads from a file with one byte more, one bit less, or none, and goes on from the newest intact one", async () => {
    const root = temporaryFolder();
    const saver = await managerIn(root);
    const model = new Dense(new Float32Array([1, 2, 3]));
    const paths: string[] = [];
    for (const step of [10, 20, 30]) {
      model.weights.fill(step);
      paths.push(await saver.saveModelCheckpoint({ model, step }));
    }
    rmSync(paths[2] as string);
    appendFileSync(paths[1] as string, "\0");
    const loader = await managerIn(root);
    const fresh = new Dense(new Float32Array(3));
    loader.registerModel("net", fresh);
    await expect(loader.loadLatestCheckpoint()).rejects.toMatchObject({ code: "ARTIFACT_CORRUPT", problem: "is missing" });
    expect([...fresh.weights]).toEqual([0, 0, 0]);
    expect(await loader.resume()).toMatchObject({ nextStep: 11, checkpoint: { step: 10, skipped: [{ step: 30 }, { step: 20 }] } });
    expect([...fresh.weights]).toEqual([10, 10, 10]);
  });

  it("resumes under a hash that is pending, and the next save puts it into its folder", async () => {
    const root = temporaryFolder();
    const saver = await managerIn(root);
    const model = new Dense(new Float32Array([1, 2, 3]));
    const [first] = await saver.updateExperimentHash({ model, config: { lr: 1 } });
    await saver.saveModelCheckpoint({ model, step: 7 });
    const [second] = await saver.updateExperimentHash({ config: { lr: 2 } });
    await saver.close();

    const next = await managerIn(root);
    expect(await next.hasPendingChanges()).toEqual([true, new Set(["config"])]);
    const fresh = new Dense(new Float32Array(3));
    expect(await next.resume({ model: fresh })).toMatchObject({ hash: second, nextStep: 8, checkpoint: { hash: first, step: 7 } });
    expect([...fresh.weights]).toEqual([1, 2, 3]);
    expect(await next.loadConfig()).toEqual({ lr: 2 });
    await next.saveModelCheckpoint({ model: fresh, step: 8 });
    expect(await next.hasPendingChanges()).toEqual([false, new Set()]);
    expect(await next.loadConfig()).toEqual({ lr: 2 });
    expect(await next.getCheckpointInfo()).toMatchObject({ expHash: second, dumped: true, configs: ["config"], architectureSaved: true, latestStep: 8 });
  });

  it("finds as of a moment what was the newest then, although it was compressed since", async () => {
    const root = temporaryFolder();
    const saver = await managerIn(root);
    const model = new Dense(new Float32Array([1, 2, 3]));
    const path = await saver.saveModelCheckpoint({ model, step: 1 });
    const { seq } = await saver.book.log.head();
    model.weights.fill(4);
    await saver.saveModelCheckpoint({ model, step: 2 });
    writeFileSync(`${path}.gz`, gzipSync(readFileSync(path)));
    rmSync(path);
    const book = await openDaybook(root, { readOnly: true });
    onTestFinished(() => book.close());
    const past = await CheckpointManager.open(await book.at(seq), { adapters: [adapter] });
    const fresh = new Dense(new Float32Array(3));
    expect(await past.loadLatestCheckpoint({ model: fresh })).toMatchObject({ step: 1 });
    expect([...fresh.weights]).toEqual([1, 2, 3]);
    await expect(past.saveModelCheckpoint({ model: fresh, step: 3 })).rejects.toMatchObject({ code: "LOG_READ_ONLY" });
    writeFileSync(`${path}.gz`, gzipSync("other"));
    await expect(past.loadLatestCheckpoint({ model: fresh })).rejects.toMatchObject({ code: "ARTIFACT_CORRUPT", path });
  });

  it("finds what was compressed under a second name, since a killed process had left the first one behind, now and as of then", async () => {
    const root = temporaryFolder();
    const saver = await managerIn(root);
    const model = new Dense(new Float32Array(4096).fill(7));
    const path = await saver.saveModelCheckpoint({ model, step: 1 });
    const { seq } = await saver.book.log.head();
    writeFileSync(`${path}.gz`, "left behind");
    const [compressed] = (await saver.compressCheckpoints({ keep: 0 })).compressed;
    expect(compressed?.path).toMatch(/\.2\.gz$/);
    for (const book of [saver.book, await saver.book.at(seq)]) {
      const loader = await CheckpointManager.open(book, { adapters: [adapter] });
      const fresh = new Dense(new Float32Array(4096));
      expect(await loader.loadLatestCheckpoint({ model: fresh })).toMatchObject({ step: 1, applied: { model: true } });
      expect(fresh.weights).toEqual(model.weights);
    }
  });
});
