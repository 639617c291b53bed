import { parseObject } from "../blocks/block-format.js";
import type { RowLine } from "../blocks/block-writer.js";
import type { ManifestEntry } from "../manifest.js";

/*
 * The index of a sealed segment, `index/<20 digits of its first seq>.index.ndjson`, a file of blocks (blocks/block-format.ts):
 *
 *   {"index":1,"root":...,"first":...,"last":...,"bytes":...,"sha256":"that of the segment, as in the manifest"}
 *   ["b<seq>",offset,[seqs,length,...],"xxh3xxh3..."]     some pieces, one behind the other
 *   ["p<seq>",offset,"time","hash"]                       a place: the end of the commit with that seq last, its time and hash
 *   ["s<stream>\t<seq>",[0,seqs,...]]                     in which pieces events of a stream are
 *
 * A seq in a key has 16 digits. A piece is some adjacent lines, about `pieceBytes` of them, known by the first one's seq; for each there is
 * how much further the next one begins, its length in bytes, and the XXH3-64 of its bytes. A stream's row has the seqs of pieces, the first one in
 * its key, each as the difference to the one before. So a lookup reads a few kilobytes, and all that it reads is checked.
 */

export const indexFormat = 1;
/** A block ends with the row that makes it this long: a lookup mostly reads two. */
export const blockBytes = 8 * 1024;
/** Most indices of blocks are shorter. */
export const tailBytes = 8 * 1024;
/** Segments whose index would be longer have none, and are scanned. */
export const maxIndexFileBytes = 128 * 1024 ** 2;
export const maxBlockIndexBytes = 16 * 1024 ** 2;
/** A piece ends with the line that makes it this long. */
export const pieceBytes = 8 * 1024;
export const rowPieces = 32;
export const rowSeqs = 512;
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

/** Some adjacent lines. */
export interface Piece {
  /** Of its first line. */
  readonly seq: number;
  /** How much further the next piece begins. */
  readonly seqs: number;
  readonly offset: number;
  readonly length: number;
  readonly xxh3: string;
}

/** The end of a commit. */
export interface PlaceRow {
  readonly seq: number;
  readonly offset: number;
  readonly time: string;
  readonly hash: string;
}

/** A row as read. */
export interface Row {
  readonly key: string;
  readonly values: readonly unknown[];
}

/** The first line for a segment. */
export const indexHeader = ({ root, first, last, bytes, sha256 }: IndexedSegment): IndexHeader => ({ index: indexFormat, root, first, last, bytes, sha256 });

/** True for a first line that names this segment. */
export function isHeaderOf(text: string, segment: IndexedSegment): boolean {
  const found = parseObject(text) as Partial<IndexHeader> | undefined;
  const wanted = indexHeader(segment);
  return found !== undefined && (Object.keys(wanted) as (keyof IndexHeader)[]).every((key) => found[key] === wanted[key]);
}

const digits = 16;
const hashDigits = 16;
const padded = (seq: number): string => String(seq).padStart(digits, "0");
const seqOf = (key: string): number => Number(key.slice(-digits));

export const piecesKeys = "b";
export const piecesKey = (seq: number): string => `${piecesKeys}${padded(seq)}`;
export const placeKeys = "p";
export const placeKey = (seq: number): string => `${placeKeys}${padded(seq)}`;
/** All keys of a stream begin so. */
export const keysOf = (stream: string): string => `s${stream}\t`;
/** All keys of streams below a stream begin so. */
export const keysBelow = (stream: string): string => `s${stream}/`;

/** A row of pieces, each of which begins where the one before ends. */
export function piecesLine(pieces: readonly Piece[]): RowLine {
  const { seq, offset } = pieces[0] as Piece;
  const key = piecesKey(seq);
  // Put together by hand: there are thousands, made while somebody appends.
  let [numbers, hashes] = ["", ""];
  for (const { seqs, length, xxh3 } of pieces) {
    numbers += numbers === "" ? `${seqs},${length}` : `,${seqs},${length}`;
    hashes += xxh3;
  }
  return [key, `["${key}",${offset},[${numbers}],"${hashes}"]`];
}

export const placeLine = ({ seq, offset, time, hash }: PlaceRow): RowLine => [placeKey(seq), JSON.stringify([placeKey(seq), offset, time, hash])];

/** The row of a stream, with the seqs of pieces. `differences`: as text, with commas. */
export function streamLine(stream: string, seq: number, differences: string): RowLine {
  const key = `${keysOf(stream)}${padded(seq)}`;
  return [key, `[${JSON.stringify(key)},[${differences}]]`];
}

/** @throws SyntaxError or TypeError for what is no row */
export function parseRow(text: string): Row {
  const values: unknown = JSON.parse(text);
  if (!Array.isArray(values) || typeof values[0] !== "string") throw new TypeError("a line is no row");
  return { key: values[0], values };
}

/** @throws TypeError for what is no row of pieces */
export function parsePieces({ key, values: [, start, numbers, hashes] }: Row): Piece[] {
  if (typeof start !== "number" || !Array.isArray(numbers) || typeof hashes !== "string") throw new TypeError("a row has no pieces");
  let [seq, offset] = [seqOf(key), start];
  return Array.from({ length: numbers.length / 2 }, (_, index) => {
    const [seqs, length] = [numbers[2 * index] as number, numbers[2 * index + 1] as number];
    const piece = { seq, seqs, offset, length, xxh3: hashes.slice(index * hashDigits, (index + 1) * hashDigits) };
    seq += seqs;
    offset += length;
    return piece;
  });
}

/** @throws TypeError for what is no place */
export function parsePlace({ key, values: [, offset, time, hash] }: Row): PlaceRow {
  if (typeof offset !== "number" || typeof time !== "string" || typeof hash !== "string") throw new TypeError("a row is no place");
  return { seq: seqOf(key), offset, time, hash };
}

/** The seqs of pieces that a stream's row has. @throws TypeError for what is no such row */
export function parseStream({ key, values: [, differences] }: Row): number[] {
  if (!Array.isArray(differences)) throw new TypeError("a row names no pieces");
  let seq = seqOf(key);
  return differences.map((difference: number) => (seq += difference));
}
