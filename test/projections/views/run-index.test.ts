import fc from "fast-check";
import { expect, it } from "vitest";
import type { NewCatalogueEvent } from "../../../src/events/catalogue.js";
import type { StateOf } from "../../../src/projections/projection.js";
import { nextUid, relpathsOf, runIndexProjection, uidOfHash } from "../../../src/projections/views/run-index.js";
import { foldRows, recorded, throughJson } from "./fold-rows.js";
import { allocated, runEvents, statusChanged } from "./run-events.js";

const fold = (events: readonly NewCatalogueEvent[]): StateOf<typeof runIndexProjection> => foldRows(runIndexProjection, recorded(events));
const hashed = (stream: string, paramHash: string): NewCatalogueEvent => ({
  stream,
  type: "run.allocated",
  data: { uid: "0001", paramHash },
});

it("begins every scope at 0001", () => {
  expect(nextUid(fold([]), "train", "mnist")).toBe("0001");
});

it("counts each identifier and relpath for itself", () => {
  const index = fold([
    allocated("run/train/0001"),
    allocated("run/train/0002"),
    allocated("run/train/mnist/0001"),
    allocated("run/eval/0001"),
  ]);
  expect([
    nextUid(index, "train", ""),
    nextUid(index, "train", "mnist"),
    nextUid(index, "eval", ""),
    nextUid(index, "eval", "mnist"),
  ]).toEqual(["0003", "0002", "0002", "0001"]);
});

it("goes on behind the highest uid, gaps and order apart, and past 9999 by number", () => {
  expect(nextUid(fold([allocated("run/train/0007"), allocated("run/train/0003")]), "train", "")).toBe("0008");
  expect(nextUid(fold([allocated("run/train/10000"), allocated("run/train/9999")]), "train", "")).toBe("10001");
});

it("finds the lowest uid of a hash by number, in its own scope only", () => {
  const index = fold([
    hashed("run/train/10000", "h"),
    hashed("run/train/9999", "h"),
    hashed("run/train/x/0001", "h"),
    hashed("run/eval/0001", "i"),
  ]);
  expect(uidOfHash(index, "train", "", "h")).toBe("9999");
  expect(uidOfHash(index, "train", "x", "h")).toBe("0001");
  expect(uidOfHash(index, "eval", "", "h")).toBeUndefined();
});

it("keeps scopes, hashes and uids apart, whatever they are called", () => {
  const index = fold([hashed("run/a/b/0001", "c"), hashed("run/scope/0001", "hash")]);
  expect(uidOfHash(index, "a", "", "b")).toBeUndefined();
  expect(uidOfHash(index, "a", "b", "c")).toBe("0001");
  expect(nextUid(index, "hash", "")).toBe("0001");
});

it("lists the relpaths of a uid, each once, the root aside", () => {
  const index = fold([
    allocated("run/train/a/0001"),
    allocated("run/train/0001"),
    allocated("run/train/a/0001"),
    allocated("run/train/a/0002"),
    allocated("run/eval/z/0001"),
  ]);
  expect(relpathsOf(index, "train", "0001")).toEqual(["a"]);
  expect(relpathsOf(index, "train", "0003")).toEqual([]);
});

it("looks at allocations of runs only", () => {
  expect(fold([statusChanged("run/train/0001", "DONE"), allocated("run/train"), allocated("note/0001")]).size).toBe(0);
});

it("folds any events in one go as it folds them in two, with a snapshot between", () => {
  fc.assert(
    fc.property(runEvents, fc.nat(), (events, cut) => {
      const at = events.length === 0 ? 0 : cut % (events.length + 1);
      const before = throughJson(foldRows(runIndexProjection, events.slice(0, at)));
      expect([...foldRows(runIndexProjection, events.slice(at), before)]).toEqual([...foldRows(runIndexProjection, events)]);
    }),
  );
});

it("is the same index for the same events in any order, the order of relpaths apart", () => {
  const anyOrder = runEvents.chain((events) => fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length })));
  fc.assert(
    fc.property(anyOrder, ([events, shuffled]) => {
      expect(sorted(foldRows(runIndexProjection, shuffled))).toEqual(sorted(foldRows(runIndexProjection, events)));
    }),
  );
});

function sorted(rows: ReturnType<typeof foldRows>): Map<string, unknown> {
  const plain = (row: unknown): unknown => {
    const { relpaths } = row as { readonly relpaths?: readonly string[] };
    return relpaths === undefined ? row : [...relpaths].sort();
  };
  return new Map([...rows].map(([key, row]) => [key, plain(row)]));
}
