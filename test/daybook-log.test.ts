import { describe, expect, it } from "vitest";
import { openDaybook } from "../src/index.js";
import type { Daybook, NewEvent, ReadOptions, RecordedEvent } from "../src/index.js";
import { temporaryFolder } from "./support/temporary-folder.js";

const note = (number: number, stream = "note/1"): NewEvent => ({ stream, type: "note.taken", data: { number } });

async function withBook(run: (book: Daybook, root: string) => Promise<void>): Promise<void> {
  const root = temporaryFolder();
  const book = await openDaybook(root, { participantId: "w" });
  try {
    await run(book, root);
  } finally {
    await book.close();
  }
}

async function read(book: Daybook, options: ReadOptions = {}): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of book.log.read(options)) events.push(event);
  return events;
}

describe("append", () => {
  it("takes one event or many, and none is a look at the head", () =>
    withBook(async (book) => {
      expect(await book.log.append(note(1))).toEqual({ firstSeq: 1, lastSeq: 1, duplicate: false });
      expect(await book.log.append([note(2), note(3)])).toEqual({ firstSeq: 2, lastSeq: 3, duplicate: false });
      expect(await book.log.append([])).toEqual({ firstSeq: 3, lastSeq: 3, duplicate: false });
      expect((await book.log.head()).seq).toBe(3);
    }));

  it.each([
    ["no object", 7],
    ["no stream", { type: "note.taken", data: {} }],
    ["a path out of the stream", { stream: "note/../x", type: "note.taken", data: {} }],
    ["a control character", { stream: "note/\u0007", type: "note.taken", data: {} }],
    ["no past participle's dot", { stream: "note/1", type: "note", data: {} }],
    ["a noun of daybook's own", { stream: "run/x/0001", type: "run.allocated", data: { uid: "0001" } }],
    ["the log's own noun", { stream: "log", type: "log.recovered", data: {} }],
    ["no data", { stream: "note/1", type: "note.taken" }],
    ["a list for data", { stream: "note/1", type: "note.taken", data: [] }],
    ["NaN", { stream: "note/1", type: "note.taken", data: { deep: [{ loss: NaN }] } }],
    ["a Map", { stream: "note/1", type: "note.taken", data: { map: new Map() } }],
    ["a lone surrogate", { stream: "note/1", type: "note.taken", data: { text: "\ud800" } }],
    ["more than 1 MiB", { stream: "note/1", type: "note.taken", data: { text: "x".repeat(1024 * 1024) } }],
    ["a version that is none", { stream: "note/1", type: "note.taken", data: {}, v: 0 }],
  ])("refuses an event with %s, and everything beside it", (_what, event) =>
    withBook(async (book) => {
      await expect(book.log.append([note(1), event as unknown as NewEvent])).rejects.toMatchObject({ code: expect.stringMatching(/^INVALID_(EVENT|ID)$/) as string });
      expect((await book.log.head()).seq).toBe(0);
    }),
  );

  it("under an id is done once, however often it is repeated, by whomever", () =>
    withBook(async (book, root) => {
      const events = [note(1), note(2)];
      expect(await book.log.append(events, { id: "job-1" })).toEqual({ firstSeq: 1, lastSeq: 2, duplicate: false });
      await book.log.append(note(9));
      const repeats = await Promise.all(Array.from({ length: 5 }, () => book.log.append(events, { id: "job-1" })));
      for (const repeat of repeats) expect(repeat).toEqual({ firstSeq: 1, lastSeq: 2, duplicate: true });
      await expect(book.log.append([note(1)], { id: "job-1" })).rejects.toMatchObject({ code: "ID_REUSED", firstSeq: 1 });
      await book.close();
      const again = await openDaybook(root);
      expect(await again.log.append(events, { id: "job-1" })).toMatchObject({ duplicate: true });
      expect((await again.log.head()).seq).toBe(3);
      await again.close();
    }));

  it("under an id is known again by a release that knows only an older version of its type", async () => {
    const root = temporaryFolder();
    const append = async (version: number): Promise<unknown> => {
      const book = await openDaybook(root, { participantId: "w" });
      try {
        book.registerEvent("note.taken", { version, upcasters: version === 1 ? {} : { 1: (data) => data } });
        return await book.log.append(note(1), { id: "job-1" });
      } finally {
        await book.close();
      }
    };
    expect(await append(2)).toEqual({ firstSeq: 1, lastSeq: 1, duplicate: false });
    expect(await append(1)).toEqual({ firstSeq: 1, lastSeq: 1, duplicate: true });
  });

  it("with an expectation goes in only if nothing came after what was seen, below the stream included", () =>
    withBook(async (book) => {
      await book.log.append([note(1, "plan/a"), note(2, "plan/a/x"), note(3, "planet/b")]);
      await book.log.append(note(4, "plan/a"), { expect: { stream: "plan/a", seq: 2 } });
      await expect(book.log.append(note(5, "plan/a"), { expect: { stream: "plan/a", seq: 2 } })).rejects.toMatchObject({ code: "VERSION_CONFLICT", stream: "plan/a", expected: 2, actual: 4 });
      await book.log.append(note(5, "plan/new"), { expect: [{ stream: "plan/new", seq: 0 }, { stream: "plan", seq: 4 }] });
      await expect(book.log.append(note(6), { expect: { stream: "plan", seq: -1 } })).rejects.toMatchObject({ code: "INVALID_OPTION", field: "expect" });
    }));

  it("fixes the data at the call: what happens to the object later changes nothing", () =>
    withBook(async (book) => {
      const data = { list: [1] };
      const appended = book.log.append({ stream: "note/1", type: "note.taken", data });
      data.list.push(2);
      await appended;
      expect((await read(book))[0]?.data).toEqual({ list: [1] });
    }));

  it("gives up while it waits when its signal aborts", () =>
    withBook(async (book) => {
      await expect(book.log.append(note(1), { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
      expect((await book.log.head()).seq).toBe(0);
    }));
});

describe("read", () => {
  it("gives a range, a stream with what is below it, and types, up to the head at the call", () =>
    withBook(async (book) => {
      await book.log.append([note(1, "a"), note(2, "a/b"), note(3, "ab"), { stream: "a", type: "thing.made", data: {} }]);
      expect((await read(book, { from: 2, to: 3 })).map(({ seq }) => seq)).toEqual([2, 3]);
      expect((await read(book, { stream: "a" })).map(({ seq }) => seq)).toEqual([1, 2, 4]);
      expect((await read(book, { types: ["thing.made"] })).map(({ seq }) => seq)).toEqual([4]);
      expect(await read(book, { from: 99 })).toEqual([]);
      const before = book.log.read();
      await book.log.append(note(5));
      const seqs = [];
      for await (const { seq } of before) seqs.push(seq);
      expect(seqs).toEqual([1, 2, 3, 4]);
    }));

  it("holds registered types against their schema, and brings older versions up to date", () =>
    withBook(async (book, root) => {
      book.registerEvent("sample.measured", { schema: { type: "object", required: ["celsius"], properties: { celsius: { type: "number" } } } });
      await expect(book.log.append({ stream: "s", type: "sample.measured", data: { celsius: "warm" } })).rejects.toMatchObject({ code: "INVALID_EVENT", path: "$.data.celsius" });
      await book.log.append({ stream: "s", type: "sample.measured", data: { celsius: 20 } });
      await book.close();

      const later = await openDaybook(root);
      later.registerEvent("sample.measured", { version: 2, upcasters: { 1: ({ celsius }) => ({ kelvin: (celsius as number) + 273.15 }) } });
      expect(await read(later)).toMatchObject([{ v: 2, data: { kelvin: 293.15 } }]);
      await later.log.append({ stream: "s", type: "sample.measured", data: { kelvin: 300 } });
      expect((await read(later)).map(({ v }) => v)).toEqual([2, 2]);
      await later.close();
    }));
});
