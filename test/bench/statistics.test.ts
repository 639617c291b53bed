import { describe, expect, it } from "vitest";
import { atLeast, atMost, isNoise, median, quantile, ratio, summarise } from "../../bench/statistics.js";

describe("statistics of the benchmarks", () => {
  it("finds the middle", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(() => median([])).toThrow(RangeError);
    expect(summarise([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  });

  it("takes quantiles from below", () => {
    const sorted = Array.from({ length: 100 }, (_, index) => index + 1);
    expect([0, 0.5, 0.99, 1].map((q) => quantile(sorted, q))).toEqual([1, 50, 99, 100]);
  });

  it("divides medians, and rounds by rounds", () => {
    expect(ratio([10, 30, 20], [10, 10, 5], "higher")).toEqual({ median: 2, min: 1, max: 4 });
    // Of what is better when it is less, a ratio of 2 is half of it.
    expect(ratio([5, 5, 5], [10, 10, 10], "lower").median).toBe(2);
    expect(ratio([0], [0], "lower").median).toBe(1);
    expect(() => ratio([1], [1, 2], "higher")).toThrow(RangeError);
  });

  it("calls a ratio near 1 no finding", () => {
    expect([0.8, 0.85, 1, 1.19, 1.2, 3].map(isNoise)).toEqual([false, true, true, true, false, false]);
  });

  it("judges what is to reach a target", () => {
    const measured = { median: 1.4, min: 1, max: 1.6 };
    expect([1.4, 1.5, 1.65, 1.7, 2].map((target) => atLeast(measured, target))).toEqual(["met", "within noise", "not met", "not met", "not met"]);
    expect(atLeast(measured, 1.5, true)).toBe("not met");
  });

  it("judges what is to stay below a target", () => {
    const measured = { median: 200, min: 150, max: 400 };
    expect([200, 180, 160, 100].map((target) => atMost(measured, target))).toEqual(["met", "within noise", "not met", "not met"]);
    expect(atMost(measured, 180, true)).toBe("not met");
  });
});
