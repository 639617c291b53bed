import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { surplusSnapshots } from "../../src/projections/snapshot-retention.js";

const mebibyte = 1024 * 1024;
const every = (step: number, count: number, bytes = 1000) => Array.from({ length: count }, (_, index) => ({ seq: (index + 1) * step, bytes }));

/** Seqs that stay when snapshots come one after another, each tidying up behind itself. */
function left(arriving: readonly { readonly seq: number; readonly bytes: number }[], segmentEvents: number, segmentBytes: number): number[] {
  let kept: { readonly seq: number; readonly bytes: number }[] = [];
  for (const one of arriving) {
    kept.push(one);
    const segments = Math.ceil(one.seq / segmentEvents);
    const log = { firsts: Array.from({ length: segments }, (_, index) => index * segmentEvents + 1), bytes: segments * segmentBytes };
    const surplus = new Set(surplusSnapshots(kept, log));
    kept = kept.filter(({ seq }) => !surplus.has(seq));
  }
  return kept.map(({ seq }) => seq);
}

describe("of the snapshots of a projection", () => {
  it("the newest two stay where nothing is known of the log, and none goes before there are three", () => {
    expect(surplusSnapshots(every(10, 5), undefined)).toEqual([10, 20, 30]);
    expect(surplusSnapshots(every(10, 2), undefined)).toEqual([]);
    expect(surplusSnapshots([], { firsts: [1], bytes: 0 })).toEqual([]);
  });

  it("the first of each segment stays, but of the first segment, and the newest two", () => {
    const log = { firsts: [1, 25, 55, 95], bytes: mebibyte };
    expect(surplusSnapshots(every(10, 12), log)).toEqual([10, 20, 40, 50, 70, 80, 90]);
    // A seal lies before the first event of the next segment.
    expect(surplusSnapshots(every(10, 5), { firsts: [1, 20, 31], bytes: mebibyte })).toEqual([10, 30]);
  });

  it("all of those stay as long as they take no more than a quarter of the log", () => {
    expect(left(every(100, 60, mebibyte), 100, 60 * mebibyte)).toEqual(every(100, 60).map(({ seq }) => seq).slice(1));
  });

  it("the old ones become sparse where they take more, the recent ones stay dense", () => {
    const seqs = left(every(100, 300, mebibyte), 100, 200_000);
    const gaps = seqs.slice(1).map((seq, index) => seq - (seqs[index] as number));
    // A quarter of 60 MB.
    expect(seqs.length).toBeGreaterThan(12);
    expect(seqs.length).toBeLessThanOrEqual(17);
    expect(gaps.slice(-4)).toEqual(expect.arrayContaining([100]));
    // No moment is further from an older snapshot than it is from now, give or take.
    for (const [index, gap] of gaps.entries()) expect(gap, `behind ${seqs[index]}`).toBeLessThanOrEqual(Math.max(100, (30_000 - (seqs[index] as number)) / 2));
  });

  it("never the newest two go, and never more than the budget stays, whatever they are", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 1000 }), { maxLength: 40 }),
        fc.uniqueArray(fc.integer({ min: 2, max: 1000 }), { maxLength: 20 }),
        fc.array(fc.integer({ min: 1, max: mebibyte }), { minLength: 40, maxLength: 40 }),
        fc.integer({ min: 0, max: 20 * mebibyte }),
        (seqs, firsts, sizes, bytes) => {
          const kept = seqs.sort((a, b) => a - b).map((seq, index) => ({ seq, bytes: sizes[index] as number }));
          const surplus = surplusSnapshots(kept, { firsts: [1, ...firsts.sort((a, b) => a - b)], bytes });
          expect(surplus.filter((seq) => seqs.slice(-2).includes(seq))).toEqual([]);
          const older = kept.slice(0, -2).filter(({ seq }) => !surplus.includes(seq));
          expect(older.reduce((sum, one) => sum + one.bytes, 0)).toBeLessThanOrEqual(Math.max(mebibyte, bytes / 4));
        },
      ),
    );
  });
});
