import { existsSync, readFileSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import type { ModelAdapter, OptimizerAdapter, Tensors } from "../../../../src/checkpoints.js";
import { temporaryFolder } from "../../../support/temporary-folder.js";
import { eventsOf, headSeq, temporaryBook } from "../../runs/temporary-book.js";
import { manager, modelA } from "./root.js";

interface Net {
  readonly kind: "net";
  w: number;
}
const net = (w: number): Net => ({ kind: "net", w });
const tensorsOf = (value: Net): Tensors => new Map([["w", { dtype: "F32", shape: [1], data: new Float32Array([value.w]) }]]);
const floatsOf = (tensors: Tensors | undefined): Float32Array => {
  const { buffer, byteOffset, byteLength } = tensors?.get("w")?.data ?? new Uint8Array();
  return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
};
const accepts = (value: unknown): boolean => (value as Partial<Net> | undefined)?.kind === "net";
const restore = (value: unknown, tensors: Tensors) => Promise.resolve(() => void ((value as Net).w = floatsOf(tensors)[0] ?? 0));
const adapter: ModelAdapter = { name: "net", accepts, describe: () => ({ algorithm: "net-1", json: { layers: ["w"] } }), tensors: (value) => Promise.resolve(tensorsOf(value as Net)), prepareRestore: restore };
const optimizerAdapter: OptimizerAdapter = { name: "net", accepts, tensors: (value) => Promise.resolve(tensorsOf(value as Net)), prepareRestore: restore };
const options = { adapters: [adapter], optimizerAdapters: [optimizerAdapter] };

describe("saving a checkpoint", () => {
  it("dumps what is pending, and puts weights and optimizer into the hash's folder", async () => {
    const checkpoints = await manager(undefined, options);
    const [hash] = await checkpoints.updateExperimentHash({ model: net(1), config: { lr: 1 } });
    const file = await checkpoints.saveModelCheckpoint({ model: net(1), optimizer: net(2), step: 100, metadata: { loss: 0.5 } });
    expect(file).toBe(path.join(checkpoints.root, "checkpoints", hash, "model", `${hash}_step_000100.safetensors`));
    expect(existsSync(file.replace("_step_000100", "_step_000100_optimizer"))).toBe(true);
    expect((await eventsOf(checkpoints.book)).map(({ type }) => type)).toEqual(["hash.updated", "hash.dumped", "checkpoint.saved"]);
    expect(await checkpoints.listCheckpoints()).toMatchObject([{ hash, step: 100, save: 1, metadata: { loss: 0.5 } }]);
  });

  it("comes back as it was, through what is registered", async () => {
    const checkpoints = await manager(undefined, options);
    const [model, optimizer] = [net(1), net(2)];
    checkpoints.registerModel("net", model).registerOptimizer("sgd", optimizer).registerConfig({ lr: 1 });
    await checkpoints.saveModelCheckpoint();
    [model.w, optimizer.w] = [7, 8];
    await checkpoints.saveModelCheckpoint();
    expect((await checkpoints.listCheckpoints()).map(({ step, modelName, optimizerName }) => [step, modelName, optimizerName])).toEqual([[0, "net", "sgd"], [1, "net", "sgd"]]);
    await checkpoints.loadCheckpoint({ step: 0 });
    expect([model.w, optimizer.w]).toEqual([1, 2]);
    expect(await checkpoints.resume()).toMatchObject({ nextStep: 2, checkpoint: { step: 1 } });
    expect([model.w, optimizer.w]).toEqual([7, 8]);
  });

  it("without an optimizer's state is loaded, and resumed from, whichever optimizers are registered", async () => {
    const checkpoints = await manager(undefined, options);
    const model = net(1);
    checkpoints.registerModel("net", model).registerOptimizer("generator", net(2)).registerOptimizer("critic", net(3));
    await checkpoints.saveModelCheckpoint({ step: 4, saveOptimizer: false });
    model.w = 7;
    expect(await checkpoints.loadLatestCheckpoint()).toMatchObject({ step: 4, applied: { model: true, optimizer: false } });
    expect(model.w).toBe(1);
    expect(await checkpoints.resume()).toMatchObject({ nextStep: 5 });
  });

  it("without a step follows the last one, also where several are begun at once", async () => {
    const checkpoints = await manager();
    await checkpoints.updateExperimentHash({ model: modelA });
    await Promise.all([1, 2, 3].map(() => checkpoints.saveModelCheckpoint({ weights: "w" })));
    expect((await checkpoints.listCheckpoints()).map(({ step, save }) => [step, save])).toEqual([[0, 1], [1, 1], [2, 1]]);
  });

  it("of the same step again keeps both", async () => {
    const checkpoints = await manager(undefined, options);
    checkpoints.registerModel("net", net(1));
    const first = await checkpoints.saveModelCheckpoint({ step: 5, weights: Buffer.from("one"), extension: "pt" });
    const second = await checkpoints.saveModelCheckpoint({ step: 5, weights: Buffer.from("two"), extension: "pt" });
    expect(first).toMatch(/_step_000005\.pt$/);
    expect(second).toMatch(/_step_000005\.2\.pt$/);
    expect([readFileSync(first, "utf8"), readFileSync(second, "utf8")]).toEqual(["one", "two"]);
    expect((await checkpoints.listCheckpoints()).map(({ save }) => save)).toEqual([1, 2]);
  });

  it("leaves an orphan of that name alone", async () => {
    const checkpoints = await manager(undefined, options);
    checkpoints.registerModel("net", net(1));
    const first = await checkpoints.saveModelCheckpoint({ step: 1, weights: "x" });
    const orphan = first.replace("000001", "000002");
    writeFileSync(orphan, "orphan");
    expect(await checkpoints.saveModelCheckpoint({ step: 2, weights: "y" })).toBe(orphan.replace(".bin", ".2.bin"));
    expect(readFileSync(orphan, "utf8")).toBe("orphan");
  });

  it("takes tensors by name, bytes and streams", async () => {
    const checkpoints = await manager();
    await checkpoints.updateExperimentHash({ model: modelA });
    await checkpoints.saveModelCheckpoint({ step: 1, weights: { w: { dtype: "F32", shape: [2], data: new Float32Array([1, 2]) } } });
    expect(floatsOf((await checkpoints.loadLatestCheckpoint())?.weights?.tensors)).toEqual(new Float32Array([1, 2]));
    const file = await checkpoints.saveModelCheckpoint({ step: 2, weights: Readable.from([Buffer.from("ab"), Buffer.from("c")]) });
    expect(readFileSync(file, "utf8")).toBe("abc");
    await expect(checkpoints.saveModelCheckpoint({ step: 3, weights: { w: { dtype: "F32", shape: [3], data: new Float32Array(2) } } })).rejects.toMatchObject({ code: "INVALID_OPTION" });
    await expect(checkpoints.saveModelCheckpoint({ model: modelA, step: 3 })).rejects.toMatchObject({ code: "MODEL_UNSUPPORTED" });
  });

  it.each([
    ["a promise", Promise.resolve({})],
    ["an ArrayBuffer", new ArrayBuffer(8)],
    ["a Blob", new Blob(["x"])],
    ["a date", new Date()],
    ["an object of a class", new (class Weights {})()],
  ])("refuses %s as weights: a checkpoint without tensors would be the result", async (_, weights) => {
    const checkpoints = await manager();
    await checkpoints.updateExperimentHash({ model: modelA });
    await expect(checkpoints.saveModelCheckpoint({ step: 1, weights: weights as never })).rejects.toMatchObject({ code: "INVALID_OPTION", field: "weights" });
    expect(await checkpoints.listCheckpoints()).toEqual([]);
  });

  it("that fails leaves neither an event nor a file", async () => {
    const checkpoints = await manager(undefined, options);
    await checkpoints.updateExperimentHash({ model: net(1), dumpImmediately: true });
    const head = await headSeq(checkpoints.book);
    const failing: OptimizerAdapter = { ...optimizerAdapter, tensors: () => Promise.reject(new Error("no")) };
    const other = await manager(checkpoints.book, { adapters: [adapter], optimizerAdapters: [failing] });
    await expect(other.saveModelCheckpoint({ model: net(1), optimizer: net(2), step: 1 })).rejects.toThrow("no");
    expect(await headSeq(checkpoints.book)).toBe(head);
    expect(existsSync(path.join(other.root, "checkpoints", other.currentHash ?? "", "model", `${other.currentHash}_step_000001.safetensors`))).toBe(false);
  });

  it("before there is anything is a clear error", async () => {
    const checkpoints = await manager();
    await expect(checkpoints.saveModelCheckpoint({ step: 1 })).rejects.toMatchObject({ code: "NOTHING_REGISTERED", what: "model" });
    await expect(checkpoints.saveModelCheckpoint({ step: 1, weights: "x" })).rejects.toMatchObject({ code: "NOTHING_REGISTERED", what: "hash" });
    await expect(checkpoints.saveModelCheckpoint({ step: -1, weights: "x" })).rejects.toMatchObject({ code: "INVALID_OPTION", field: "step" });
  });

  it("is refused on a past, which is read", async () => {
    const book = await temporaryBook();
    const checkpoints = await manager(book);
    const [hash] = await checkpoints.updateExperimentHash({ config: { lr: 1 } });
    const past = await manager(await book.at(1));
    expect(past.currentHash).toBe(hash);
    for (const write of [past.updateExperimentHash({ config: { lr: 1 } }), past.dumpPendingChanges(), past.saveModelCheckpoint({ weights: "x" })]) {
      await expect(write).rejects.toMatchObject({ code: "LOG_READ_ONLY" });
    }
    expect(await past.loadConfig()).toEqual({ lr: 1 });
  });
});

describe("files of a hash", () => {
  it("a main configuration with other content is another hash, dumped", async () => {
    const checkpoints = await manager();
    const [before] = await checkpoints.updateExperimentHash({ config: { lr: 1 }, dumpImmediately: true });
    const file = await checkpoints.saveConfig({ lr: 2 });
    expect(checkpoints.currentHash).not.toBe(before);
    expect(file).toContain(`${checkpoints.currentHash}_config.yaml`);
    expect(readFileSync(file, "utf8")).toBe("lr: 2\n");
    expect(await checkpoints.hasPendingChanges()).toEqual([false, new Set()]);
    const head = await headSeq(checkpoints.book);
    expect(await checkpoints.saveConfig({ lr: 2 })).toBe(file);
    expect(await headSeq(checkpoints.book)).toBe(head);
  });

  it("configurations of other names are stored as they are, each content in a file of its own", async () => {
    const checkpoints = await manager();
    await expect(checkpoints.saveConfig({ b: 1 }, "optimizer_config")).rejects.toMatchObject({ code: "NOTHING_REGISTERED" });
    const [hash] = await checkpoints.updateExperimentHash({ config: { lr: 1 } });
    const first = await checkpoints.saveConfig({ beta: 1 }, "optimizer_config");
    expect(await checkpoints.saveConfig({ beta: 1 }, "optimizer_config")).toBe(first);
    const second = await checkpoints.saveConfig({ beta: 2 }, "optimizer_config");
    expect([path.basename(first), path.basename(second)]).toEqual([`${hash}_optimizer_config.yaml`, `${hash}_optimizer_config.2.yaml`]);
    expect(await checkpoints.loadConfig(hash, { configName: "optimizer_config" })).toEqual({ beta: 2 });
    expect(checkpoints.currentHash).toBe(hash);
    await expect(checkpoints.saveConfig({}, "../x")).rejects.toMatchObject({ code: "INVALID_OPTION", field: "configName" });
  });

  it("architecture, data state and a backup of data are put there", async () => {
    const checkpoints = await manager();
    const source = path.join(temporaryFolder(), "train.h5");
    writeFileSync(source, "samples");
    const architecture = await checkpoints.saveModelArchitecture(modelA);
    const state = await checkpoints.saveDataState({ uids: ["a"], tags: { a: ["clean"] } });
    const backup = await checkpoints.saveDataBackup(source);
    expect(architecture).toMatch(/_architecture\.json$/);
    expect(readFileSync(state, "utf8")).toContain("clean");
    expect(path.basename(backup)).toBe(`${checkpoints.currentHash}_train.h5`);
    expect(readFileSync(backup, "utf8")).toBe("samples");
    expect(path.basename(await checkpoints.saveDataBackup(source, { backupName: "copy" }))).toBe(`${checkpoints.currentHash}_copy.h5`);
    expect(await checkpoints.getCheckpointInfo()).toMatchObject({ expHash: checkpoints.currentHash, architectureSaved: true, dataBackups: ["copy", "train"] });
    await expect(checkpoints.saveDataBackup(`${source}.none`)).rejects.toMatchObject({ code: "READ_FAILED" });
  });
});

describe("care of checkpoints", () => {
  it("prunes by a policy and passes over what is pinned, clears away orphans, and verifies what is left", async () => {
    const checkpoints = await manager(undefined, options);
    checkpoints.registerModel("net", net(1));
    for (const step of [1, 2, 3, 4]) await checkpoints.saveModelCheckpoint({ step });
    expect(await checkpoints.pin({ step: 2, reason: "paper" })).toBe(true);
    await checkpoints.prune({ keepLast: 1 });
    expect((await checkpoints.listCheckpoints()).map(({ step }) => step)).toEqual([2, 4]);
    const orphan = path.join(checkpoints.root, "checkpoints", checkpoints.currentHash ?? "", "model", `${checkpoints.currentHash}_step_000009.bin`);
    writeFileSync(orphan, "x");
    await checkpoints.gc({ graceMs: 0 });
    expect(existsSync(orphan)).toBe(false);
    await checkpoints.compressCheckpoints();
    expect(await checkpoints.loadCheckpoint({ step: 2 })).toMatchObject({ applied: { model: true } });
    expect(await checkpoints.verifyCheckpoints()).toMatchObject({ ok: true, faults: [] });
  });
});
