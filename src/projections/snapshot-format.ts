import type { Cursor } from "../log/port.js";

/*
 * A snapshot file, format 2:
 *
 *   {"snapshot":2,"root":...,"projection":...,"version":...,"seq":...,"token":...,"hint":...,"unknown":...}
 *   ["key",row,number]                       one line per row, by key; number: its place in the order of the rows, from 0
 *   ...
 *   {"rows":R,"blocks":[[offset,"first key","xxh3 of the block"],...]}
 *   {"index":              OFFSET,"xxh3":"of the first line and the one before this"}
 *
 * Rows lie in blocks of about `blockBytes`, each a number of whole lines. So one row is read, and checked, with three
 * short reads: the first line, the end of the file, and the row's block.
 */

export const snapshotFormat = 2;
/** A block ends with the row that makes it this long. */
export const blockBytes = 32 * 1024;
/** Longer snapshots are neither made nor used. */
export const maxSnapshotBytes = 1024 ** 3;
/** The index is read at once; for a snapshot as long as one may be, it has a quarter of this or less. */
export const maxIndexBytes = 16 * 1024 ** 2;
/** Enough for the first line of a snapshot. */
export const maxHeaderBytes = 4096;

/** The first line. */
export interface SnapshotHeader {
  readonly snapshot: number;
  readonly root: string;
  readonly projection: string;
  readonly version: number;
  readonly seq: number;
  readonly token: string;
  readonly hint?: string;
  readonly unknown: number;
}

/** Where a block begins, its first key, and its XXH3-64. It ends where the next one begins. */
export type BlockEntry = readonly [offset: number, firstKey: string, xxh3: string];

/** The last line but one. */
export interface SnapshotIndex {
  readonly rows: number;
  readonly blocks: readonly BlockEntry[];
}

/** Length of the last line. */
export const trailerBytes = 53;
const trailerForm = /^\{"index": *([0-9]{1,16}),"xxh3":"([0-9a-f]{16})"\}\n$/;

/** The last line; of one length, so that it is found from the end. */
export function trailerLine(index: number, xxh3: string): string {
  return `{"index":${String(index).padStart(16)},"xxh3":"${xxh3}"}\n`;
}

/** Where the index begins, and its hash, by the last bytes of a file; undefined for others. */
export function parseTrailer(text: string): { readonly index: number; readonly xxh3: string } | undefined {
  const found = trailerForm.exec(text);
  return found === null ? undefined : { index: Number(found[1]), xxh3: found[2] as string };
}

/** The first line; undefined for one of another format. */
export function parseHeader(text: string): SnapshotHeader | undefined {
  const header = parseObject(text) as Partial<SnapshotHeader> | undefined;
  const known =
    header?.snapshot === snapshotFormat &&
    Number.isSafeInteger(header.seq) &&
    (header.seq as number) >= 0 &&
    typeof header.token === "string" &&
    (header.hint === undefined || typeof header.hint === "string") &&
    Number.isSafeInteger(header.unknown);
  return known ? (header as SnapshotHeader) : undefined;
}

/** The index, for blocks between two offsets; undefined for one that leads elsewhere. */
export function parseIndex(text: string, from: number, to: number): SnapshotIndex | undefined {
  const index = parseObject(text) as Partial<SnapshotIndex> | undefined;
  if (!Number.isSafeInteger(index?.rows) || !Array.isArray(index?.blocks)) return undefined;
  let end = from;
  for (const block of index.blocks as readonly unknown[]) {
    if (!Array.isArray(block) || typeof block[1] !== "string" || typeof block[2] !== "string") return undefined;
    const offset: unknown = block[0];
    if (typeof offset !== "number" || !Number.isSafeInteger(offset) || offset < end || offset >= to || (end === from && offset !== from)) return undefined;
    end = offset + 1;
  }
  return end === from && from !== to ? undefined : (index as SnapshotIndex);
}

/** The place that a header names. */
export const cursorOf = ({ seq, token, hint }: SnapshotHeader): Cursor => ({ seq, token, ...(hint === undefined ? {} : { hint }) });

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
