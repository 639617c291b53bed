import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RunRecord } from "../../../../src/index.js";
import { betterRun } from "../../../../src/ledgers/projects/sweep/best-run.js";
import type { BestRun, MetricGoal } from "../../../../src/ledgers/projects/sweep/best-run.js";
import { FinishRate } from "../../../../src/ledgers/projects/sweep/finish-rate.js";
import { emptyTally, progressOf } from "../../../../src/ledgers/projects/sweep/sweep-tally.js";

describe("the rate of a sweep", () => {
  it("is none before the first end, and falls while none comes", () => {
    const rate = new FinishRate();
    expect(rate.perSecond(500)).toBeUndefined();
    rate.begin(1000);
    expect(rate.perSecond(2000)).toBeUndefined();
    rate.finish(2000);
    expect(rate.perSecond(2000)).toBe(1);
    expect(rate.perSecond(5000)).toBe(0.25);
  });

  it("counts from the first work on, not from the call, and follows the latest hundred", () => {
    const rate = new FinishRate();
    rate.begin(10_000);
    for (let index = 1; index <= 100; index += 1) rate.finish(10_000 + index * 1000);
    expect(rate.perSecond(110_000)).toBe(1);
    for (let index = 1; index <= 100; index += 1) rate.finish(110_000 + index * 10);
    expect(rate.perSecond(111_000)).toBeCloseTo(100, 5);
    for (let index = 1; index <= 1000; index += 1) rate.finish(111_000 + index * 500);
    expect(rate.perSecond(611_000)).toBeCloseTo(2, 5);
  });

  it("is finite when all ends come at one moment", () => {
    const rate = new FinishRate();
    for (let index = 0; index < 250; index += 1) rate.finish(7);
    expect(Number.isFinite(rate.perSecond(7))).toBe(true);
  });
});

describe("what is told of a sweep", () => {
  it("has the remaining time of what is neither done nor failed", () => {
    const tally = { ...emptyTally(10), done: 5, reused: 3, failed: 1, running: 2, elsewhere: 1 };
    expect(progressOf(tally, undefined, 2, 1234)).toEqual({ ...tally, ratePerSecond: 2, remainingMs: 2000, elapsedMs: 1234 });
    expect(progressOf(tally, undefined, undefined, 0)).toMatchObject({ ratePerSecond: 0, remainingMs: undefined });
    expect(progressOf({ ...emptyTally(3), done: 2, failed: 1 }, undefined, undefined, 0).remainingMs).toBe(0);
  });
});

describe("the best run", () => {
  const record = (uid: string, metrics: RunRecord["metrics"]): RunRecord => ({ uid, params: { uid }, metrics }) as unknown as RunRecord;
  const best = (records: readonly RunRecord[], goal: MetricGoal): BestRun | undefined => records.reduce<BestRun | undefined>((one, other) => betterRun(one, other, goal), undefined);

  it("is the one with the largest or the smallest number, whatever the order of visits, the lower uid among equals", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 12 }), fc.constantFrom("max" as const, "min" as const), fc.integer(), (values, goal, turn) => {
        const records = values.map((value, index) => record(String(index + 9995).padStart(4, "0"), { loss: value }));
        const wanted = goal === "max" ? Math.max(...values) : Math.min(...values);
        const cut = Math.abs(turn) % records.length;
        const found = best([...records.slice(cut), ...records.slice(0, cut)].reverse(), { name: "loss", goal });
        expect(found).toEqual({ uid: String(values.indexOf(wanted) + 9995), params: { uid: String(values.indexOf(wanted) + 9995) }, value: wanted });
      }),
    );
  });

  it("is none where no run has a number", () => {
    expect(best([record("0001", { loss: "low" }), record("0002", { loss: null }), record("0003", { other: 1 }), record("0004", {})], { name: "loss", goal: "min" })).toBeUndefined();
    expect(best([record("0001", {})], { name: "toString", goal: "max" })).toBeUndefined();
  });
});
