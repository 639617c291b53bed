import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, InvalidOptionError } from "../../../src/index.js";
import { chain } from "../../../src/ledgers/sweeps/chain.js";
import { product } from "../../../src/ledgers/sweeps/product.js";
import { sampleIndices } from "../../../src/ledgers/sweeps/sample-indices.js";

const range = (count: number): number[] => Array.from({ length: count }, (_, value) => value);

const sizes = fc.record({ length: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.maxSafeNat().map((nat) => Math.max(1, nat))), count: fc.integer({ min: 1, max: 50 }), seed: fc.nat(0xffff_ffff) });

describe("a sample", () => {
  it("has no place twice and none outside, whatever the seed", () => {
    fc.assert(
      fc.property(sizes, ({ length, count, seed }) => {
        const indices = sampleIndices(length, Math.min(count, length), seed);
        expect(new Set(indices).size).toBe(Math.min(count, length));
        expect(indices.every((index) => Number.isSafeInteger(index) && index >= 0 && index < length)).toBe(true);
      }),
    );
  });

  it("begins with every smaller sample of its seed", () => {
    fc.assert(
      fc.property(sizes, ({ length, count, seed }) => {
        const most = Math.min(count, length);
        const whole = sampleIndices(length, most, seed);
        for (const fewer of range(most + 1)) expect(sampleIndices(length, fewer, seed)).toEqual(whole.slice(0, fewer));
      }),
    );
  });

  // Runs are found again by their parameters: another draw would start them anew. These numbers may never change.
  it("is the same in every release", () => {
    expect(sampleIndices(10, 10, 0)).toEqual([7, 4, 2, 3, 9, 5, 8, 1, 6, 0]);
    expect(sampleIndices(1000, 5, 7)).toEqual([640, 181, 785, 666, 351]);
    expect(sampleIndices(2 ** 40, 3, 0xffff_ffff)).toEqual([556215042047, 1097378832125, 424658856986]);
    const sweep = product({ lr: [0.1, 0.01, 0.001], width: [8, 16, 32] });
    expect([...sweep.sample(3, { seed: 7 })]).toEqual([{ lr: 0.01, width: 8 }, { lr: 0.001, width: 16 }, { lr: 0.1, width: 8 }]);
  });

  it("draws each place about equally often", () => {
    const counts = new Array<number>(10).fill(0);
    for (const seed of range(5000)) for (const index of sampleIndices(10, 3, seed)) counts[index] = (counts[index] ?? 0) + 1;
    // 1500 each, with a standard deviation of about 32; the seeds are fixed, so this cannot fail by chance.
    for (const count of counts) expect(Math.abs(count - 1500)).toBeLessThan(160);
  });

  it("of a billion sets takes time for what is drawn only", () => {
    const sweep = product({ a: range(1000), b: range(1000), c: range(1000) });
    const sample = sweep.sample(1000, { seed: 1 });
    expect(sample.length).toBe(1000);
    expect(new Set([...sample].map(canonicalJson)).size).toBe(1000);
    expect(sample.at(999)).toEqual([...sample][999]);
  });

  it("of all is all, in another order", () => {
    const sweep = product({ a: range(5), b: range(5) });
    const sample = [...sweep.sample(25, { seed: 3 })].map(canonicalJson);
    expect(sample).not.toEqual([...sweep].map(canonicalJson));
    expect(sample.sort()).toEqual([...sweep].map(canonicalJson).sort());
  });

  it("can be chained and sampled again", () => {
    const sample = product({ a: range(100), b: range(100) }).sample(10, { seed: 1 });
    expect([...chain(sample, { c: [1, 2] })]).toEqual([...sample].flatMap((set) => [{ ...set, c: 1 }, { ...set, c: 2 }]));
    expect(sample.sample(3, { seed: 2 }).length).toBe(3);
  });

  it.each([
    ["count", 0, 1], ["count", 5, 1], ["count", 1.5, 1], ["count", "3", 1], ["seed", 1, -1], ["seed", 1, 2 ** 32], ["seed", 1, 0.5], ["seed", 1, undefined],
  ])("refuses a %s out of range: %s, %s", (field, count, seed) => {
    const sweep = product({ a: [1, 2], b: [3, 4] });
    expect(() => sweep.sample(count as number, { seed: seed as number })).toThrow(InvalidOptionError);
    expect(() => sweep.sample(count as number, { seed: seed as number })).toThrow(new RegExp(`"${field}"`));
  });

  it("refuses options that it does not know", () => {
    expect(() => product({ a: [1] }).sample(1, { seed: 1, sed: 2 } as { seed: number })).toThrow(/"sed"/);
    expect(() => product({ a: [1] }).sample(1, undefined as unknown as { seed: number })).toThrow(/"options"/);
  });
});
