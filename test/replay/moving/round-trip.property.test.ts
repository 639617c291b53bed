/** Events that leave and come in are the same events. Seeds: see test/support/fast-check-seed.ts. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Daybook } from "../../../src/index.js";
import { openDaybook } from "../../../src/index.js";
import type { AppendEvent } from "../../../src/log/port.js";
import { openMemoryDaybook } from "../../../src/testing.js";
import { temporaryFolder } from "../../support/temporary-folder.js";
import { all, chunksOf, essence, ndjson } from "./books.js";

const streams = ["a", "a/b", "a/b/c", "ab", "sample/grün 7", "b"] as const;
const json = fc.dictionary(fc.string({ unit: "grapheme", maxLength: 6 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 });
const event = fc.record({
  stream: fc.constantFrom(...streams),
  type: fc.constantFrom("sample.measured", "order.paid-back"),
  v: fc.integer({ min: 1, max: 3 }),
  // As JSON has it: no minus zero.
  data: json.map((data) => JSON.parse(JSON.stringify(data)) as object),
  by: fc.option(fc.constantFrom("ada", "w-1:17"), { nil: undefined }),
  at: fc.option(fc.constantFrom("2020-02-29T12:00:00.000Z", "2031-01-01T00:00:00.001Z"), { nil: undefined }),
  cause: fc.oneof(fc.constant(undefined), fc.constant("command-1"), fc.constant("17"), fc.integer({ min: 1, max: 40 })),
});
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("append" as const), events: fc.array(event, { minLength: 1, maxLength: 4 }), withId: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("run" as const), loss: fc.double({ noNaN: true, noDefaultInfinity: true }), tag: fc.boolean() }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

async function play(book: Daybook, steps: readonly Step[]): Promise<void> {
  for (const [index, one] of steps.entries()) {
    const { seq } = await book.log.head();
    if (one.kind === "append") {
      const events = one.events.map(({ by, at, cause, ...rest }): AppendEvent => {
        // Only what is there already can be a cause.
        const known = typeof cause === "number" && cause > seq ? undefined : cause;
        return { ...rest, ...(by === undefined ? {} : { by }), ...(at === undefined ? {} : { at }), ...(known === undefined ? {} : { cause: known }), ...(one.withId ? { id: `append ${index}` } : {}) };
      });
      await book.core.backend.append(events, book.log.context);
    } else {
      const uid = await book.runs.allocate("train", { params: { index } });
      await book.runs.log("train", uid, { metrics: { loss: one.loss }, status: "DONE", ...(one.tag ? { tags: ["best"] } : {}) });
    }
  }
}

describe("events that leave and come in", () => {
  it("are the same ones there, of either format, in one piece or in many, however often they come", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.constantFrom("ndjson" as const, "cloudevents" as const), fc.array(fc.nat(60), { maxLength: 4 }), fc.integer({ min: 1, max: 5000 }), async (steps, format, cuts, bytes) => {
        await using from = await openMemoryDaybook({ participantId: "from" });
        await using to = await openMemoryDaybook({ participantId: "to" });
        await play(from, steps);
        const lines = await all(from.export({ format }));
        // Some of it first, as an import leaves it that was stopped.
        for (const cut of cuts.sort((a, b) => a - b)) {
          const report = await to.import(chunksOf(lines.slice(0, cut), bytes));
          expect(report.skipped).toEqual([]);
        }
        await to.import(chunksOf(lines, bytes));
        expect(essence(await ndjson(to))).toEqual(essence(await ndjson(from)));
        expect(await to.import(from.export({ format: "ndjson" }))).toEqual({ events: 0, already: lines.length, left: 0, refused: 0, skipped: [] });
        expect((await to.runs.list()).map(({ params, metrics, tags, status, history }) => ({ params, metrics, tags, status, history }))).toEqual(
          (await from.runs.list()).map(({ params, metrics, tags, status, history }) => ({ params, metrics, tags, status, history })),
        );
      }),
      { numRuns: 50 },
    );
  });

  it("are the same ones in files, segment after segment, and what is folded of them is what was appended", { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 40 }), async (steps) => {
        await using from = await openDaybook(temporaryFolder(), { participantId: "from", segmentBytes: 4096, durability: "os" });
        await using to = await openDaybook(temporaryFolder(), { participantId: "to", segmentBytes: 4096, durability: "os" });
        await play(from, steps);
        await to.import(from.export());
        expect(essence(await ndjson(to))).toEqual(essence(await ndjson(from)));
        expect(await to.verify({ full: true })).toMatchObject({ ok: true });
        expect(await to.rebuild({ check: true })).toMatchObject({ ok: true });
      }),
      { numRuns: 5 },
    );
  });
});
