import { describe, expect, it } from "vitest";
import type { CheckpointManager } from "../../../src/checkpoints.js";
import { headSeq } from "../runs/temporary-book.js";
import { manager, modelA } from "./manager/root.js";

const saved = async (): Promise<CheckpointManager> => {
  const checkpoints = await manager();
  await checkpoints.updateExperimentHash({ model: modelA, config: { lr: 0.1 } });
  await checkpoints.saveModelCheckpoint({ step: 1, weights: Buffer.from("w"), metadata: { loss: 1 } });
  return checkpoints;
};

type Call = (checkpoints: CheckpointManager, options: never) => Promise<unknown>;
const calls: readonly (readonly [name: string, field: string, options: object, call: Call])[] = [
  ["updateExperimentHash", "data_state", { config: { lr: 0.2 }, data_state: { uids: ["a"] } }, (one, options) => one.updateExperimentHash(options)],
  ["saveModelCheckpoint", "meta", { step: 2, weights: Buffer.from("w"), meta: {} }, (one, options) => one.saveModelCheckpoint(options)],
  ["loadLatestCheckpoint", "exp_hash", { exp_hash: "0".repeat(24) }, (one, options) => one.loadLatestCheckpoint(options)],
  ["loadCheckpoint", "closest", { step: 2, closest: true }, (one, options) => one.loadCheckpoint(options)],
  ["loadBestCheckpoint", "mode", { by: "loss", mode: "max" }, (one, options) => one.loadBestCheckpoint(options)],
  ["resume", "hash", { hash: "0".repeat(24) }, (one, options) => one.resume(options)],
  ["listCheckpoints", "folder", { folder: "x" }, (one, options) => one.listCheckpoints(options)],
  ["diffHashes", "most", { most: 3 }, (one, options) => one.diffHashes(one.currentHash ?? "", one.currentHash ?? "", options)],
  ["diffHashes", "mostSamples", { mostSamples: NaN }, (one, options) => one.diffHashes(one.currentHash ?? "", one.currentHash ?? "", options)],
  ["dumpPendingChanges", "Force", { Force: true }, (one, options) => one.dumpPendingChanges(options)],
  ["saveDataBackup", "name", { name: "x" }, (one, options) => one.saveDataBackup("package.json", options)],
  ["loadHash", "loadOptimizer", { loadOptimizer: false }, (one, options) => one.loadHash(one.currentHash ?? "", options)],
  ["loadConfig", "name", { name: "x" }, (one, options) => one.loadConfig(undefined, options)],
  ["loadDataState", "fallback", { fallback: true }, (one, options) => one.loadDataState(undefined, options)],
  ["loadArchitecture", "fall_back", { fall_back: true }, (one, options) => one.loadArchitecture(undefined, options)],
  ["prune", "keepNewest", { keepNewest: 1 }, (one, options) => one.prune(options)],
  ["gc", "grace", { grace: 0 }, (one, options) => one.gc(options)],
];

describe("an option that nobody would look at", () => {
  it.each(calls)("is refused by %s, which names %s and appends nothing", async (_, field, options, call) => {
    const checkpoints = await saved();
    const head = await headSeq(checkpoints.book);
    await expect(call(checkpoints, options as never)).rejects.toMatchObject({ code: "INVALID_OPTION", field });
    expect(await headSeq(checkpoints.book)).toBe(head);
  });

  it("is not expHash, which the former system calls a hash", async () => {
    const checkpoints = await saved();
    const hash = checkpoints.currentHash ?? "";
    await checkpoints.updateExperimentHash({ config: { lr: 0.2 }, dumpImmediately: true });
    expect(await checkpoints.loadLatestCheckpoint({ expHash: hash, apply: false })).toMatchObject({ step: 1, hash });
    await expect(checkpoints.loadLatestCheckpoint({ expHash: hash, hash: "0".repeat(24) })).rejects.toMatchObject({ code: "INVALID_OPTION", field: "expHash" });
  });

  it.each(calls)("is refused by %s like options that are no object", async (name, _field, _options, call) => {
    const checkpoints = await saved();
    for (const none of [null, 5, "x"]) {
      // A backup's name may stand for its options.
      if (name === "saveDataBackup" && none === "x") continue;
      await expect(call(checkpoints, none as never)).rejects.toMatchObject({ code: "INVALID_OPTION" });
    }
  });
});
