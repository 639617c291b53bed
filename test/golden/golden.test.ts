/**
 * Logs that earlier releases wrote. A golden log is never written again: whatever changes in the library, these bytes stay, and have
 * to be read as they were, gone on with, and read by who knows only docs/format.md.
 */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { openDaybook } from "../../src/index.js";
import type { RecordedEvent, SavedHead } from "../../src/index.js";
import { sha256 } from "../format/independent-files.js";
import { readLog } from "../format/independent-reader.js";
import { compressRoot, eventsOf, manifestOf, segmentForms } from "../support/compressed-log.js";
import { segmentFiles } from "../support/small-log.js";
import { eventLines, expectedViews, listedSums, sumsFile, viewText } from "./golden-files.js";

const here = fileURLToPath(new URL(".", import.meta.url));
const formats = readdirSync(here).filter((name) => name.startsWith("format-"));

/** Of each golden log: the list of its sums has this sum. A golden log that was written again, list and all, shows here. */
const sealedLists: Readonly<Record<string, string>> = {
  "format-1": "16e4c7ba9cb3060df139990e0f36fe393d093ed0c33050c2c945e6d676a088a8",
  "format-1-cared-for": "390870e879e15e8655e167cb6e2773990a1da75d83532b3a881aa60f9197470b",
};

function copyOf(format: string): string {
  const copy = mkdtempSync(join(tmpdir(), "daybook-golden-"));
  onTestFinished(() => rmSync(copy, { recursive: true, force: true }));
  cpSync(join(here, format, "root"), copy, { recursive: true });
  return copy;
}

const expected = (format: string, file: string): string => readFileSync(join(here, format, "expected", file), "utf8");
const linesOf = (text: string): string[] => text.split("\n").slice(0, -1);

describe.each(formats)("golden log %s", (format) => {
  it("is as it was made, file by file", () => {
    expect(listedSums(join(here, format))).toBe(readFileSync(join(here, format, sumsFile), "utf8"));
    expect(sha256(readFileSync(join(here, format, sumsFile)))).toBe(sealedLists[format]);
  });

  it("is read by the reader that knows only docs/format.md", () => {
    const { events, damage, torn, sealed, manifest, writable } = readLog(join(here, format, "root"));
    expect({ damage, torn, writable, faults: sealed.faults, manifest: manifest?.fault }).toEqual({ damage: undefined, torn: undefined, writable: true, faults: [], manifest: undefined });
    expect(sealed.checked).toBe(segmentForms(join(here, format, "root")).length - 1);
    expect(events.map((event) => `${JSON.stringify(event)}\n`).join("")).toBe(expected(format, "events.ndjson"));
  });

  it.each([true, false])("serves the same events and views, byte for byte, opened with readOnly %s", async (readOnly) => {
    const root = copyOf(format);
    await using book = await openDaybook(root, { readOnly });
    expect(await eventLines(book)).toBe(expected(format, "events.ndjson"));
    for (const view of expectedViews) expect(await viewText(book, view)).toBe(expected(format, `${view}.json`));
    const verified = await book.verify({ full: true });
    expect(verified).toMatchObject({ ok: true, faults: [], notes: [], events: linesOf(expected(format, "events.ndjson")).length });
    expect(await book.rebuild({ check: true })).toMatchObject({ ok: true });
  });

  it("changes nothing of what is there when it is opened, read and closed", async () => {
    const root = copyOf(format);
    const before = listedSums(root);
    for (const readOnly of [true, false]) {
      await using book = await openDaybook(root, { readOnly });
      await eventLines(book);
      await book.view("runs");
    }
    // Caches may come.
    expect(listedSums(root).replace(/^.*  (index|snapshots)\/.*\n/gm, "")).toBe(before);
  });

  it.each(["gzip", "brotli"] as const)("serves the same with its sealed segments compressed by %s", async (codec) => {
    const root = copyOf(format);
    await compressRoot(root, codec);
    expect(segmentFiles(root)).toHaveLength(1);
    expect(readLog(root).events.map((event) => `${JSON.stringify(event)}\n`).join("")).toBe(expected(format, "events.ndjson"));
    for (const readOnly of [true, false]) {
      rmSync(join(root, "snapshots"), { recursive: true, force: true });
      await using book = await openDaybook(root, { readOnly });
      expect(await eventLines(book)).toBe(expected(format, "events.ndjson"));
      for (const view of expectedViews) expect(await viewText(book, view)).toBe(expected(format, `${view}.json`));
      expect(await book.verify({ full: true })).toMatchObject({ ok: true, faults: [] });
    }
  });

  it("is gone on with where it ends", async () => {
    const root = copyOf(format);
    const old = segmentFiles(root);
    const bytes = new Map(old.map((name) => [name, readFileSync(join(root, "log", name))]));
    const events = linesOf(expected(format, "events.ndjson"));
    const { seq: last } = JSON.parse(events.at(-1) as string) as { readonly seq: number };
    {
      await using book = await openDaybook(root, { participantId: "today", segmentBytes: 4096 });
      const { firstSeq } = await book.log.append({ stream: "note/1", type: "note.taken", data: { text: "weiter ✓" } });
      expect(firstSeq).toBe(last + 1);
      // Across a rotation, whose segment continues on what the golden log ends on.
      for (let number = 0; number < 8; number += 1) await book.log.append({ stream: "note/2", type: "note.taken", data: { text: "x".repeat(1000) } });
    }
    const { events: now, damage, torn } = readLog(root);
    expect({ damage, torn }).toEqual({ damage: undefined, torn: undefined });
    expect(now.slice(0, events.length).map((event) => JSON.stringify(event))).toEqual(events);
    expect(now.length).toBe(events.length + 9);
    expect(segmentFiles(root).length).toBeGreaterThan(old.length);
    for (const [name, before] of bytes) expect(readFileSync(join(root, "log", name)).subarray(0, before.length).equals(before)).toBe(true);
    await using book = await openDaybook(root, { readOnly: true });
    expect(await book.verify({ full: true })).toMatchObject({ ok: true, events: events.length + 9 });
  });
});

describe("golden log format-1", () => {
  it("has what a log of format 1 can have", () => {
    const root = join(here, "format-1", "root");
    expect(segmentFiles(root).length).toBe(5);
    const { events, commits } = readLog(root);
    const recovered = events.find((event) => event["type"] === "log.recovered")?.["data"] as { readonly file: string; readonly sha256: string };
    expect(sha256(readFileSync(join(root, recovered.file)))).toBe(recovered.sha256);
    const types = new Set(events.map((event) => String(event["type"])));
    for (const type of ["allocated", "status-changed", "files-attached", "metrics-recorded", "error-recorded", "noted", "tagged", "attempt-started", "heartbeat-recorded", "attempt-ended"]) {
      expect(types).toContain(`run.${type}`);
    }
    for (const key of ["id", "at", "cause"]) expect(events.some((event) => key in event)).toBe(true);
    expect(commits.some((commit) => commit.events > 1)).toBe(true);
    expect(readFileSync(join(root, "log", segmentFiles(root)[0] as string), "utf8")).toMatch(/[\u2028🌱]/u);
  });

  it("still knows its uids, parameters and ids", async () => {
    await using book = await openDaybook(copyOf("format-1"));
    const params = { nested: { "ключ": [null, true, -0.5] }, "größe": "klein", layers: [64, 32], lr: 0.1 };
    expect(await book.runs.findOrAllocate("train", { params })).toMatchObject({ uid: "0001", created: false });
    expect(await book.runs.allocate("train")).toBe("0003");
    expect(await book.runs.allocate("train", { relpath: "mnist/cnn" })).toBe("0002");
    const three = [1, 2, 3].map((part) => ({ stream: `sample/7/${part}`, type: "sample.measured", data: { part, text: "\u0001\t\"\\ \u007f \u{1f600}" } }));
    expect(await book.log.append(three, { id: "import-7" })).toEqual({ firstSeq: 21, lastSeq: 23, duplicate: true });
    await expect(book.log.append(three.slice(1), { id: "import-7" })).rejects.toMatchObject({ code: "ID_REUSED" });
  });
});

describe("golden log format-1-cared-for", () => {
  const root = join(here, "format-1-cared-for", "root");
  const key = join(here, "format-1-cared-for", "expected", "key.pem.pub");

  it("has what its sibling lacks: compressed segments, a rewritten one that lacks events, lines with a signature and without", () => {
    const forms = segmentForms(root).map((name) => name.slice(20));
    expect(new Set(forms)).toEqual(new Set([".ndjson.gz", ".ndjson.br", ".ndjson"]));
    const rewritten = segmentForms(root)[2] as string;
    const header = brotliDecompressSync(readFileSync(join(root, "log", rewritten))).toString("utf8").split("\n", 1)[0] as string;
    expect(JSON.parse(header)).toMatchObject({ first: 37, gen: 1, last: 54, count: 16 });
    expect(new Set(manifestOf(root).map((line) => "sig" in line))).toEqual(new Set([true, false]));
    const seqs = readLog(root).events.map(({ seq }) => seq);
    expect(Array.from({ length: 154 }, (_, index) => index + 1).filter((seq) => !seqs.includes(seq))).toEqual([47, 48]);
  });

  it.each([true, false])("is proven by its key and its saved head, opened with readOnly %s, and with the head's digits changed it is not", async (readOnly) => {
    await using book = await openDaybook(copyOf("format-1-cared-for"), { readOnly });
    const since = JSON.parse(expected("format-1-cared-for", "head.json")) as SavedHead;
    expect(await book.verify({ full: true, key, since })).toMatchObject({ ok: true, faults: [] });
    expect(await book.verify({ key, since: { ...since, chain: since.chain?.replace(/^./, (digit) => (digit === "0" ? "1" : "0")) ?? null } })).toMatchObject({ ok: false });
  });

  it("finds runs and streams as of any moment through compressed segments, with their indices and without", async () => {
    const copy = copyOf("format-1-cared-for");
    const events = linesOf(expected("format-1-cared-for", "events.ndjson")).map((line) => JSON.parse(line) as RecordedEvent);
    for (const round of ["scanned", "indexed"]) {
      await using book = await openDaybook(copy, { readOnly: round === "scanned" });
      if (round === "indexed") await book.rebuild();
      for (const stream of ["sample/0", "run/train/mnist/0004", "run/train"]) {
        expect(await eventsOf(book, { stream })).toEqual(events.filter((event) => event.stream === stream || event.stream.startsWith(`${stream}/`)));
      }
      for (const seq of [18, 19, 46, 48, 49, 100]) expect(await eventsOf(await book.at(seq))).toEqual(events.filter((event) => event.seq <= seq));
      expect(existsSync(join(copy, "index"))).toBe(round === "indexed");
    }
  });
});
