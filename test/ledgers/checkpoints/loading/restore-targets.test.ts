import { describe, expect, it } from "vitest";
import type { CheckpointContext } from "../../../../src/ledgers/checkpoints/context.js";
import type { JsonObject } from "../../../../src/index.js";
import { configRestoration } from "../../../../src/ledgers/checkpoints/loading/restore-config.js";
import { applyAll, prepareRestoration, restoreTarget } from "../../../../src/ledgers/checkpoints/loading/restore-targets.js";
import type { ModelAdapter } from "../../../../src/ledgers/checkpoints/models/model-adapter.js";
import type { Tensors } from "../../../../src/ledgers/checkpoints/models/tensors.js";

/** A model of one tensor, whose numbers are changed in place. */
interface Vector {
  readonly values: Float32Array;
  refuses?: boolean;
}
const vectors: ModelAdapter = {
  name: "vector",
  accepts: (model) => (model as Partial<Vector>).values !== undefined,
  describe: () => ({ algorithm: "vector-1", json: {} }),
  tensors: async (model) => await Promise.resolve(tensorsOf((model as Vector).values)),
  prepareRestore: async (model, tensors) => {
    const { data } = tensors.get("values") ?? { data: new Float32Array() };
    const wanted = new Float32Array(data.buffer, data.byteOffset, data.byteLength / 4);
    return await Promise.resolve(() => {
      (model as Vector).values.set(wanted);
      if ((model as Vector).refuses === true) throw new Error("half-way");
    });
  },
};
const describers: ModelAdapter = { name: "plain", accepts: (model) => (model as { plain?: boolean }).plain === true, describe: () => ({ algorithm: "plain-1", json: {} }) };
const tensorsOf = (data: Float32Array): Tensors => new Map([["values", { dtype: "F32", shape: [data.length], data }]]);

function contextWith(models: Readonly<Record<string, unknown>> = {}): CheckpointContext {
  const registered = { models: new Map(Object.entries(models)), optimizers: new Map(), config: undefined, dataState: undefined };
  return { registered, excludeKeys: ["pause"], models: [vectors, describers], optimizers: [] } as unknown as CheckpointContext;
}

describe("what a checkpoint is put into", () => {
  const context = contextWith({ one: 1, two: 2 });

  it("is what the caller gives, else what is registered under the name given, else under the name it was saved under; without one, the only one", () => {
    expect(restoreTarget(context, "model", "mine", "one", "two")).toBe("mine");
    expect(restoreTarget(context, "model", undefined, "one", "two")).toBe(1);
    expect(restoreTarget(context, "model", undefined, undefined, "two")).toBe(2);
    expect(restoreTarget(contextWith({ one: 1 }), "model", undefined, undefined, undefined)).toBe(1);
    expect(restoreTarget(contextWith(), "model", undefined, undefined, "two")).toBeUndefined();
  });

  it("is never guessed among several, and a name that nothing has is refused", () => {
    expect(() => restoreTarget(context, "model", undefined, undefined, undefined)).toThrow('Several models are registered, and the call has to name one: registered are "one", "two"');
    expect(() => restoreTarget(context, "model", undefined, "three", undefined)).toThrow(expect.objectContaining({ code: "NOTHING_REGISTERED", what: "model" }));
    expect(() => restoreTarget(context, "model", undefined, undefined, "three")).toThrow('The model was saved as "three", and none is registered by that name: registered are "one", "two"; model or modelName says which is meant');
    expect(() => restoreTarget(context, "optimizer", undefined, "adam", undefined)).toThrow('No optimizer is registered as "adam": nothing is registered');
  });

  it("has to be of a kind that somebody knows, and bytes of another form are no tensors", async () => {
    await expect(prepareRestoration(context, "model", { foreign: 1 }, tensorsOf(new Float32Array(1)), "f")).rejects.toMatchObject({ code: "MODEL_UNSUPPORTED" });
    await expect(prepareRestoration(context, "model", { values: new Float32Array(1) }, undefined, "/root/f.bin")).rejects.toThrow("/root/f.bin holds bytes in a form of their own");
    expect(await prepareRestoration(context, "model", { plain: true }, undefined, "f")).toBeUndefined();
  });
});

describe("putting back all or nothing", () => {
  const prepared = async (...models: readonly Vector[]) => {
    const restorations = await Promise.all(models.map((model) => prepareRestoration(contextWith(), "model", model, tensorsOf(new Float32Array([7, 8])), "f")));
    return restorations.flatMap((one) => (one === undefined ? [] : [one]));
  };

  it("changes nothing before everything is known to fit", async () => {
    const model = { values: new Float32Array([1, 2]) };
    await prepared(model);
    expect([...model.values]).toEqual([1, 2]);
  });

  it("takes all of it back where one of them fails half-way, or where the load cannot be recorded", async () => {
    const [one, two] = [{ values: new Float32Array([1, 2]) }, { values: new Float32Array([3, 4]), refuses: true }];
    await expect(applyAll(await prepared(one, two), () => Promise.resolve())).rejects.toThrow("half-way");
    expect([...one.values]).toEqual([1, 2]);
    expect([...two.values]).toEqual([3, 4]);
    await expect(applyAll(await prepared(one), () => Promise.reject(new Error("disk full")))).rejects.toThrow("disk full");
    expect([...one.values]).toEqual([1, 2]);
    expect(await applyAll(await prepared(one), () => Promise.resolve("recorded"))).toBe("recorded");
    expect([...one.values]).toEqual([7, 8]);
  });

  it("puts a configuration into the registered object itself: what is equal stays the object it is, what is not hashed stays", async () => {
    const context = contextWith();
    const nested = { beta: 1 };
    const live = { lr: 2, nested, old: true, pause: true };
    context.registered.config = live;
    const restoration = configRestoration(context, live, { lr: 1, nested: { beta: 1 }, added: [1] });
    await restoration.apply();
    expect(live).toEqual({ lr: 1, nested: { beta: 1 }, added: [1], pause: true });
    expect(live.nested).toBe(nested);
    await restoration.undo();
    expect(live).toEqual({ lr: 2, nested, old: true, pause: true });
  });

  it("replaces a configuration that cannot be changed, and gives the old one back", async () => {
    const context = contextWith();
    const live = Object.freeze({ lr: 2 });
    context.registered.config = live;
    const restoration = configRestoration(context, live, { lr: 1 });
    await restoration.apply();
    expect(context.registered.config).toEqual({ lr: 1 });
    await restoration.undo();
    expect(context.registered.config).toBe(live);
  });

  it.each([
    ["takes no more fields", () => Object.preventExtensions({ lr: 2 })],
    ["has a field that only reads", () => Object.defineProperty({}, "lr", { value: 2, enumerable: true, configurable: true })],
    ["has a field that stays", () => Object.defineProperty({ lr: 2 }, "old", { value: 3, enumerable: true, writable: true })],
  ])("replaces a configuration that %s, and leaves it as it is", async (_, make) => {
    const context = contextWith();
    const live = make();
    const before = { ...live };
    context.registered.config = live;
    const restoration = configRestoration(context, live, { lr: 1, added: 1 });
    await restoration.apply();
    expect(context.registered.config).toEqual({ lr: 1, added: 1 });
    expect({ ...live }).toEqual(before);
    await restoration.undo();
    expect(context.registered.config).toBe(live);
  });

  it("puts back a configuration's field of any name, __proto__ too", async () => {
    const live = { lr: 2 };
    const config = JSON.parse('{"__proto__":{"beta":1},"lr":2}') as JsonObject;
    await configRestoration(contextWith(), live, config).apply();
    expect(JSON.stringify(live)).toBe('{"lr":2,"__proto__":{"beta":1}}');
    expect(Object.getPrototypeOf(live)).toBe(Object.prototype);
  });
});
