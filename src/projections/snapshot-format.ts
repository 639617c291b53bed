import { parseObject } from "../log/blocks/block-format.js";
import type { Cursor } from "../log/port.js";

/*
 * A snapshot file, format 2:
 *
 *   {"snapshot":2,"root":...,"projection":...,"version":...,"seq":...,"token":...,"hint":...,"unknown":...}
 *   ["key",row,number]                       one line per row, by key; number: its place in the order of the rows, from 0
 *   ...                                      and the end of a file of blocks (log/blocks/block-format.ts)
 */

export const snapshotFormat = 2;
/** A block ends with the row that makes it this long. */
export const blockBytes = 32 * 1024;
/** Longer snapshots are neither made nor used. */
export const maxSnapshotBytes = 1024 ** 3;
/** The index is read at once; for a snapshot as long as one may be, it has a quarter of this or less. */
export const maxIndexBytes = 16 * 1024 ** 2;

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

/** The place that a header names. */
export const cursorOf = ({ seq, token, hint }: SnapshotHeader): Cursor => ({ seq, token, ...(hint === undefined ? {} : { hint }) });
