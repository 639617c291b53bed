import fc from "fast-check";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, expectTypeOf, it } from "vitest";
import { defineProjection, openDaybook, replay } from "../../src/index.js";
import type { Daybook, DaybookLog, Rows } from "../../src/index.js";
import { fakeClock, openMemoryDaybook } from "../../src/testing.js";
import { segmentFiles, writeSmallLog } from "../support/small-log.js";
import { temporaryFolder } from "../support/temporary-folder.js";

const seqs = defineProjection<"seqs", number[]>({ name: "seqs", version: 1, types: ["note.taken"], keys: (event) => [event.stream], evolve: (row = [], { seq }) => [...row, seq] });
const total = defineProjection({ name: "total", version: 1, initialState: 0, evolve: (count: number) => count + 1, view: (count) => ({ count }) });
const note = (number: number) => ({ stream: `note/${number}`, type: "note.taken", data: { number } });

async function bookWith(count: number): Promise<Daybook> {
  const book = await openMemoryDaybook();
  for (let index = 0; index < count; index += 3) await book.log.append([index, index + 1, index + 2].filter((number) => number < count).map((number) => note(number % 2)));
  return book;
}

describe("a replay", () => {
  it("folds a projection that nobody has registered, from its initial state, and is typed by it", async () => {
    await using book = await bookWith(7);
    const counted = await replay(book.log, total);
    expect(counted).toEqual({ state: 7, view: { count: 7 }, from: 1, to: 7, unknown: 0 });
    expectTypeOf(counted.state).toEqualTypeOf<number>();
    const { state, view } = await replay(book.log, seqs, { from: 3, to: 5 });
    expectTypeOf(state).toEqualTypeOf<Rows<number[]>>();
    expect(view).toEqual({ "note/0": [3, 5], "note/1": [4] });
    expect([state.get("note/0"), state.size]).toEqual([[3, 5], 2]);
    expect(book.views).not.toContain("total");
    await book.log.append(note(1));
    expect(state.get("note/1")).toEqual([4]);
  });

  it("of a part is what that part of the events folds to, wherever commits and segments end", { timeout: 60_000 }, async () => {
    const root = temporaryFolder();
    await writeSmallLog(root, 60, 4096);
    expect(segmentFiles(root).length).toBeGreaterThan(3);
    await using book = await openDaybook(root, { readOnly: true });
    const { seq: head } = await book.log.head();
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: head }), fc.integer({ min: 0, max: head }), async (from, to) => {
        const first = Math.max(1, from);
        const { state, from: began, to: ended } = await replay(book.log, total, { from, to });
        expect([state, began, ended]).toEqual([Math.max(0, to - first + 1), first, to]);
      }),
      { numRuns: 40 },
    );
  });

  it("takes times for both ends, inclusive, and a past", async () => {
    const clock = fakeClock("2026-01-01T00:00:00.000Z");
    await using book = await openMemoryDaybook({ clock, allowClockJump: true });
    for (let index = 0; index < 5; index += 1) {
      await book.log.append([note(0), note(1)]);
      clock.advance(1000);
    }
    const range = async (log: DaybookLog, from: string | Date | undefined, to?: string): Promise<number[]> => {
      const options = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
      const { state, from: first, to: last } = await replay(log, total, options);
      expect(state).toBe(Math.max(0, last - first + 1));
      return [first, last];
    };
    expect(await range(book.log, "2026-01-01T00:00:01.000Z", "2026-01-01T00:00:02.000Z")).toEqual([3, 6]);
    expect(await range(book.log, new Date("2026-01-01T00:00:01.001Z"), "2026-01-01T00:00:02.999Z")).toEqual([5, 6]);
    expect(await range(book.log, "2025-01-01")).toEqual([1, 10]);
    expect(await range(book.log, "2026-01-01T00:00:04.500Z")).toEqual([11, 10]);
    const past = await book.at(5);
    expect(await range(past.log, "2026-01-01T00:00:02.000Z")).toEqual([5, 5]);
    await expect(replay(past.log, total, { to: 6 })).rejects.toMatchObject({ code: "MOMENT_AHEAD" });
    await expect(replay(book.log, total, { from: 11 })).rejects.toMatchObject({ code: "MOMENT_AHEAD" });
  });

  it("reads older schema versions as the newest, and counts what it does not know", async () => {
    await using book = await openMemoryDaybook();
    await book.log.append([{ stream: "note/1", type: "note.taken", data: { text: "abc" } }, { stream: "note/1", type: "note.torn", data: {} }]);
    book.registerEvent("note.taken", { version: 2, upcasters: { 1: ({ text }) => ({ length: JSON.stringify(text).length }) } });
    const lengths = defineProjection({ name: "lengths", version: 1, types: ["note.taken"], initialState: [] as number[], evolve: (state, { data }) => [...state, Number(data["length"])] });
    expect(await replay(book.log, lengths)).toMatchObject({ state: [5], unknown: 1 });
  });

  it("says how far it is, gives up when told to, and ends when the daybook is closed", async () => {
    const root = temporaryFolder();
    await using writer = await openDaybook(root, { durability: "os" });
    for (let index = 0; index < 60; index += 1) await writer.log.append(Array.from({ length: 100 }, () => ({ ...note(1), data: { text: "x".repeat(500) } })));
    const seen: number[] = [];
    await replay(writer.log, total, { from: 2001, onProgress: ({ events, total: all }) => seen.push(all === 4000 ? events : NaN) });
    expect(seen.at(-1)).toBe(4000);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    const giveUp = new AbortController();
    await expect(replay(writer.log, total, { signal: giveUp.signal, onProgress: () => giveUp.abort(new Error("enough")) })).rejects.toThrow("enough");
    const book = await openDaybook(root, { readOnly: true });
    let closing: Promise<void> | undefined;
    await expect(replay(book.log, total, { onProgress: () => void (closing ??= book.close()) })).rejects.toMatchObject({ code: "LOG_CLOSED" });
    await closing;
  });

  it("names the event that a fold fails on, and the option that is none", async () => {
    await using book = await bookWith(4);
    const fragile = defineProjection({ name: "fragile", version: 1, initialState: 0, evolve: (_: number, { seq }) => (seq === 3 ? JSON.parse("{") as number : seq) });
    await expect(replay(book.log, fragile)).rejects.toMatchObject({ code: "PROJECTION_FAILED", event: { seq: 3 } });
    expect((await replay(book.log, fragile, { to: 2 })).state).toBe(2);
    await expect(replay({} as DaybookLog, total)).rejects.toMatchObject({ field: "log" });
    await expect(replay(book.log, { ...total, version: -1 })).rejects.toMatchObject({ field: "projection" });
    await expect(replay(book.log, total, { from: "monday" })).rejects.toMatchObject({ field: "from" });
    await expect(replay(book.log, total, { to: -1 })).rejects.toMatchObject({ field: "to" });
  });

  it("of a damaged log gives nothing but what stands before the damage, and that only when asked for no more", async () => {
    const root = temporaryFolder();
    await writeSmallLog(root, 60, 4096);
    const name = segmentFiles(root)[2] as string;
    const first = Number(name.slice(0, 20));
    const bytes = readFileSync(join(root, "log", name));
    bytes[bytes.length - 100] = (bytes[bytes.length - 100] ?? 0) ^ 1;
    writeFileSync(join(root, "log", name), bytes);
    await using book = await openDaybook(root, { readOnly: true });
    expect((await replay(book.log, total, { to: first - 1 })).state).toBe(first - 1);
    await expect(replay(book.log, total)).rejects.toMatchObject({ code: "LOG_CORRUPT", segment: name });
  });
});
