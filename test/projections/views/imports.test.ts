import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json, RecordedEvent } from "../../../src/index.js";
import { importsProjection, originOf, seqHere } from "../../../src/projections/views/imports.js";

type Row = Parameters<typeof importsProjection.evolve>[0];

const imported = (seq: number, sources: Json): RecordedEvent => ({ seq, time: "2026-11-21T23:04:05.123Z", stream: "log", type: "log.imported", v: 1, data: { sources }, by: "w" });

function fold(events: readonly RecordedEvent[]): Map<string, NonNullable<Row>> {
  const rows = new Map<string, NonNullable<Row>>();
  for (const event of events) for (const key of importsProjection.keys(event)) rows.set(key, importsProjection.evolve(rows.get(key), event, key) as NonNullable<Row>);
  return rows;
}

describe("the projection of imports", () => {
  it("finds every event that came, by its seq here and there, and no other", () => {
    const gap = fc.integer({ min: 0, max: 6000 });
    fc.assert(
      fc.property(fc.array(fc.record({ here: gap, there: gap, count: fc.integer({ min: 1, max: 9000 }), source: fc.constantFrom("a", "b", "/foreign 1") }), { minLength: 1, maxLength: 8 }), (parts) => {
        let at = 1;
        const next: Record<string, number> = {};
        const ranges: { source: string; at: number; count: number; first: number | undefined }[] = [];
        const events = parts.map(({ here, there, count, source }) => {
          at += here;
          const first = source.startsWith("/") ? undefined : (next[source] ?? 1) + there;
          if (first !== undefined) next[source] = first + count;
          ranges.push({ source, at, count, first });
          const event = imported(at + count, { [source]: [[at, count, ...(first === undefined ? [] : [first])]] });
          at += count + 1;
          return event;
        });
        const rows = fold(events);
        for (const range of ranges) {
          for (const offset of [0, range.count >> 1, range.count - 1]) {
            expect(originOf(rows, range.at + offset)).toEqual({ source: range.source, seq: range.first === undefined ? undefined : range.first + offset });
            if (range.first !== undefined) expect(seqHere(rows, range.source, range.first + offset)).toBe(range.at + offset);
          }
          // Behind each stands the event that tells of it.
          expect(originOf(rows, range.at + range.count)).toBeUndefined();
          expect(seqHere(rows, "c", range.first ?? 1)).toBeUndefined();
        }
      }),
    );
  });

  it("does not grow with the events of a range", () => {
    const rows = fold([imported(1_000_001, { a: [[1, 1_000_000, 5]] })]);
    expect(rows.size).toBe(2 * Math.ceil(1_000_001 / 4096));
  });

  it.each<Json>([{}, null, 5, { a: 5 }, { a: [5] }, { a: [[1]] }, { a: [["1", 2]] }, { a: [[0, 2]] }, { a: [[1, 2 ** 60]] }])("leaves out what is no range: %j", (sources) => {
    expect(importsProjection.keys(imported(9, sources))).toEqual([]);
  });
});
