import { onTestFinished } from "vitest";
import { describe, expect, it } from "vitest";
import { openDaybook } from "../../../../src/index.js";
import { AutomaticCheckpointSystem, checkpointOnConfigChange, checkpointOnDataChange, checkpointOnModelChange, checkpointOnStep, getCheckpointSystem } from "../../../../src/checkpoints.js";
import type { CheckpointSystemOptions, ModelAdapter } from "../../../../src/checkpoints.js";
import { temporaryFolder } from "../../../support/temporary-folder.js";
import { headSeq } from "../../runs/temporary-book.js";

const adapter: ModelAdapter = {
  name: "list",
  accepts: Array.isArray,
  describe: (model) => ({ algorithm: "list-1", json: { layers: (model as number[]).length } }),
  tensors: (model) => Promise.resolve(new Map([["w", { dtype: "F64", shape: [(model as number[]).length], data: new Float64Array(model as number[]) }]])),
};

async function system(options: CheckpointSystemOptions = {}): Promise<AutomaticCheckpointSystem> {
  const opened = await AutomaticCheckpointSystem.open({ rootLogDir: temporaryFolder(), adapters: [adapter], daybook: { durability: "os" }, ...options });
  onTestFinished(() => opened.close());
  return opened;
}
const stepsOf = async ({ manager }: AutomaticCheckpointSystem): Promise<number[]> => (await manager.listCheckpoints()).map(({ step }) => step);

describe("an automatic checkpoint system", () => {
  it("saves at multiples of the frequency, 0 included, each step once", async () => {
    const checkpoints = await system({ checkpointFrequency: 3 });
    checkpoints.registerModel("net", [1, 2]).registerConfig({ lr: 1 });
    for (const step of [0, 1, 2, 3, 3, 4, 5, 6]) await checkpoints.checkpointOnStep(step);
    await Promise.all([checkpoints.checkpointOnStep(9), checkpoints.checkpointOnStep(9)]);
    expect(await stepsOf(checkpoints)).toEqual([0, 3, 6, 9]);
    expect(checkpoints.getStatus()).toMatchObject({ currentStep: 9, lastCheckpointStep: 9, checkpointFrequency: 3 });
  });

  it("notes a change of data given as an iterator, and has it registered whole", async () => {
    const checkpoints = await system();
    const [hash] = await checkpoints.checkpointOnDataChange(new Set(["a", "b"]).values());
    expect(await checkpoints.checkpointOnDataChange()).toEqual([hash, false, new Set()]);
  });

  it("saves a step again after something was loaded", async () => {
    const checkpoints = await system({ checkpointFrequency: 1 });
    checkpoints.registerModel("net", [1]);
    for (const step of [0, 1]) await checkpoints.checkpointOnStep(step);
    await checkpoints.manager.loadCheckpoint({ step: 0, apply: false });
    await checkpoints.checkpointOnStep(1);
    expect(await stepsOf(checkpoints)).toEqual([0, 1, 1]);
  });

  it.each([0, -1])("saves nothing with a frequency of %d, and dumps what is pending all the same", async (checkpointFrequency) => {
    const checkpoints = await system({ checkpointFrequency });
    expect(await checkpoints.checkpointOnStep(0)).toBeUndefined();
    await checkpoints.checkpointOnConfigChange({ lr: 1 });
    await checkpoints.checkpointOnStep(1);
    expect(await stepsOf(checkpoints)).toEqual([]);
    expect(await checkpoints.manager.hasPendingChanges()).toEqual([false, new Set()]);
  });

  it("dumps what is pending with the next step, whichever it is, once", async () => {
    const checkpoints = await system();
    await checkpoints.checkpointOnModelChange([1]);
    await checkpoints.checkpointOnConfigChange({ lr: 1 });
    await checkpoints.checkpointOnDataChange({ uids: ["a"] });
    expect(await checkpoints.manager.hasPendingChanges()).toEqual([true, new Set(["model", "config", "data"])]);
    await checkpoints.checkpointOnStep(7);
    expect(await checkpoints.manager.hasPendingChanges()).toEqual([false, new Set()]);
    const head = await headSeq(checkpoints.manager.book);
    for (const step of [8, 9]) await checkpoints.checkpointOnStep(step, { forceDump: true });
    expect(await headSeq(checkpoints.manager.book)).toBe(head);
  });

  it("uses what is registered, and registers what it is given", async () => {
    const checkpoints = await system({ checkpointFrequency: 1 });
    const config = { lr: 1 };
    checkpoints.registerConfig(config);
    await checkpoints.checkpointOnConfigChange();
    config.lr = 2;
    expect((await checkpoints.checkpointOnConfigChange(undefined, { dumpImmediately: true }))[2]).toEqual(new Set(["config"]));
    await checkpoints.checkpointOnModelChange([1, 2, 3]);
    expect(await checkpoints.checkpointOnStep()).toMatch(/_step_000000\.safetensors$/);
    expect(await checkpoints.checkpointOnStep()).toMatch(/_step_000001\.safetensors$/);
  });

  it("refuses options that it does not know, and what are none", async () => {
    const checkpoints = await system();
    checkpoints.registerConfig({ lr: 1 });
    for (const options of [{ force_dump: true }, { forceDump: 1 }, null, "x"]) {
      await expect(checkpoints.checkpointOnStep(1, options as never)).rejects.toMatchObject({ code: "INVALID_OPTION" });
    }
    for (const options of [{ dump_immediately: true }, { dumpImmediately: 1 }, null, "x"]) {
      await expect(checkpoints.checkpointOnConfigChange({ lr: 2 }, options as never)).rejects.toMatchObject({ code: "INVALID_OPTION" });
    }
    expect(checkpoints.getStatus()).toMatchObject({ currentStep: undefined, currentHash: undefined });
  });

  it("is a clear error before anything is registered, time and again", async () => {
    const checkpoints = await system({ checkpointFrequency: 2 });
    for (const step of [0, 1, 2]) await expect(checkpoints.checkpointOnStep(step)).rejects.toMatchObject({ code: "NOTHING_REGISTERED" });
    await expect(checkpoints.checkpointOnModelChange()).rejects.toMatchObject({ code: "NOTHING_REGISTERED", what: "model" });
    await expect(checkpoints.checkpointOnDataChange()).rejects.toMatchObject({ code: "NOTHING_REGISTERED", what: "data state" });
    checkpoints.registerModel("net", [1]);
    expect(await checkpoints.checkpointOnStep(2)).toBeDefined();
  });
});

describe("the systems of a process", () => {
  it("calls before there is one are a clear error", async () => {
    for (const call of [getCheckpointSystem(), checkpointOnStep(1), checkpointOnModelChange({}), checkpointOnConfigChange({}), checkpointOnDataChange([])]) {
      await expect(call).rejects.toMatchObject({ code: "NOTHING_REGISTERED", what: "checkpoint system" });
    }
  });

  it("is one per root, and calls are about the one asked for last", async () => {
    const rootLogDir = `${temporaryFolder()}/new`;
    const [one, same] = await Promise.all([getCheckpointSystem({ rootLogDir, adapters: [adapter] }), getCheckpointSystem({ rootLogDir })]);
    expect(same).toBe(one);
    expect(await getCheckpointSystem({ rootLogDir: `${rootLogDir}/.`, checkpointFrequency: 10 })).toBe(one);
    expect(one.checkpointFrequency).toBe(10);
    expect(await getCheckpointSystem()).toBe(one);
    await checkpointOnModelChange([1]);
    await checkpointOnConfigChange({ lr: 1 });
    await checkpointOnDataChange({ uids: ["a"] }, { dumpImmediately: true });
    expect(await checkpointOnStep(10)).toMatch(/_step_000010\.safetensors$/);
    await one.close();
    await expect(checkpointOnStep(20)).rejects.toMatchObject({ code: "NOTHING_REGISTERED" });
    const again = await getCheckpointSystem({ rootLogDir });
    expect(again).not.toBe(one);
    await again.close();
  });

  it("is another one once its daybook was closed, or its manager, and with another daybook of the root", async () => {
    const root = temporaryFolder();
    const book = await openDaybook(root);
    const one = await getCheckpointSystem({ book });
    await checkpointOnConfigChange({ lr: 1 }, { dumpImmediately: true });
    expect(await getCheckpointSystem({ rootLogDir: root })).toBe(one);
    const past = await getCheckpointSystem({ book: await book.at(1) });
    expect(past).not.toBe(one);
    await expect(checkpointOnConfigChange({ lr: 2 })).rejects.toMatchObject({ code: "LOG_READ_ONLY" });
    await book.close();

    const again = await openDaybook(root);
    onTestFinished(() => again.close());
    const two = await getCheckpointSystem({ book: again });
    expect((await checkpointOnConfigChange({ lr: 2 }))[1]).toBe(true);
    await two.manager.close();
    const three = await getCheckpointSystem({ rootLogDir: root });
    onTestFinished(() => three.close());
    expect((await checkpointOnConfigChange({ lr: 3 }))[1]).toBe(true);
  });

  it("refuses options that it does not know, also of a root whose system is there", async () => {
    const rootLogDir = temporaryFolder();
    const one = await getCheckpointSystem({ rootLogDir });
    onTestFinished(() => one.close());
    for (const options of [{ rootLogDir, checkpoint_frequency: 5 }, { rootLogDir: 5 }, { rootLogDir: "" }, { book: null }, { rootLogDir, book: one.manager.book }]) {
      await expect(getCheckpointSystem(options as never)).rejects.toMatchObject({ code: "INVALID_OPTION" });
    }
    expect(await getCheckpointSystem()).toBe(one);
  });
});
