import { describe, expect, it } from "vitest";
import { pathChanges } from "../../../../src/ledgers/checkpoints/compare/path-changes.js";

describe("a configuration, path by path", () => {
  it("tells what was added, removed and changed, and by how much", () => {
    const before = { lr: 0.1, optimizer: { name: "adam", beta: 0.9 }, layers: [{ units: 4 }, { units: 8 }], gone: null };
    const after = { layers: [{ units: 4 }, { units: 16 }, { units: 2 }], optimizer: { beta: 0.9, name: "sgd" }, lr: 0.5, more: { x: [] } };
    expect(pathChanges(before, after)).toEqual([
      { path: "lr", pointer: "/lr", change: "changed", before: 0.1, after: 0.5, delta: 0.4 },
      { path: "optimizer.name", pointer: "/optimizer/name", change: "changed", before: "adam", after: "sgd" },
      { path: "layers[1].units", pointer: "/layers/1/units", change: "changed", before: 8, after: 16, delta: 8 },
      { path: "layers[2]", pointer: "/layers/2", change: "added", after: { units: 2 } },
      { path: "gone", pointer: "/gone", change: "removed", before: null },
      { path: "more", pointer: "/more", change: "added", after: { x: [] } },
    ]);
  });

  it("tells another type from another value, and names odd keys so that they can be told apart", () => {
    expect(pathChanges({ a: 1, "b.c": { "d.e": 1, "f/g": 2 } }, { a: "1", "b.c": { "d.e": 2, "f/g": 2 } })).toEqual([
      { path: "a", pointer: "/a", change: "changed", before: 1, after: "1" },
      { path: 'b.c["d.e"]', pointer: "/b.c/d.e", change: "changed", before: 1, after: 2, delta: 1 },
    ]);
  });

  it("tells of no difference that is more than a number can be", () => {
    expect(pathChanges({ a: 1e308 }, { a: -1e308 })).toEqual([{ path: "a", pointer: "/a", change: "changed", before: 1e308, after: -1e308 }]);
  });

  it("finds nothing in another order of keys, and no more than it may", () => {
    expect(pathChanges({ a: 1, b: { c: 1, d: 2 } }, { b: { d: 2, c: 1 }, a: 1 })).toEqual([]);
    expect(pathChanges({ a: 1, b: 1, c: 1 }, {}, 2)).toHaveLength(2);
  });
});
