import * as path from "node:path";
import { parseObject } from "../blocks/block-format.js";
import type { RowLine } from "../blocks/block-writer.js";
import type { ManifestEntry } from "../manifest.js";
import type { LogPlace } from "../segment-walker.js";

/*
 * The index of a sealed segment, `index/<20 digits of its first seq>.index.ndjson`, a file of blocks (blocks/block-format.ts):
 *
 *   {"index":1,"root":...,"first":...,"last":...,"bytes":...,"sha256":"that of the segment, as in the manifest"}
 *   ["p<16 digits of seq>",offset,"time","hash"]     a place: the end of the commit with that seq last, its time and hash
 *   ["s<stream>\t<16 digits of seq>",last,"xxh3",[seq,gap,length,...]]
 *
 * A row of the second kind holds lines of one stream, the first one's seq in its key: for each range of adjacent lines how much
 * its first seq is above that of the range before (the first: above the key's), how far it begins behind the end of the range before
 * (the first: behind byte 0), and its length in bytes; with the XXH3-64 of all these bytes one after another. A stream has as many
 * rows as it takes to keep each short.
 */

export const indexFormat = 1;
/** A block ends with the row that makes it this long: a lookup mostly reads one. */
export const blockBytes = 8 * 1024;
/** Most indices of blocks are shorter. */
export const tailBytes = 8 * 1024;
/** Segments whose index would be longer have none, and are scanned. */
export const maxIndexFileBytes = 128 * 1024 ** 2;
export const maxBlockIndexBytes = 16 * 1024 ** 2;
/** A row ends with the range that makes its lines this long, or with so many ranges. */
export const rowBytes = 64 * 1024;
export const rowRanges = 256;
/** About how far places lie apart. */
export const placeBytes = 128 * 1024;

/** The first line. */
export interface IndexHeader {
  readonly index: number;
  readonly root: string;
  readonly first: number;
  readonly last: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** What an index is bound to. */
export type IndexedSegment = Pick<ManifestEntry, "root" | "first" | "last" | "bytes" | "sha256">;

/** Adjacent lines of one stream. */
export interface LineRange {
  /** Of its first line. */
  readonly seq: number;
  readonly offset: number;
  readonly length: number;
}

/** A row of lines. */
export interface LinesRow {
  readonly stream: string;
  readonly first: number;
  readonly last: number;
  readonly xxh3: string;
  readonly ranges: readonly LineRange[];
}

/** A row of a place. */
export interface PlaceRow {
  readonly seq: number;
  readonly offset: number;
  readonly time: string;
  readonly hash: string;
}

export const indexFolder = (place: Pick<LogPlace, "folder">): string => path.join(path.dirname(place.folder), "index");
export const indexFileName = (first: number): string => `${String(first).padStart(20, "0")}.index.ndjson`;

/** The first line for a segment. */
export const indexHeader = ({ root, first, last, bytes, sha256 }: IndexedSegment): IndexHeader => ({ index: indexFormat, root, first, last, bytes, sha256 });

/** True for a first line that names this segment. */
export function isHeaderOf(text: string, segment: IndexedSegment): boolean {
  const found = parseObject(text) as Partial<IndexHeader> | undefined;
  const wanted = indexHeader(segment);
  return found !== undefined && (Object.keys(wanted) as (keyof IndexHeader)[]).every((key) => found[key] === wanted[key]);
}

const digits = 16;
const padded = (seq: number): string => String(seq).padStart(digits, "0");

export const placeKeys = "p";
export const placeKey = (seq: number): string => `p${padded(seq)}`;
/** Of a stream's rows, the one that begins with a seq. */
export const lineKey = (stream: string, seq: number): string => `s${stream}\t${padded(seq)}`;
/** All keys of streams below a stream begin so. */
export const keysBelow = (stream: string): string => `s${stream}/`;

export const placeLine = ({ seq, offset, time, hash }: PlaceRow): RowLine => [placeKey(seq), JSON.stringify([placeKey(seq), offset, time, hash])];

/** A row of lines; `numbers` are what its ranges are written as. */
export const linesLine = (stream: string, first: number, last: number, xxh3: string, numbers: readonly number[]): RowLine => {
  const key = lineKey(stream, first);
  return [key, `[${JSON.stringify(key)},${last},"${xxh3}",[${numbers.join(",")}]]`];
};

/** The key that a line begins with. @throws SyntaxError or TypeError for what is no row */
export function parseRow(text: string): { readonly key: string; readonly values: readonly unknown[] } {
  const values: unknown = JSON.parse(text);
  if (!Array.isArray(values) || typeof values[0] !== "string") throw new TypeError("a line is no row");
  return { key: values[0], values };
}

/** @throws TypeError for what is no place */
export function parsePlace({ key, values: [, offset, time, hash] }: ReturnType<typeof parseRow>): PlaceRow {
  if (typeof offset !== "number" || typeof time !== "string" || typeof hash !== "string") throw new TypeError("a row is no place");
  return { seq: Number(key.slice(placeKeys.length)), offset, time, hash };
}

/** @throws TypeError for what is no row of lines */
export function parseLines({ key, values: [, last, xxh3, numbers] }: ReturnType<typeof parseRow>): LinesRow {
  if (typeof last !== "number" || typeof xxh3 !== "string" || !Array.isArray(numbers)) throw new TypeError("a row names no lines");
  const first = Number(key.slice(-digits));
  const ranges: LineRange[] = [];
  let [seq, end] = [first, 0];
  for (let at = 0; at < numbers.length; at += 3) {
    seq += numbers[at] as number;
    const offset = end + (numbers[at + 1] as number);
    const length = numbers[at + 2] as number;
    end = offset + length;
    ranges.push({ seq, offset, length });
  }
  return { stream: key.slice(1, -digits - 1), first, last, xxh3, ranges };
}
