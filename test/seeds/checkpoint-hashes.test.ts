/** What the documents about checkpoints show of experiment hashes, as daybook calls. docs/from-checkpoints.md says what differs. */
import { describe, expect, it } from "vitest";
import { ExperimentHashGenerator, hashDataState } from "../../src/checkpoints.js";
import { TinyModel, tinyAdapters } from "./tiny-model.js";

const config = { lr: 0.001, batch_size: 32 };
const dataState = { uids: ["sample_001", "sample_002", "sample_003"], discarded: new Set(["sample_002"]), tags: { sample_001: ["validated", "augmented"], sample_003: ["test"] } };
const model = new TinyModel([8, 2]);

describe("V3: separate parts", () => {
  const gen = new ExperimentHashGenerator(tinyAdapters);

  it("gives 24 characters: 8 for the model, 8 for the config, 8 for the data, in this order", () => {
    const hash = gen.generateHash(model, config, dataState);
    expect(hash).toMatch(/^[0-9a-f]{24}$/);
    const parts = gen.getComponentHashes();
    expect(parts).toEqual({ model: hash.slice(0, 8), config: hash.slice(8, 16), data: hash.slice(16, 24), combined: hash });
    expect(gen.generateHash({ model, config, dataState })).toBe(hash);
    expect(gen.generateHash(model)).toBe(`${parts.model}0000000000000000`);
    expect(gen.generateHash(undefined, config)).toBe(`00000000${parts.config}00000000`);
  });

  it("names the changed part of two hashes, also of texts that are not hex", () => {
    expect(gen.compareHashes("a1b2c3d4e5f6g7h8i9j0k1l2", "a1b2c3d4f0f0f0f0i9j0k1l2")).toEqual(new Set(["config"]));
    expect(gen.compareHashes("a1b2c3d4e5f6g7h8i9j0k1l2", "a1b2c3d4e5f6g7h8ffffffff")).toEqual(new Set(["data"]));
    expect(gen.compareHashes("a1b2c3d4e5f6g7h8i9j0k1l2", "a1b2c3d4e5f6g7h8i9j0k1l2")).toEqual(new Set());
  });

  it("says what has changed, as often as it is asked", () => {
    gen.generateHash(model, config, dataState);
    const asked = (): unknown => gen.hasChanged(new TinyModel([16, 2]), config, { ...dataState, discarded: [] });
    expect(asked()).toEqual([true, new Set(["model", "data"])]);
    expect(asked()).toEqual([true, new Set(["model", "data"])]);
    expect(gen.hasChanged(model, config, dataState)).toEqual([false, new Set()]);
    expect(gen.hasChanged(model, config)).toEqual([true, new Set(["data"])]);
  });
});

describe("V3: the data state", () => {
  it("is hashed whatever holds the discarded uids, and is never taken for none", () => {
    const digest = hashDataState(dataState).digest;
    expect(hashDataState({ ...dataState, discarded: ["sample_002"] }).digest).toBe(digest);
    expect(hashDataState({ ...dataState, discarded: { sample_002: true } }).digest).toBe(digest);
    expect(hashDataState({ ...dataState, uids: dataState.uids.toReversed() }).digest).toBe(digest);
    expect(hashDataState({ ...dataState, tags: { ...dataState.tags, sample_001: ["augmented", "validated"] } }).digest).toBe(digest);
    expect(new ExperimentHashGenerator().generateHash({ dataState })).toBe(`0000000000000000${digest.slice(0, 8)}`);
    expect(digest.slice(0, 8)).not.toBe("00000000");
  });

  it("changes with a discard alone, and with a tag alone, even of the same letters", () => {
    const digest = hashDataState(dataState).digest;
    expect(hashDataState({ ...dataState, discarded: [] }).digest).not.toBe(digest);
    expect(hashDataState({ ...dataState, tags: { sample_003: ["test"] } }).digest).not.toBe(digest);
    expect(hashDataState({ uids: ["a"], tags: { a: ["stop"] } }).digest).not.toBe(hashDataState({ uids: ["a"], tags: { a: ["pots"] } }).digest);
    expect(hashDataState({ uids: ["a"], tags: { a: ["b,c"] } }).digest).not.toBe(hashDataState({ uids: ["a"], tags: { a: ["b", "c"] } }).digest);
  });

  it("comes from a dataset with the document's three methods, or with what stands in for them", () => {
    const { uids, discarded, tags } = dataState;
    const digest = hashDataState(dataState).digest;
    const methods = { getSampleUids: () => uids, isDiscarded: (uid: string) => discarded.has(uid), getTags: (uid: string) => (tags as Record<string, string[]>)[uid] ?? [] };
    expect(hashDataState(methods).digest).toBe(digest);
    expect(hashDataState({ sampleIds: uids, isDiscarded: methods.isDiscarded, tags }).digest).toBe(digest);
    expect(() => hashDataState({ isDiscarded: () => false })).toThrow(/getSampleUids/);
  });
});

describe("V2: generating hashes by hand", () => {
  const sampleUids = ["sample_1", "sample_2"];

  it("takes the uids of active samples, which are a data state without discards and tags", () => {
    const gen = new ExperimentHashGenerator(tinyAdapters);
    const hash = gen.generateHash({ model, config, activeDataUids: sampleUids });
    expect(hash).toBe(gen.generateHash(model, config, { uids: sampleUids.toReversed() }));
    expect(gen.hasChanged({ model: new TinyModel([16, 2]), config: { ...config, lr: 0.1 }, activeDataUids: sampleUids })).toEqual([true, new Set(["model", "config"])]);
    expect(gen.getLastHash()).toBe(hash);
    expect(new ExperimentHashGenerator().getLastHash()).toBeUndefined();
  });

  it("gives 24 characters without data, too, and compares them with no hash of 16", () => {
    const gen = new ExperimentHashGenerator(tinyAdapters);
    const hash = gen.generateHash(model, config);
    expect(hash).toMatch(/^[0-9a-f]{16}0{8}$/);
    const code = (call: () => unknown): unknown => {
      try {
        return call();
      } catch (error) {
        return (error as { code?: unknown }).code;
      }
    };
    expect(code(() => gen.compareHashes("a1b2c3d4e5f6g7h8", hash))).toBe("INCOMPATIBLE_HASH");
  });

  it("goes on from a hash that was kept", () => {
    const first = new ExperimentHashGenerator(tinyAdapters);
    const hash = first.generateHash(model, config, dataState);
    const second = new ExperimentHashGenerator(tinyAdapters);
    second.restoreHashes(hash);
    expect([second.getLastHash(), second.hasChanged(model, config, dataState)[0]]).toEqual([hash, false]);
    expect(second.hasChanged(model, { ...config, lr: 0.01 }, dataState)).toEqual([true, new Set(["config"])]);
  });
});

describe("V2 and V3: hashes that change, or do not, against expectation", () => {
  const gen = new ExperimentHashGenerator({ ...tinyAdapters, excludeKeys: ["root_log_dir", "is_training", "started"] });

  it("stay the same through training, key order and sample order; not through the order of a list", () => {
    const trained = new TinyModel([8, 2]);
    const hash = gen.generateHash(trained, { ...config, layers: [1, 2] }, dataState);
    trained.train();
    expect(gen.generateHash(trained, { layers: [1, 2], batch_size: 32, lr: 0.001 }, { ...dataState, uids: dataState.uids.toReversed() })).toBe(hash);
    expect(gen.generateHash(trained, { ...config, layers: [2, 1] }, dataState)).not.toBe(hash);
  });

  it("leave out what is excluded by name, on the outermost level", () => {
    const hash = gen.generateHash(model, { ...config, root_log_dir: "a", is_training: true, started: 1 });
    expect(gen.generateHash(model, { ...config, root_log_dir: "b", is_training: false, started: 2 })).toBe(hash);
    expect(gen.generateHash(model, { ...config, inner: { started: 1 } })).not.toBe(gen.generateHash(model, { ...config, inner: { started: 2 } }));
  });

  it("are refused, with the place named, for what cannot be hashed", () => {
    expect(() => gen.generateHash(model, { ...config, schedule: { from: Number.NaN } })).toThrow(/config cannot be hashed: \$\.schedule\.from/);
    expect(() => gen.generateHash(model, config, { uids: ["a", "a"] })).toThrow(/data cannot be hashed: \$\.uids/);
    expect(() => gen.generateHash(model, config, { uids: ["a"], discarded: ["b"] })).toThrow(/data cannot be hashed: \$\.discarded/);
    expect(gen.getLastHash()).toMatch(/^[0-9a-f]{24}$/);
  });
});
