import { appendFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, it, onTestFinished } from "vitest";
import { openDaybook } from "../../../src/index.js";
import type { NotImported } from "../../../src/index.js";
import { activeSegment } from "../../support/small-log.js";
import { temporaryFolder } from "../../support/temporary-folder.js";
import { all, chunksOf, cloudEvents, essence, fileBook, importLines, measured, memoryBook, ndjson, put } from "./books.js";

const root = "3f0c2a9e-5b7d-4c18-9e64-0a1b2c3d4e5f";
const line = (seq: number, more: object = {}): object => ({ seq, time: "2026-11-21T23:04:05.123Z", stream: "sample/1", type: "sample.measured", v: 1, data: { seq }, by: "w", root, ...more });
const foreign = (id: string, more: object = {}): object => ({ specversion: "1.0", id, source: "/sensors/7", type: "sample.measured", data: { id }, ...more });

describe("importing events", () => {
  it("keeps who appended them and when, and tells in the log what came from where", async () => {
    const book = await memoryBook("me");
    await put(book, measured("mine", 1));
    expect(await importLines(book, [line(7), line(8, { at: "2020-01-01T00:00:00.000Z", by: "x", stream: "sample/2" })])).toEqual({ events: 2, already: 0, left: 0, refused: 0, skipped: [] });
    expect(await all(book.log.read({ from: 2 }))).toMatchObject([
      { seq: 2, stream: "sample/1", data: { seq: 7 }, by: "w", at: "2026-11-21T23:04:05.123Z" },
      { seq: 3, stream: "sample/2", data: { seq: 8 }, by: "x", at: "2020-01-01T00:00:00.000Z" },
      { seq: 4, stream: "log", type: "log.imported", by: "me", data: { sources: { [`urn:uuid:${root}`]: [[2, 2, 7]] } } },
    ]);
  });

  it("adds nothing twice, in whichever parts, order of files and format they come", async () => {
    const from = await memoryBook("from");
    for (let part = 0; part < 5; part += 1) await put(from, measured("a", part), measured(`b/${part}`, part));
    const book = await memoryBook();
    const lines = await ndjson(from);
    expect(await importLines(book, lines.slice(0, 4))).toMatchObject({ events: 4 });
    expect(await importLines(book, [...lines.slice(2), ...lines])).toMatchObject({ events: 6, already: 12, refused: 0 });
    expect(await importLines(book, await cloudEvents(from))).toMatchObject({ events: 0, already: 10, refused: 0 });
    expect(essence(await ndjson(book))).toEqual(essence(lines));
  });

  it("tells of a part from many sources, or with many gaps, in as many events as the log allows, and still adds nothing twice", async () => {
    const book = await openDaybook(temporaryFolder(), { maxEventBytes: 4096 });
    onTestFinished(() => book.close());
    const gaps = Array.from({ length: 500 }, (_, index) => line(3 * index + 1));
    const sources = Array.from({ length: 50 }, (_, index) => foreign("1", { source: `/${index}${"ö".repeat(1000)}`, subject: `sample/from-${index}` }));
    for (const events of [[...gaps, ...sources], gaps, sources]) {
      const already = events.length < 550;
      expect(await importLines(book, events)).toMatchObject({ events: already ? 0 : events.length, already: already ? events.length : 0, refused: 0 });
    }
    const told = (await all(book.log.read())).filter(({ type }) => type === "log.imported");
    expect(told.length).toBeGreaterThan(10);
    expect(told.flatMap(({ data }) => Object.values(data["sources"] as Record<string, number[][]>).flat()).reduce((sum, [, count = 0]) => sum + count, 0)).toBe(550);
  });

  it("refuses a source that no event could tell of, and takes the rest", async () => {
    const book = await openDaybook(temporaryFolder(), { maxEventBytes: 1024 });
    onTestFinished(() => book.close());
    for (const bad of ["r".repeat(2048), "r".repeat(3 * 1024 * 1024), "a\nb", "\ud800"]) {
      expect(await book.import([line(1, { root: bad, stream: "sample/2" }), line(1)])).toMatchObject({ refused: 1, skipped: [{ kind: "event", line: 1, field: "root", stream: "sample/2" }] });
    }
    const report = await book.import([foreign("1", { source: `/${"x".repeat(1500)}`, subject: "sample/3" }), foreign("2")]);
    expect(report).toMatchObject({ events: 1, refused: 1, skipped: [{ kind: "event", field: "source", stream: "sample/3" }] });
  });

  it("takes the events that were appended since, and none before those of their stream that are here", async () => {
    const from = await memoryBook("from");
    await put(from, measured("a", 1), { stream: "a", type: "sample.lost", data: {} }, measured("b", 1));
    const book = await memoryBook();
    expect(await importLines(book, await ndjson(from, { types: ["sample.lost"] }))).toMatchObject({ events: 1 });
    await put(from, measured("a", 2));
    const report = await importLines(book, await ndjson(from));
    expect(report).toMatchObject({ events: 1, already: 1, refused: 2, skipped: [{ kind: "conflict", line: 1, stream: "a", events: 2, why: expect.stringContaining("has gone on here: the event 2 of") as string }] });
    expect((await all(book.log.read({ stream: "a" }))).map(({ type }) => type)).toEqual(["sample.lost"]);
  });

  it("leaves a stream alone that is here and did not come from there, and takes the rest", async () => {
    const [from, book] = [await memoryBook("from"), await memoryBook()];
    for (const one of [from, book]) await one.runs.allocate("train");
    await from.runs.log("train", "0001", { status: "DONE" });
    await from.runs.allocate("eval");
    const before = await book.runs.getRecord("train", "0001");
    const report = await importLines(book, await ndjson(from));
    expect(report).toMatchObject({ events: 1, refused: 2, skipped: [{ kind: "conflict", line: 1, stream: "run/train/0001", events: 2, why: expect.stringMatching(/exists here, and did not come from urn:uuid:/) as string }] });
    expect(await book.runs.getRecord("train", "0001")).toEqual(before);
    expect(await book.runs.getRecord("eval", "0001")).toMatchObject({ status: "PENDING" });
    // Also where what came was gone on with here.
    await book.runs.log("eval", "0001", { note: "mine" });
    await from.runs.log("eval", "0001", { note: "theirs" });
    expect(await importLines(book, await ndjson(from))).toMatchObject({ events: 0, already: 1, refused: 3 });
  });

  it("of two sources keeps a stream to the first", async () => {
    const book = await memoryBook();
    const other = { root: "00000000-0000-4000-8000-000000000000" };
    const report = await importLines(book, [line(1), line(1, other), line(2), line(2, { ...other, stream: "sample/2" })]);
    expect(report).toMatchObject({ events: 2, refused: 2, skipped: [{ kind: "conflict", line: 2, stream: "sample/1", why: expect.stringContaining(`came from urn:uuid:${root}`) as string, events: 2 }] });
  });

  it("names causes by their seq here, and by source and seq where they are not here", async () => {
    const book = await memoryBook();
    await put(book, measured("x", 1), measured("x", 2));
    await importLines(book, [line(5), line(6, { cause: 5 }), line(7, { cause: 3 }), line(8, { cause: "start" })]);
    await importLines(book, [line(9, { cause: 6 })]);
    expect((await all(book.log.read({ stream: "sample" }))).map(({ cause }) => cause)).toEqual([undefined, 3, `urn:uuid:${root}#3`, "start", 4]);
  });

  it("keeps an append's id: repeating it here adds nothing, and what it held stays together", async () => {
    const from = await memoryBook("from");
    const events = [1, 2, 3].map((celsius) => ({ stream: "a", type: "sample.measured", data: { celsius } }));
    await from.log.append(events, { id: "once" });
    const book = await memoryBook();
    await importLines(book, await ndjson(from));
    expect(await book.log.append(events, { id: "once" })).toMatchObject({ duplicate: true, firstSeq: 1, lastSeq: 3 });
    // An append of which one event cannot be taken.
    const other = await memoryBook();
    await put(other, measured("b", 1));
    const torn = [line(1, { id: "x", stream: "c" }), line(2, { id: "x", stream: "b" }), line(3, { stream: "d" })];
    const report = await importLines(other, torn);
    expect(report).toMatchObject({ events: 1, refused: 2, skipped: [{ line: 1, why: expect.stringContaining("belongs to an append of which line 2") as string }, { line: 2 }] });
    // An id that is used here for other events; and the very same append by another way.
    const third = await memoryBook();
    await third.log.append({ stream: "a", type: "sample.measured", data: {} }, { id: "once" });
    expect(await importLines(third, await ndjson(from))).toMatchObject({ events: 0, refused: 3, skipped: [{ kind: "conflict", why: expect.stringContaining('its id "once" is used here') as string }] });
    const fourth = await memoryBook();
    await fourth.log.append(events, { id: "once" });
    expect(await importLines(fourth, await ndjson(from))).toMatchObject({ events: 0, already: 3, refused: 0 });
  });

  it("knows its own events again, and a copy of its log that has gone another way", async () => {
    const folder = temporaryFolder();
    const book = await fileBook("me", folder);
    await put(book, measured("a", 1), measured("b", 2));
    const lines = await ndjson(book);
    await put(book, measured("a", 3));
    expect(await importLines(book, lines)).toEqual({ events: 0, already: 2, left: 0, refused: 0, skipped: [] });
    for (const other of [{ by: "somebody else" }, { id: "another" }]) expect(await importLines(book, [{ ...lines[0], ...other }])).toMatchObject({ already: 0, refused: 1 });
    const gone = { ...lines[0], seq: 3, data: { celsius: 4 } };
    const beyond = { ...lines[0], seq: 9, stream: "c" };
    expect(await importLines(book, [lines[1], gone, beyond, lines[0]])).toMatchObject({ events: 0, already: 2, refused: 2, skipped: [{ kind: "conflict", line: 2, why: expect.stringContaining("has another event there") as string }, { line: 3, why: expect.stringContaining("has no such event") as string }] });
  });

  it("knows the seqs right where its commit begins with the news of a torn tail", async () => {
    const folder = temporaryFolder();
    const book = await openDaybook(folder);
    await book.log.append(measured("a", 1));
    await book.close();
    appendFileSync(activeSegment(folder), '{"seq":2,"time"');
    await using again = await openDaybook(folder);
    await importLines(again, [line(1), line(2, { cause: 1 })]);
    expect(await all(again.log.read())).toMatchObject([{ stream: "a" }, { type: "log.recovered" }, { seq: 3, data: { seq: 1 } }, { seq: 4, cause: 3 }, { data: { sources: { [`urn:uuid:${root}`]: [[3, 2, 1]] } } }]);
    expect(await importLines(again, [line(1), line(2)])).toMatchObject({ events: 0, already: 2 });
  });

  it("reads segment files, and lines that do not say their root", async () => {
    const folder = temporaryFolder();
    const from = await fileBook("from", folder);
    for (let number = 0; number < 60; number += 1) await put(from, measured(`a/${number % 7}`, number));
    const segments = readdirSync(join(folder, "log")).filter((name) => /^\d{20}\.ndjson$/.test(name)).sort();
    expect(segments.length).toBeGreaterThan(1);
    const book = await memoryBook();
    expect(await book.import(segments.map((name) => readFileSync(join(folder, "log", name))))).toMatchObject({ events: 60, refused: 0 });
    expect(await book.import(from.export())).toMatchObject({ events: 0, already: 60 });
    const bare = [line(1, { root: undefined })];
    expect(await importLines(await memoryBook(), bare)).toMatchObject({ events: 0, skipped: [{ field: "root", line: 1 }] });
    expect(await (await memoryBook()).import(chunksOf(bare), { root })).toMatchObject({ events: 1 });
  });

  it("leaves out what tells of the other log itself", async () => {
    const recovered = line(2, { stream: "log", type: "log.recovered", data: { segment: "s", offset: 1, bytes: 1, sha256: "0".repeat(64), file: "quarantine/x" } });
    expect(await importLines(await memoryBook(), [line(1), recovered])).toMatchObject({ events: 1, left: 1, refused: 0 });
  });

  it.each<[string, object, field: string | undefined, why: RegExp]>([
    ["no object", [1], undefined, /is no event/],
    ["no seq", line(1, { seq: "1" }), "seq", /whole number from 1 on, not "1"/],
    ["a time that is none", line(1, { time: "2026-02-30T00:00:00.000Z" }), "time", /must be a time/],
    ["a moment of origin that is none", line(1, { at: "yesterday" }), "at", /must be a time/],
    ["a stream outside the alphabet", line(1, { stream: "a//b" }), "stream", /is empty/],
    ["a type outside the alphabet", line(1, { type: "Measured" }), "type", /<noun>\.<past-participle>/],
    ["a reserved noun", line(1, { type: "operation.started" }), "type", /reserved/],
    ["bad data of the catalogue", line(1, { stream: "run/train/0001", type: "run.status-changed", data: { status: "done" } }), "data.status", /one of PENDING/],
    ["a version of the catalogue that is to come", line(1, { stream: "run/train/0001", type: "run.noted", v: 2, data: { note: "" } }), "v", /newest version known here is 1/],
    ["an event of a run on no run's stream", line(1, { type: "run.noted", data: { note: "" } }), "stream", /is no run's/],
    ["another uid than the stream's", line(1, { stream: "run/train/0001", type: "run.allocated", data: { uid: "0002" } }), "data.uid", /the stream's is "0001"/],
    ["data that is no object", line(1, { data: [] }), "data", /must be an object/],
    ["half a surrogate", line(1, { data: { a: ["\ud800"] } }), "data.a[0]", /surrogate/],
    ["a participant that is none", line(1, { by: "a/b" }), "by", /allowed are/],
    ["an id that is none", line(1, { id: "a\n" }), "id", /control/],
    ["a cause that is none", line(1, { cause: 1.5 }), "cause", /whole number/],
    ["an event that is too long", line(1, { data: { text: "ä".repeat(600_000) } }), "data", /maxEventBytes/],
  ])("refuses %s, and says which line and field", async (_, bad, field, why) => {
    const book = await memoryBook();
    const stream = (bad as { stream?: string }).stream;
    const report = await importLines(book, [line(1, { stream: "before" }), bad, line(9, { stream: "behind" }), ...(stream === "sample/1" ? [line(10)] : [])]);
    expect(report).toMatchObject({ events: 2, refused: stream === "sample/1" ? 2 : 1, skipped: [{ kind: "event", line: 2, why: expect.stringMatching(why) as string }] });
    expect(report.skipped[0]?.field).toBe(field);
    expect((await all(book.log.read())).map((event) => event.stream)).toEqual(expect.arrayContaining(["before", "behind"]));
  });

  it("ends at a line that cannot be read, with everything before it taken", async () => {
    const good = Buffer.from(`\uFEFF${JSON.stringify(line(1))}\r\n\n  \nnull\n${JSON.stringify(line(2))}\n`);
    for (const [bad, problem] of [[Buffer.from('{"seq":3,'), /line 6: it is not JSON: /], [Buffer.from([0x22, 0xff, 0x22, 0x0a]), /line 6: it is not UTF-8/], [Buffer.alloc(17 * 1024 * 1024, 0x20), /line 6: it is longer than/]] as const) {
      const book = await memoryBook();
      const rest = Buffer.from(`\n${JSON.stringify(line(4))}\n`);
      await expect(book.import([Buffer.concat([good, bad]), rest], { name: "a file" })).rejects.toMatchObject({ code: "IMPORT_UNREADABLE", source: "a file", line: 6, message: expect.stringMatching(problem) as string });
      expect((await all(book.log.read({ types: ["sample.measured"] }))).map(({ data }) => data["seq"])).toEqual([1, 2]);
    }
  });

  it("tells of every refused line once a stream, and of a thousand in its report", async () => {
    const book = await memoryBook();
    const told: NotImported[] = [];
    const lines = Array.from({ length: 3000 }, (_, index) => line(index + 1, { stream: `s/${index % 1500}`, v: 0 }));
    const report = await book.import(chunksOf(lines, 10_000), { onNotImported: (one) => told.push(one) });
    expect(report).toMatchObject({ events: 0, refused: 3000 });
    expect(report.skipped).toHaveLength(1000);
    expect(report.skipped.every(({ events }) => events === 2)).toBe(true);
    expect(told).toHaveLength(1500);
  });

  it("takes paths, streams, texts cut anywhere and events; refuses what is none of them", async () => {
    const file = join(temporaryFolder(), "events.ndjson");
    const text = `${JSON.stringify(line(1, { data: { text: "grün 🌱" } }))}\n${JSON.stringify(line(2))}`;
    writeFileSync(file, text);
    const progress: unknown[] = [];
    expect(await (await memoryBook()).import(file, { onProgress: (one) => progress.push(one) })).toMatchObject({ events: 2 });
    expect(progress).toEqual([{ events: 1, bytes: Buffer.byteLength(text), totalBytes: Buffer.byteLength(text) }, { events: 2, bytes: Buffer.byteLength(text), totalBytes: Buffer.byteLength(text) }]);
    const book = await memoryBook();
    expect(await book.import(Readable.from(Array.from({ length: text.length }, (_, at) => text[at])))).toMatchObject({ events: 2 });
    expect((await all(book.log.read({ to: 1 })))[0]?.data).toEqual({ text: "grün 🌱" });
    expect(await book.import([line(1), line(2)])).toMatchObject({ already: 2 });
    await expect(book.import(5 as never)).rejects.toMatchObject({ code: "INVALID_OPTION", field: "source" });
    await expect(book.import([], { formt: 1 } as never)).rejects.toMatchObject({ code: "INVALID_OPTION", field: "formt" });
    await expect(book.import([], { format: "xml" as never })).rejects.toMatchObject({ code: "INVALID_OPTION", field: "format" });
    await expect(book.import(join(file, "none"))).rejects.toMatchObject({ code: "ENOTDIR" });
    await expect((await book.at(1)).import([line(1)])).rejects.toMatchObject({ code: "LOG_READ_ONLY" });
    expect(await book.import([foreign("1")], { format: "ndjson" })).toMatchObject({ refused: 1, skipped: [{ field: "specversion" }] });
    expect(await book.import([line(3)], { format: "cloudevents" })).toMatchObject({ refused: 1, skipped: [{ field: "specversion" }] });
  });

  it("takes events as long as they can be, and of data without a version what is current here", async () => {
    const [from, book] = [await memoryBook("from"), await memoryBook()];
    // The longest line that the other log takes: so far as `at` does not make it longer here.
    const room = 1024 * 1024 - Buffer.byteLength(JSON.stringify({ seq: 1, time: "2026-11-21T23:04:05.123Z", stream: "a", type: "sample.measured", v: 1, data: { text: "" }, by: "from" })) - 1;
    await put(from, { stream: "a", type: "sample.measured", data: { text: "x".repeat(room - 60) } }, { stream: "b", type: "sample.measured", data: { text: "x".repeat(room) } });
    expect(await importLines(book, await ndjson(from))).toMatchObject({ events: 1, refused: 1, skipped: [{ stream: "b", field: "data", why: expect.stringContaining("maxEventBytes") as string }] });
    book.registerEvent("sample.taken", { version: 2, upcasters: { 1: () => ({ old: true }) } });
    await importLines(book, [foreign("a", { type: "sample.taken", subject: "c" })]);
    expect(await all(book.log.read({ stream: "c" }))).toMatchObject([{ v: 2, data: { id: "a" } }]);
  });

  it("refuses an append that no commit has room for, and takes the rest", async () => {
    const book = await memoryBook();
    const text = "x".repeat(1_000_000);
    function* lines(): Generator<object> {
      for (let seq = 1; seq <= 70; seq += 1) yield line(seq, { id: "much", data: { text } });
      yield line(71, { stream: "b" });
    }
    expect(await book.import(lines())).toMatchObject({ events: 1, refused: 70, skipped: [{ line: 1, events: 70, why: expect.stringContaining("more than one commit") as string }] });
  });

  it("stops when it is told to, and goes on where it was", async () => {
    const book = await memoryBook();
    const lines = Array.from({ length: 5000 }, (_, index) => line(index + 1, { stream: `s/${index % 10}` }));
    const stopping = new AbortController();
    await expect(book.import(chunksOf(lines, 50_000), { signal: stopping.signal, onProgress: ({ events }) => void (events > 3000 && stopping.abort()) })).rejects.toMatchObject({ name: "AbortError" });
    const { events, already } = await importLines(book, lines);
    expect([events + already, already]).toEqual([5000, expect.any(Number)]);
    expect(already).toBeGreaterThan(0);
    expect(events).toBeGreaterThan(0);
  });

  it("asks its source for no more than it has appended", async () => {
    const book = await memoryBook();
    let given = 0;
    async function* source(): AsyncGenerator<Buffer> {
      for (let part = 0; part < 20; part += 1) {
        const { seq } = await book.log.head();
        // A part is under way, and one group more.
        expect(given - seq).toBeLessThan(2000 + 501);
        given += 500;
        yield Buffer.concat([...chunksOf(Array.from({ length: 500 }, (_, index) => line(part * 500 + index + 1)))]);
      }
    }
    expect(await book.import(source())).toMatchObject({ events: 10_000 });
  });
});

describe("importing CloudEvents of others", () => {
  it("takes type and data as they are, the subject as stream, and source and id as identity", async () => {
    const book = await memoryBook("me");
    const events = [
      foreign("a", { subject: "sensor/7", time: "2026-01-01T02:00:00.1234+02:00", traceparent: "00-1" }),
      foreign("b", { data: undefined, dataversion: 3, datacontenttype: "application/cloudevents+json; charset=utf-8" }),
    ];
    expect(await importLines(book, events)).toMatchObject({ events: 2, refused: 0 });
    expect(await all(book.log.read({ to: 2 }))).toMatchObject([
      { stream: "sensor/7", type: "sample.measured", v: 1, data: { id: "a" }, by: "me", at: "2026-01-01T00:00:00.123Z", id: expect.stringMatching(/^cloudevent:[0-9a-f]{32}$/) as string },
      { stream: "sensors/7", v: 3, data: {} },
    ]);
    expect(await importLines(book, [...events, foreign("c")])).toMatchObject({ events: 1, already: 2 });
    // The same source and id with other data is not the same event, whatever its sender says.
    expect(await importLines(book, [foreign("c", { data: { id: "other" } })])).toMatchObject({ refused: 1, skipped: [{ kind: "conflict", why: expect.stringContaining("used here, for other events") as string }] });
    expect(await importLines(book, [foreign("1", { source: "/other", subject: "sensor/7" })])).toMatchObject({ refused: 1, skipped: [{ kind: "conflict", why: expect.stringContaining("came from /sensors/7") as string }] });
  });

  it.each<[string, object, string, RegExp]>([
    ["another version", { specversion: "0.3" }, "specversion", /only 1\.0/],
    ["no id", { id: undefined }, "id", /is missing/],
    ["no source", { source: undefined, subject: "a" }, "source", /is missing/],
    ["a source that makes no stream", { source: "https://example.com/?q" }, "subject", /makes no name of a stream/],
    ["a type of another form", { type: "com.github.push" }, "type", /<noun>\.<past-participle>/],
    ["binary data", { data_base64: "AAAA" }, "data_base64", /binary/],
    ["data that is no JSON", { datacontenttype: "text/plain", data: "x" }, "datacontenttype", /only JSON/],
    ["data that is no object", { data: 5 }, "data", /must be an object/],
    ["a time that is none", { time: "2026-02-30T00:00:00Z" }, "time", /RFC 3339/],
  ])("refuses %s", async (_, more, field, why) => {
    expect((await importLines(await memoryBook(), [foreign("a", more)])).skipped).toMatchObject([{ kind: "event", line: 1, field, why: expect.stringMatching(why) as string }]);
  });
});
