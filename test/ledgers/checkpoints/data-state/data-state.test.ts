import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DataState } from "../../../../src/ledgers/checkpoints/data-state/data-state.js";
import { hashDataState } from "../../../../src/ledgers/checkpoints/data-state/hash-data-state.js";
import { anyState, hardText, manyUids } from "./states.js";
import type { PlainState } from "./states.js";

/** Changes of a data state, and the same of a plain model: uid to discard and tags. */
type Model = Map<string, { discarded: boolean; tags: Set<string> }>;
type Change = { readonly what: "add" | "addTags" | "become" | "discard" | "remove" | "removeTags" | "restore" | "setTags"; readonly uids: readonly string[]; readonly tags: readonly string[]; readonly other: PlainState };

const modelOf = (state: PlainState): Model => new Map(state.uids.map((uid) => [uid, { discarded: state.discarded.includes(uid), tags: new Set(state.tags[uid] ?? []) }]));
const plainOf = (model: Model): object => ({ uids: [...model.keys()], discarded: [...model].filter(([, { discarded }]) => discarded).map(([uid]) => uid), tags: new Map([...model].map(([uid, { tags }]) => [uid, tags])) });

function changeBoth(state: DataState, model: Model, { what, uids, tags, other }: Change): void {
  const there = uids.filter((uid) => model.has(uid));
  const samples = there.map((uid) => model.get(uid) as { discarded: boolean; tags: Set<string> });
  switch (what) {
    case "add": {
      const fresh = uids.filter((uid) => !model.has(uid));
      state.add(fresh);
      for (const uid of fresh) model.set(uid, { discarded: false, tags: new Set() });
      break;
    }
    case "remove":
      state.remove(there);
      for (const uid of there) model.delete(uid);
      break;
    case "discard":
    case "restore":
      state[what](there);
      for (const sample of samples) sample.discarded = what === "discard";
      break;
    case "setTags":
      state.setTags(there, tags);
      for (const sample of samples) sample.tags = new Set(tags);
      break;
    case "addTags":
      state.addTags(there, tags);
      for (const sample of samples) tags.forEach((tag) => sample.tags.add(tag));
      break;
    case "removeTags":
      state.removeTags(there, tags);
      for (const sample of samples) tags.forEach((tag) => sample.tags.delete(tag));
      break;
    case "become":
      state.become(other);
      model.clear();
      for (const [uid, sample] of modelOf(other)) model.set(uid, sample);
      break;
  }
}

const anyChange = (pool: readonly string[]): fc.Arbitrary<Change> =>
  fc.record({
    what: fc.constantFrom<Change["what"][]>("add", "addTags", "become", "discard", "remove", "removeTags", "restore", "setTags"),
    uids: fc.subarray([...pool]),
    tags: fc.array(hardText, { maxLength: 3 }),
    other: anyState(6),
  });

describe("a data state that changes", () => {
  it("has after any changes the digest of the same state hashed anew, and what changed since any digest leads there", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(hardText, { minLength: 1, maxLength: 8 }).chain((pool) => fc.tuple(anyState(6), fc.array(anyChange(pool), { maxLength: 12 }))),
        ([plain, changes]) => {
          const [state, model] = [new DataState(plain), modelOf(plain)];
          const copies = [new DataState(state)];
          for (const change of changes) {
            expect(copies.at(-1)?.digest).toBe(state.digest);
            changeBoth(state, model, change);
            expect(state.digest).toBe(hashDataState(plainOf(model)).digest);
            expect(state.size).toBe(model.size);
            copies.push(new DataState(state));
          }
          expect(state.digest).toBe(copies.at(-1)?.digest);
          for (const copy of copies) {
            const delta = state.changesSince(copy.digest);
            expect(delta).toEqual(new DataState(copy).changesTo(state));
            expect(copy.apply(delta ?? { lines: [], removed: [] }).digest).toBe(state.digest);
          }
          expect(DataState.ofLines(state.lines()).digest).toBe(state.digest);
        },
      ),
    );
  });

  it("comes back to the digest that it had", () => {
    const state = new DataState(["a", "b"]);
    const before = state.digest;
    state.discard("a").addTags(["a", "b"], ["x"]).add(3).remove(["3"]);
    expect(state.digest).not.toBe(before);
    state.restore("a").removeTags(["a", "b"], ["x"]);
    expect(state.digest).toBe(before);
    expect(state.changesSince(before)).toEqual({ lines: [], removed: [] });
  });

  it("says what it holds", () => {
    const state = new DataState({ uids: [1, "b"], discarded: [1], tags: { b: ["y", "x", "y"] } });
    expect([...state.samples()]).toEqual([
      { uid: "1", discarded: true, tags: [] },
      { uid: "b", discarded: false, tags: ["x", "y"] },
    ]);
    expect([state.has(1), state.has("c"), state.isDiscarded(1), state.isDiscarded("c")]).toEqual([true, false, true, false]);
    expect([state.get("c"), state.getTags("b"), state.getTags("c")]).toEqual([undefined, ["x", "y"], []]);
  });

  it("changes nothing when a call is refused", () => {
    const state = new DataState(["a", "b"]);
    const before = state.digest;
    expect(() => state.discard(["a", "c"])).toThrow(/\$\.uids\[1\].*is no sample: "c"/);
    expect(() => state.remove(["a", "c"])).toThrow(/is no sample/);
    expect(() => state.add(["c", "c"])).toThrow(/is there already/);
    expect(() => state.add(["c", "a"])).toThrow(/is there already: "a"/);
    for (const none of [undefined, null, {}, true]) expect(() => state.discard(none as never)).toThrow(/\$\.uids must be a uid, or a list or a set of uids/);
    expect(() => state.setTags("a", "validated")).toThrow(/must be a list or a set of tags/);
    expect(() => state.become({ uids: ["c", "c"] })).toThrow(/second time/);
    expect(() => state.apply({ lines: ["c:d0:t", "oops"], removed: ["a"] })).toThrow(/is no line of a sample/);
    expect(() => state.apply({ lines: ["c:d0:t"], removed: ["d"] })).toThrow(/is no sample/);
    expect(() => DataState.ofLines(["a:d0:t", "a:d1:t"])).toThrow(/was there before/);
    expect(state.digest).toBe(before);
    expect(state.lines()).toEqual(["a:d0:t", "b:d0:t"]);
  });

  it("forgets the oldest changes when they are more than half of it, and then says that it does not know", () => {
    const uids = manyUids(20_000);
    const state = new DataState(uids);
    const first = state.digest;
    state.discard(uids.slice(0, 10_000));
    const second = state.digest;
    expect(state.changesSince(first)?.lines).toHaveLength(10_000);
    state.discard(uids.slice(10_000, 10_010));
    expect(state.changesSince(first)).toBeUndefined();
    expect(state.changesSince(second)?.lines).toHaveLength(10);
    expect(state.remembered).toEqual([second]);
    expect(state.digest).toBe(hashDataState({ uids, discarded: uids.slice(0, 10_010) }).digest);
  });

  it("takes as many hashes as samples change, however many there are", () => {
    const uids = manyUids(100_000);
    const [state, dataset] = [new DataState(uids), { getSampleUids: () => uids, isDiscarded: (uid: string) => uid === "sample_0000003" }];
    const before = state.digest;
    let asked = 0;
    expect(state.discard("sample_0000003").digest).toBe(hashDataState({ ...dataset, isDiscarded: (uid: string) => ((asked += 1), dataset.isDiscarded(uid)) }).digest);
    expect(asked).toBe(100_000);
    expect(state.changesSince(before)).toEqual({ lines: ["sample_0000003:d1:t"], removed: [] });
  });
});
