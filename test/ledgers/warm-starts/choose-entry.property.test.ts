import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chooseBest, chooseNewest, expiry } from "../../../src/ledgers/warm-starts/choose-entry.js";
import { rowOf } from "./row-of.js";

/** Objectives in clusters around the tolerance, so that chains of small differences come up all the time. */
const objective = fc.oneof(
  fc.tuple(fc.constantFrom(-1, 0, 2.5), fc.integer({ min: -6, max: 6 })).map(([about, steps]) => about + steps * 0.4e-12),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const rows = fc
  .array(fc.record({ objective: fc.option(objective, { nil: undefined }), kind: fc.constantFrom("checkpoint" as const, "final" as const) }), { maxLength: 30 })
  .chain((facts) => fc.tuple(fc.constant(facts), fc.shuffledSubarray(facts.map((_, index) => index + 1), { minLength: facts.length, maxLength: facts.length })))
  .map(([facts, seqs]) => facts.map((fact, index) => rowOf({ ...fact, seq: seqs[index] ?? 0, run: `r${index}` })));

describe("choosing an entry", () => {
  it("is what sorting by objective to within the tolerance, kind and age gives, whatever the order of the entries", () => {
    fc.assert(
      fc.property(rows, (all) => {
        const least = Math.min(...all.map((row) => row.objective ?? Infinity));
        const place = (row: (typeof all)[number]): readonly number[] =>
          row.objective === undefined ? [2, 0, -row.seq] : row.objective - least <= 1e-12 ? [0, row.kind === "final" ? 0 : 1, -row.seq] : [1, row.objective, -row.seq];
        const compare = (a: readonly number[], b: readonly number[]): number => a.map((value, index) => Math.sign(value - (b[index] ?? 0))).find((sign) => sign !== 0) ?? 0;
        const [best] = all.toSorted((a, b) => compare(place(a), place(b)));
        expect(chooseBest(all)).toBe(best);
        expect(chooseBest(all.toReversed())).toBe(best);
        expect(chooseNewest(all)).toBe(all.toSorted((a, b) => b.seq - a.seq)[0]);
      }),
      { numRuns: 1000 },
    );
  });

  it("measures ties from the least, not from neighbour to neighbour", () => {
    const chain = [0, 0.9e-12, 1.8e-12].map((value, index) => rowOf({ objective: value, kind: index === 2 ? "final" : "checkpoint", seq: index + 1 }));
    expect(chooseBest(chain)?.seq).toBe(2);
  });

  it("lets an entry without an objective win only among its like, and then the newest", () => {
    const [none, final, worse] = [rowOf({ seq: 3 }), rowOf({ seq: 2, kind: "final" }), rowOf({ seq: 1, objective: 1e300 })];
    expect([chooseBest([none, final, worse]), chooseBest([final, none]), chooseBest([])]).toEqual([worse, none, undefined]);
  });

  it("calls an entry expired once it is as old as the time to live, by its time of origin; never with 0", () => {
    const row = rowOf({ time: "2026-11-28T08:00:00.000Z" });
    const nowMs = Date.parse(row.time);
    const at = (ageMs: number, ttlMs: number, time = row.time): boolean => expiry({ nowMs: nowMs + ageMs, ttlMs })({ time });
    expect([at(999, 1000), at(1000, 1000), at(1e12, 0), at(-5000, 1000), at(0, 0.5)]).toEqual([false, true, false, false, false]);
    // Times of origin may have another form, or another year.
    for (const time of ["2026-11-28T09:00:00.000+01:00", "2026-11-28T08:00:00Z", "2026-11-28T08:00Z"]) expect([at(999, 1000, time), at(1000, 1000, time), at(999.5, 1000, time)], time).toEqual([false, true, false]);
    expect([at(0, 1e15), at(0, 1e18), at(1e15, 1000), at(1e18, 1000), at(0, 1, "+012026-11-28T08:00:00.000Z"), at(0, 1, "-000001-11-28T08:00:00.000Z")]).toEqual([false, false, true, true, false, true]);
  });
});
