/*
 * A file of rows, sorted by key, of which a few are read and checked without the others:
 *
 *   {...}                                    the first line says what file this is
 *   ["key",...]                              one line per row, by key
 *   ...
 *   {"rows":R,"blocks":[[offset,"first key","xxh3 of the block"],...]}
 *   {"index":              OFFSET,"xxh3":"of the first line and the one before this"}
 *
 * Rows lie in blocks, each a number of whole lines. So one row is read, and checked, with three short reads: the first
 * line, the end of the file, and the row's block. Snapshots have this form, and the indices of sealed segments.
 */

/** Enough for the first line. */
export const maxHeaderBytes = 4096;

/** Where a block begins, its first key, and its XXH3-64. It ends where the next one begins. */
export type BlockEntry = readonly [offset: number, firstKey: string, xxh3: string];

/** The last line but one. */
export interface BlockIndex {
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

/** The index, for blocks between two offsets; undefined for one that leads elsewhere. */
export function parseIndex(text: string, from: number, to: number): BlockIndex | undefined {
  const index = parseObject(text) as Partial<BlockIndex> | undefined;
  if (!Number.isSafeInteger(index?.rows) || !Array.isArray(index?.blocks)) return undefined;
  let end = from;
  for (const block of index.blocks as readonly unknown[]) {
    if (!Array.isArray(block) || typeof block[1] !== "string" || typeof block[2] !== "string") return undefined;
    const offset: unknown = block[0];
    if (typeof offset !== "number" || !Number.isSafeInteger(offset) || offset < end || offset >= to || (end === from && offset !== from)) return undefined;
    end = offset + 1;
  }
  return end === from && from !== to ? undefined : (index as BlockIndex);
}

/** The object that a text is the JSON of; undefined for others. */
export function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
