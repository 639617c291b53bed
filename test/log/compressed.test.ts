import { execFileSync } from "node:child_process";
import { linkSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defineProjection, openDaybook } from "../../src/index.js";
import type { Codec, Daybook } from "../../src/index.js";
import { sha256 } from "../format/independent-files.js";
import { readLog } from "../format/independent-reader.js";
import { compressions, compressRoot, eventsOf, manifestOf, nameOf, segmentForms, writeLogOfSegments, writeLongSegment } from "../support/compressed-log.js";
import { runProgram, startProgram } from "../support/programs.js";
import { copyOf, readAll, segmentFiles, writeSmallLog } from "../support/small-log.js";
import { temporaryFolder } from "../support/temporary-folder.js";

/** Everything that is looked at of a daybook. */
async function looksOf(book: Daybook): Promise<unknown> {
  const events = await eventsOf(book);
  const halfway = await book.at(Math.floor(events.length / 2));
  const { ok, events: counted, segments, faults } = await book.verify({ full: true });
  const quick = await book.verify();
  const rebuilt = await book.rebuild({ check: true });
  return { events, head: await book.log.head(), runs: await book.view("runs"), halfway: await halfway.view("runs"), verified: { ok, counted, segments, faults }, quick: { ok: quick.ok, events: quick.events }, rebuilt: rebuilt.ok };
}

async function looks(root: string, readOnly: boolean): Promise<unknown> {
  await using book = await openDaybook(root, { readOnly });
  return await looksOf(book);
}

describe.each(compressions)("a log whose sealed segments are compressed (%s)", (how) => {
  it("shows the same as before, to readers and to writers, and is gone on with", async () => {
    const root = temporaryFolder();
    await writeLogOfSegments(root);
    const before = await looks(root, true);
    const names = segmentFiles(root);
    expect(names.length).toBeGreaterThan(3);
    await compressRoot(root, how);
    const suffix = how.startsWith("gzip") ? ".gz" : ".br";
    expect(segmentForms(root)).toEqual(names.map((name, index) => (index === names.length - 1 ? name : name + suffix)));
    rmSync(join(root, "snapshots"), { recursive: true, force: true });
    for (const readOnly of [true, false]) expect(await looks(root, readOnly)).toEqual(before);
    const { events, damage, torn, sealed } = readLog(root);
    expect({ events, damage, torn, sealed }).toEqual({ events: (before as { events: object[] }).events, damage: undefined, torn: undefined, sealed: { checked: names.length - 1, faults: [] } });
    {
      await using book = await openDaybook(root, { segmentBytes: 4096 });
      expect(await book.log.append({ stream: "note", type: "note.taken", data: {} })).toMatchObject({ firstSeq: events.length + 1 });
      expect(await book.runs.allocate("train")).toBe("0026");
      await book.decompress();
      expect(segmentForms(root)).toEqual(names);
    }
    for (const { first, sha256: digest } of manifestOf(root)) expect(sha256(readFileSync(join(root, "log", nameOf(first))))).toBe(digest);
  });
});

describe("compressing", () => {
  it("keeps the digests: zcat gives what the manifest says", async () => {
    const root = temporaryFolder();
    await writeLongSegment(root);
    await compressRoot(root, "gzip");
    const [line] = manifestOf(root);
    const file = join(root, "log", `${nameOf(1)}.gz`);
    const plain = execFileSync("gzip", ["-dc", file], { maxBuffer: 2 ** 30 });
    expect({ bytes: plain.length, sha256: sha256(plain) }).toEqual({ bytes: line?.bytes, sha256: line?.sha256 });
    expect(readFileSync(file).length).toBeLessThan(plain.length / 2);
  });

  it("tells what it does, leaves the newest ones alone, and can be asked first", async () => {
    const root = temporaryFolder();
    await writeLogOfSegments(root);
    const names = segmentFiles(root);
    const sealed = names.length - 1;
    {
      await using reader = await openDaybook(root, { readOnly: true });
      expect((await reader.compress({ dryRun: true, keep: 2 })).segments).toEqual(manifestOf(root).slice(0, -2).map(({ first, bytes }) => ({ segment: nameOf(first), bytes, compressedBytes: undefined })));
      await expect(reader.compress()).rejects.toMatchObject({ code: "LOG_READ_ONLY" });
      await expect((await reader.at(3)).compress()).rejects.toMatchObject({ code: "LOG_READ_ONLY" });
    }
    expect(segmentForms(root)).toEqual(names);
    await using book = await openDaybook(root);
    const seen: { bytes: number; totalBytes: number }[] = [];
    const report = await book.compress({ onProgress: (at) => void seen.push({ ...at }) });
    expect(report.segments.map(({ segment }) => segment)).toEqual(names.slice(0, sealed - 1));
    for (const { bytes, compressedBytes = Infinity } of report.segments) expect(compressedBytes).toBeLessThan(bytes);
    const totalBytes = report.segments.reduce((sum, { bytes }) => sum + bytes, 0);
    expect(seen.at(-1)).toEqual({ bytes: totalBytes, totalBytes });
    expect((await book.compress()).segments).toEqual([]);
    expect((await book.decompress({ dryRun: true })).segments).toEqual([...report.segments].reverse());
    expect((await book.compress({ codec: "brotli", keep: 0 })).segments).toHaveLength(1);
    expect((await book.verify({ full: true })).ok).toBe(true);
    expect((await book.decompress()).segments).toHaveLength(sealed);
  });

  it("refuses what is no option, naming it", async () => {
    const { openMemoryDaybook } = await import("../../src/testing.js");
    await using book = await openMemoryDaybook();
    for (const [field, value] of [["codec", "zip"], ["keep", -1], ["keep", 1.5], ["dryRun", 1], ["onProgress", 1], ["signal", {}]] as const) {
      await expect(book.compress({ [field]: value })).rejects.toMatchObject({ code: "INVALID_OPTION", field });
    }
    expect(await book.compress()).toEqual({ segments: [], dryRun: false });
  });

  it("ends at a signal, with the log as good as before, and is done by one at a time", async () => {
    const root = temporaryFolder();
    await writeLogOfSegments(root);
    await using book = await openDaybook(root);
    const events = (await book.log.head()).seq;
    const controller = new AbortController();
    const names = segmentFiles(root);
    let calls = 0;
    await expect(book.compress({ signal: controller.signal, onProgress: () => ((calls += 1) === 3 ? controller.abort() : undefined) })).rejects.toMatchObject({ name: "AbortError" });
    expect(segmentForms(root)).toEqual(names.map((name, index) => (index < 2 ? `${name}.gz` : name)));
    expect(await book.verify({ full: true })).toMatchObject({ ok: true, events });
    const done = await Promise.all([book.compress({ keep: 0 }), book.compress({ keep: 0, codec: "brotli" })]);
    expect(done.flatMap(({ segments }) => segments)).toHaveLength(names.length - 3);
    expect(await book.verify({ full: true })).toMatchObject({ ok: true, events });
  });

  it("leaves a segment alone that is not as it was sealed, and those behind it", async () => {
    const root = temporaryFolder();
    await writeLogOfSegments(root);
    const names = segmentFiles(root);
    await using book = await openDaybook(root);
    const file = join(root, "log", names[1] as string);
    const bytes = readFileSync(file);
    bytes[200] = (bytes[200] as number) ^ 1;
    writeFileSync(file, bytes);
    await expect(book.compress()).rejects.toMatchObject({ code: "LOG_CORRUPT", segment: names[1] });
    expect(segmentForms(root)).toEqual([`${names[0]}.gz`, ...names.slice(1)]);
  });

  it("tidies what a killed one has left; until then the plain file counts", async () => {
    const root = temporaryFolder();
    await writeLogOfSegments(root);
    const names = segmentFiles(root);
    const before = await looks(root, true);
    const log = join(root, "log");
    writeFileSync(join(log, `${names[0]}.gz.new`), "half");
    writeFileSync(join(log, `${names[1]}.gz`), "of no use");
    writeFileSync(join(log, `${names[2]}.br.new`), "");
    // A gunzip by hand that was interrupted: the compressed file is all there is.
    const half = join(log, names[2] as string);
    const whole = readFileSync(half);
    writeFileSync(`${half}.gz`, gzipSync(whole));
    writeFileSync(half, whole.subarray(0, 500));
    {
      await using book = await openDaybook(root, { readOnly: true });
      expect(book.damage).toMatchObject({ code: "LOG_CORRUPT", segment: names[2] });
    }
    await expect(compressRoot(root, "gzip")).rejects.toMatchObject({ code: "LOG_CORRUPT" });
    expect(segmentForms(root)).toContain(`${names[2]}.gz`);
    rmSync(half);
    expect(await looks(root, true)).toEqual(before);
    // Somebody else's, and the next segment on its way.
    const others = [`${names[0]}.bak`, nameOf(9_999) + ".new", "notes.gz"];
    for (const name of others) writeFileSync(join(log, name), "x");
    expect(await looks(root, true)).toEqual(before);
    await compressRoot(root, "gzip");
    expect(segmentForms(root)).toEqual([...names.slice(0, -1).map((name) => `${name}.gz`), names.at(-1), ...others.slice(0, 2)].sort());
    expect(await looks(root, true)).toEqual(before);
  });
});

describe("while others are at work", () => {
  it("a reader that has a segment open goes on, and one that rests finds what was compressed since", async () => {
    const root = temporaryFolder();
    await writeLogOfSegments(root);
    await using resting = await openDaybook(root, { readOnly: true });
    const { seq } = await resting.log.head();
    await using book = await openDaybook(root, { segmentBytes: 4096 });
    const reading = resting.log.read()[Symbol.asyncIterator]();
    expect((await reading.next()).value).toMatchObject({ seq: 1 });
    // On: the segment that the reader rests at is closed, sealed, compressed, and so are those behind it.
    for (let number = 0; number < 60; number += 1) await book.log.append({ stream: "note", type: "note.taken", data: { number, text: "x".repeat(300) } });
    for (const codec of ["gzip", "brotli"] as const) {
      await book.compress({ codec, keep: 0 });
      expect((await resting.log.head()).seq).toBe(seq + 60);
      expect(await readAll(root, { readOnly: true })).toHaveLength(seq + 60);
      await book.decompress();
    }
    let seen = 1;
    for (let next = await reading.next(); next.done !== true; next = await reading.next()) expect(next.value.seq).toBe((seen += 1));
    expect(seen).toBe(seq);
    expect(resting.damage).toBeUndefined();
  });

  it.each(["before the reader rests", "while it rests"])("a reader that rests finds them also where hard links to the segments were made elsewhere, %s", async (when) => {
    const root = temporaryFolder();
    const elsewhere = temporaryFolder();
    const link = (): void => segmentFiles(root).forEach((name) => linkSync(join(root, "log", name), join(elsewhere, name)));
    await writeSmallLog(root, 5);
    if (when.startsWith("before")) link();
    await using reader = await openDaybook(root, { readOnly: true });
    expect((await reader.log.head()).seq).toBe(9);
    if (when.startsWith("while")) link();
    await writeSmallLog(root, 200, 4096);
    await compressRoot(root, "gzip");
    expect((await reader.log.head()).seq).toBe(408);
    expect(await eventsOf(reader)).toHaveLength(408);
  });

  it("a writer that rested goes on behind them", async () => {
    const root = temporaryFolder();
    await writeSmallLog(root, 3, 4096);
    const { seq } = await headOf(root);
    const writer = startProgram("append-numbered", [root, "tick/a", 1, "fsync", 4096]);
    await writer.line((line) => line === "open");
    {
      await using book = await openDaybook(root, { segmentBytes: 4096 });
      for (let number = 0; number < 60; number += 1) await book.log.append({ stream: "note", type: "note.taken", data: { number, text: "x".repeat(300) } });
      await book.compress({ keep: 0 });
    }
    expect(segmentForms(root).filter((name) => name.endsWith(".gz")).length).toBeGreaterThan(3);
    writer.child.stdin?.write("\n");
    expect(await writer.ended).toMatchObject({ code: 0, errors: "" });
    const events = await readAll(root);
    expect(events.at(-1)).toMatchObject({ seq: seq + 61, stream: "tick/a" });
    await using book = await openDaybook(root);
    expect(await book.verify({ full: true })).toMatchObject({ ok: true, events: seq + 61 });
  });

  it("raises no false alarm for processes that append, rotate and read at once", async () => {
    const root = temporaryFolder();
    await runProgram("allocate", [root, "start", 1, 4096]);
    const reader = startProgram("read-along", [root, 601]);
    await reader.line((line) => line === "reading");
    const writers = [0, 1].map((index) => startProgram("allocate-os", [root, `w${index}`, 300, 4096]));
    let over = false;
    const ends = Promise.all([reader, ...writers].map(({ ended }) => ended)).finally(() => (over = true));
    await using book = await openDaybook(root, { segmentBytes: 4096 });
    let converted = 0;
    for (let turn = 0; !over; turn += 1) {
      converted += (await book.compress({ keep: 0, codec: turn % 3 === 0 ? "brotli" : "gzip" })).segments.length;
      if (turn % 2 === 1) await book.decompress();
    }
    for (const end of await ends) expect(end).toMatchObject({ code: 0, errors: "" });
    expect(reader.lines.at(-1)).toBe("601 in order");
    expect(converted).toBeGreaterThan(10);
    expect(await book.verify({ full: true })).toMatchObject({ ok: true, events: 601 });
  });
});

async function headOf(root: string): Promise<{ readonly seq: number }> {
  await using book = await openDaybook(root, { readOnly: true });
  return await book.log.head();
}

describe("random logs", () => {
  const commits = fc.array(fc.array(fc.record({ stream: fc.constantFrom("a", "a/b", "note/1"), text: fc.string({ unit: "grapheme", maxLength: 200 }) }), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 40 });

  it("are the same at every moment before and after", { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(commits, fc.constantFrom<Codec>("gzip", "brotli"), fc.nat(3), async (written, codec, keep) => {
        const root = mkdtempSync(join(tmpdir(), "daybook-compress-"));
        try {
          await using book = await openDaybook(root, { participantId: "w", segmentBytes: 4096, durability: "os" });
          book.registerProjection(defineProjection({ name: "texts", version: 1, initialState: [] as string[], evolve: (state, { seq, data }) => [...state, `${seq} ${JSON.stringify(data)}`] }));
          for (const events of written) await book.log.append(events.map(({ stream, text }) => ({ stream, type: "note.taken", data: { text } })));
          const { seq: head } = await book.log.head();
          const moments = [0, 1, Math.ceil(head / 3), Math.ceil(head / 2), head];
          const views = async (): Promise<unknown[]> => Promise.all(moments.map(async (moment) => await (await book.at(moment)).view("texts")));
          const [events, before] = [await eventsOf(book), await views()];
          await book.compress({ codec, keep });
          expect(await eventsOf(book)).toEqual(events);
          expect(await views()).toEqual(before);
          expect(readLog(root)).toMatchObject({ damage: undefined, torn: undefined, events });
          await book.decompress();
          expect(await eventsOf(book)).toEqual(events);
        } finally {
          rmSync(root, { recursive: true, force: true });
        }
      }),
      { numRuns: 25 },
    );
  });
});

it("a copy of a compressed log is one", async () => {
  const root = temporaryFolder();
  await writeLogOfSegments(root);
  await compressRoot(root, "gzip");
  const copy = copyOf(root);
  expect(await readAll(copy)).toEqual(await readAll(root));
});
