import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UnhashablePartError } from "../../../../src/base/errors.js";
import { DataState } from "../../../../src/ledgers/checkpoints/data-state/data-state.js";
import { dataAlgorithms, hashDataState } from "../../../../src/ledgers/checkpoints/data-state/hash-data-state.js";
import { anyState, manyUids } from "./states.js";

const digest = (source: unknown): string => hashDataState(source).digest;
const uids = ["sample_001", "sample_002", "sample_003"];
const documented = { uids, discarded: new Set(["sample_002"]), tags: { sample_001: ["validated", "augmented"], sample_003: ["test"] } };

function fault(source: unknown): { readonly part: string; readonly path: string; readonly message: string } {
  try {
    hashDataState(source);
  } catch (error) {
    if (error instanceof UnhashablePartError) return error;
    throw error;
  }
  throw new Error("was hashed");
}

describe("the digest of a data state", () => {
  it("is this one for the document's example, in every form", () => {
    const expected = { digest: "bca616db7c91c4953b5204794cd5fa5d", algorithm: "data-1" };
    const tags = new Map([["sample_003", new Set(["test"])], ["sample_001", new Set(["augmented", "validated"])]]);
    const dataset = { ids: uids, getSampleUids: () => uids.values(), isDiscarded: (uid: string) => uid === "sample_002", getTags: (uid: string) => tags.get(uid) };
    expect(hashDataState(documented)).toEqual(expected);
    expect(hashDataState({ uids: new Set(uids), discarded: ["sample_002"], tags })).toEqual(expected);
    expect(hashDataState({ uids: uids.toReversed(), discarded: { sample_001: false, sample_002: true }, tags: { ...documented.tags, sample_002: [] } })).toEqual(expected);
    expect(hashDataState({ uids, discarded: new Map([["sample_002", true]]), tags })).toEqual(expected);
    expect(hashDataState(dataset)).toEqual(expected);
    expect(hashDataState({ sampleIds: uids, isDiscarded: dataset.isDiscarded, tags })).toEqual(expected);
    expect(hashDataState(new DataState(documented))).toEqual(expected);
  });

  it("is that of the uids alone for a list, and for a state without discards and tags", () => {
    expect(digest(uids)).toBe(digest({ uids }));
    expect(digest(new Set(uids))).toBe(digest({ uids, discarded: [], tags: {} }));
    expect(digest(uids.values())).toBe(digest({ uids, discarded: undefined, tags: null }));
    expect(digest([])).not.toMatch(/^0{8}/);
  });

  it("takes an integer for its digits", () => {
    expect(digest({ uids: [370, 371n, "372"], discarded: [370], tags: { 371: ["a"] } })).toBe(digest({ uids: ["370", "371", "372"], discarded: ["370"], tags: new Map([[371, ["a"]]]) }));
    expect(digest(Int32Array.of(1, 2))).toBe(digest(["1", "2"]));
  });

  it("is another one for every single change", () => {
    const changes: readonly unknown[] = [
      documented,
      { ...documented, uids: [...uids, "sample_004"] },
      { uids: ["sample_001", "sample_002", "sample_003 "], discarded: documented.discarded, tags: { sample_001: ["validated", "augmented"], "sample_003 ": ["test"] } },
      { ...documented, discarded: [] },
      { ...documented, discarded: ["sample_002", "sample_003"] },
      { ...documented, discarded: ["sample_001"] },
      { ...documented, tags: {} },
      { ...documented, tags: { ...documented.tags, sample_002: [""] } },
      { ...documented, tags: { ...documented.tags, sample_002: ["test"] } },
      { ...documented, tags: { sample_001: ["validated"], sample_003: ["test"] } },
      { ...documented, tags: { sample_001: ["validated,augmented"], sample_003: ["test"] } },
      { ...documented, tags: { sample_003: ["validated", "augmented"], sample_001: ["test"] } },
      [],
    ];
    expect(new Set(changes.map(digest)).size).toBe(changes.length);
  });

  it("does not depend on the order of samples, discards, tags and keys", () => {
    fc.assert(
      fc.property(
        anyState().chain((state) => fc.tuple(fc.constant(state), fc.shuffledSubarray([...state.uids], { minLength: state.uids.length }))),
        ([state, shuffled]) => {
          const tags = new Map(shuffled.filter((uid) => state.tags[uid] !== undefined).map((uid) => [uid, [...(state.tags[uid] ?? [])].reverse()]));
          expect(digest({ uids: shuffled, discarded: new Set(state.discarded.toReversed()), tags })).toBe(digest(state));
        },
      ),
    );
  });

  it("is equal for equal states only", () => {
    const canonical = (state: DataState): string => JSON.stringify(state.lines());
    fc.assert(
      fc.property(anyState(3), anyState(3), (one, other) => {
        expect(digest(one) === digest(other)).toBe(canonical(new DataState(one)) === canonical(new DataState(other)));
      }),
    );
  });

  it("is that of its content, recomputed by the algorithm's name", () => {
    expect(dataAlgorithms["data-1"]?.({ lines: new DataState(documented).lines() })).toBe(digest(documented));
    expect(dataAlgorithms["data-1"]?.({ lines: [], base: digest(documented) })).toBeUndefined();
  });

  it("finds a uid that comes twice among many, and takes no two uids for one", () => {
    const many = manyUids(200_000);
    expect(digest(many)).toBe(new DataState(many).digest);
    expect(fault([...many, "sample_0000007"])).toMatchObject({ path: "$[200000]", message: expect.stringContaining('is "sample_0000007" a second time') as string });
  });

  it.each<readonly [string, unknown, string, string]>([
    ["what is no data state", 7, "$", "must be a data state, a dataset or a list of uids, not 7"],
    ["an object without samples", {}, "$", "has no samples"],
    ["uids that are a text", { uids: "abc" }, "$.uids", "must be a list or a set of uids"],
    ["a promise of uids", { getSampleUids: () => Promise.resolve([]) }, "$.getSampleUids()", "not a promise"],
    ["NaN for a uid", { uids: ["a", "b", "c", NaN] }, "$.uids[3]", "must be a text or a whole number, not NaN"],
    ["half a number for a uid", [1, 1.5], "$[1]", "not 1.5"],
    ["half of a pair in a uid", ["\ud800"], "$[0]", "half of a surrogate pair"],
    ["half of a pair in a tag", { uids: ["a"], tags: { a: ["x", "\udc00"] } }, '$.tags["a"][1]', "half of a surrogate pair"],
    ["a uid that comes twice", { uids: ["a", "b", "a"] }, "$.uids[2]", 'is "a" a second time'],
    ["an integer and its digits", { sampleIds: [7, "7"] }, "$.sampleIds[1]", 'is "7" a second time'],
    ["a discard of no sample", { uids: ["a"], discarded: ["a", "b"] }, "$.discarded[1]", 'is no sample of $.uids: "b"'],
    ["a discard of no sample in a set", { uids: ["a"], discarded: new Set(["b"]) }, '$.discarded["b"]', "is no sample of $.uids"],
    ["tags of no sample", { uids: ["a"], tags: { b: [] } }, '$.tags["b"]', "is no sample of $.uids"],
    ["a discard that is neither true nor false", { uids: ["a"], discarded: { a: NaN } }, '$.discarded["a"]', "must be true or false, not NaN"],
    ["a text for tags", { uids: ["a"], tags: { a: "validated" } }, '$.tags["a"]', "must be a list or a set of tags"],
    ["a tag that is no text", { uids: ["a"], tags: { a: ["x", 1] } }, '$.tags["a"][1]', "must be a text, not 1"],
    ["a list of tags for nobody", { uids: ["a"], tags: ["x"] }, "$.tags", "must be a map or an object"],
    ["discards that are a number", { uids: ["a"], discarded: 1 }, "$.discarded", "must be a set or a list of uids"],
    ["a name that would not be hashed", { uids: ["a"], discard: ["a"] }, "$.discard", "is not known"],
    ["tags of an integer and of its digits", { uids: ["7"], tags: new Map<unknown, unknown>([[7, ["x"]], ["7", ["y"]]]) }, '$.tags["7"]', 'is "7" a second time'],
    ["a method that fails", { uids: ["a"], isDiscarded: () => { throw new Error("no disk"); } }, '$.isDiscarded("a")', "failed: no disk"],
  ])("is refused for %s", (_, source, path, problem) => {
    const error = fault(source);
    expect(error).toMatchObject({ part: "data", path });
    expect(error.message).toContain(problem);
  });
});
