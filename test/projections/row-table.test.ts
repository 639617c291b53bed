import "../support/fast-check-seed.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "../../src/index.js";
import { RowTable } from "../../src/projections/row-table.js";
import type { SnapshotRows } from "../../src/projections/snapshot.js";

function inMemory(rows: ReadonlyMap<string, Json>): SnapshotRows {
  return { count: rows.size, parts: 3, find: (key) => rows.get(key), all: () => new Map(rows) };
}

describe("rows that are still in a snapshot", () => {
  const key = fc.constantFrom("a", "b", "c", "d", "e");
  const step = fc.oneof(
    { weight: 2, arbitrary: fc.record({ look: key }) },
    { weight: 6, arbitrary: fc.record({ set: key, row: fc.option(fc.integer(), { nil: undefined, freq: 2 }) }) },
    { weight: 1, arbitrary: fc.constant("read all" as const) },
  );

  it("come last when they were taken away and have come back", () => {
    const table = new RowTable(inMemory(new Map([["a", 1], ["b", 2]])));
    table.set("a", undefined);
    table.set("a", 3);
    expect([...table.entries()]).toEqual([["b", 2], ["a", 3]]);
  });

  it("are the same, in the same order, as those that were all read at once", () => {
    fc.assert(
      fc.property(fc.uniqueArray(key), fc.array(step, { maxLength: 20 }), (keys, steps) => {
        const kept = new Map(keys.map((name, index): [string, Json] => [name, 1000 + index]));
        const table = new RowTable(inMemory(kept));
        const plain = new Map(kept);
        for (const one of steps) {
          if (one === "read all") table.load();
          else if ("look" in one) expect(table.get(one.look)).toEqual(plain.get(one.look));
          else {
            table.set(one.set, one.row);
            if (one.row === undefined) plain.delete(one.set);
            else plain.set(one.set, one.row);
          }
        }
        expect([...table.entries()]).toEqual([...plain]);
        expect(table.size).toBe(plain.size);
      }),
      { numRuns: 1000 },
    );
  });
});
