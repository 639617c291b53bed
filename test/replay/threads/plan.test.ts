import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rangesOf, threadsThatPay } from "../../../src/replay/threads/plan.js";
import { streamHash, streamHashOf } from "../../../src/replay/threads/stream-hash.js";

const MiB = 1024 * 1024;

describe("ranges of segments", () => {
  it("follow on one another from the first event to the last, whole segments each, and none is empty", () => {
    const segments = fc.array(fc.record({ events: fc.integer({ min: 1, max: 50 }), bytes: fc.integer({ min: 1, max: 1000 }) }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(segments, fc.integer({ min: 1, max: 9 }), fc.nat(), (drawn, count, cut) => {
        let next = 1;
        const all = drawn.map(({ events, bytes }) => ({ first: (next += events) - events, bytes }));
        const to = 1 + (cut % (next - 1));
        const ranges = rangesOf(all, to, count);
        expect(ranges.length).toBeGreaterThanOrEqual(1);
        expect(ranges.length).toBeLessThanOrEqual(count);
        expect(ranges[0]?.first).toBe(1);
        expect(ranges.at(-1)?.last).toBe(to);
        for (const [index, { first, last }] of ranges.entries()) {
          expect(first).toBeLessThanOrEqual(last);
          expect(all.map((segment) => segment.first)).toContain(first);
          expect(ranges[index + 1]?.first ?? to + 1).toBe(last + 1);
        }
      }),
    );
  });

  it("are of about as many bytes", () => {
    const segments = Array.from({ length: 12 }, (_, index) => ({ first: 1 + index * 10, bytes: 16 * MiB }));
    expect(rangesOf(segments, 120, 3).map(({ first }) => first)).toEqual([1, 41, 81]);
    expect(rangesOf(segments, 120, 50)).toHaveLength(12);
  });
});

describe("threads", () => {
  it("pay for themselves on long logs only, and no more than there are processors", () => {
    expect([0, 40, 64, 100, 1000].map((size) => threadsThatPay(size * MiB, 4))).toEqual([1, 1, 2, 3, 3]);
    expect([1, 2, 3].map((processors) => threadsThatPay(1000 * MiB, processors))).toEqual([1, 1, 1]);
    expect(threadsThatPay(100_000 * MiB, 128)).toBe(8);
  });
});

it("a stream has the same hash as a text and as bytes within others", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string(), (stream, before) => {
      const bytes = Buffer.from(`${before}${stream}"`, "utf8");
      const start = Buffer.byteLength(before);
      expect(streamHash(bytes, start, bytes.length - 1)).toBe(streamHashOf(Buffer.from(stream, "utf8").toString("utf8")));
    }),
  );
});
