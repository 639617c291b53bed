import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { isDaybookError, openDaybook } from "../../src/index.js";
import type { Daybook, ReadOptions, RecordedEvent, Verification } from "../../src/index.js";
import { segmentFiles } from "./small-log.js";

/** Ways in which sealed segments come to be compressed: by daybook, or by hand. */
export const compressions = ["gzip", "brotli", "gzip by hand", "brotli by hand"] as const;
export type Compression = (typeof compressions)[number];

/** Compresses all sealed segments of a root that nobody has open. */
export async function compressRoot(root: string, how: Compression): Promise<void> {
  if (how === "gzip" || how === "brotli") {
    await using book = await openDaybook(root);
    await book.compress({ codec: how, keep: 0 });
    return;
  }
  const [suffix, compress] = how === "gzip by hand" ? [".gz", gzipSync] : [".br", brotliCompressSync];
  for (const name of segmentFiles(root).slice(0, -1)) {
    const file = join(root, "log", name);
    writeFileSync(file + suffix, compress(readFileSync(file)));
    rmSync(file);
  }
}

/** Names of all files of segments, compressed and unfinished ones too. */
export const segmentForms = (root: string): string[] => readdirSync(join(root, "log")).filter((name) => /^\d{20}\./.test(name)).sort();

/** A line of the manifest. */
export interface SealedLine {
  readonly first: number;
  readonly last: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** The lines of a root's manifest. */
export const manifestOf = (root: string): SealedLine[] => readFileSync(join(root, "log", "manifest.ndjson"), "utf8").split("\n").slice(0, -1).map((line) => JSON.parse(line) as SealedLine);

/** The events that a daybook gives. */
export async function eventsOf(book: Daybook, options: ReadOptions = {}): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of book.log.read(options)) events.push(event);
  return events;
}

/** What a root that may be damaged serves, opened read-only, and what it says then. */
export async function servedBy(root: string): Promise<{ readonly served: readonly RecordedEvent[]; readonly damage: unknown; readonly verified: Verification | undefined }> {
  const served: RecordedEvent[] = [];
  try {
    await using book = await openDaybook(root, { readOnly: true });
    try {
      for await (const event of book.log.read()) served.push(event);
    } catch (error) {
      if (!isDaybookError(error, "LOG_CORRUPT")) throw error;
    }
    return { served, damage: book.damage, verified: await book.verify({ full: true }) };
  } catch (error) {
    // Where not even the first segment can be read, nothing is served.
    if (!isDaybookError(error, "LOG_CORRUPT")) throw error;
    return { served, damage: error, verified: undefined };
  }
}

/** The name of a segment. */
export const nameOf = (first: number): string => `${String(first).padStart(20, "0")}.ndjson`;

/** Runs, events of others, commits of several events, text of every kind. */
export async function writeLogOfSegments(root: string, segmentBytes = 4096): Promise<void> {
  await using book = await openDaybook(root, { participantId: "w", segmentBytes });
  for (let round = 0; round < 25; round += 1) {
    await book.runs.allocate("train", { params: { round, name: "größe" } });
    await Promise.all([1, 2, 3].map((part) => book.log.append([{ stream: `note/${round}`, type: "note.taken", data: { round, part, text: "grün ✓ 🌱\u2028\u0001" } }, { stream: "note", type: "note.taken", data: {} }], { durability: "os" })));
  }
}

/** One sealed segment of many members, and the active one. */
export async function writeLongSegment(root: string): Promise<number> {
  await using book = await openDaybook(root, { participantId: "w", segmentBytes: 3 * 1024 * 1024 });
  let events = 0;
  while ((await book.verify()).segments < 2) {
    const { lastSeq } = await book.log.append(Array.from({ length: 500 }, (_, index) => ({ stream: `note/${index % 7}`, type: "note.taken", data: { index, text: "x".repeat(index % 97), random: Math.random() } })), { durability: "os" });
    events = lastSeq;
  }
  return events;
}
