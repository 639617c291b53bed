import { closeQuietly, readFully } from "../file-system.js";
import type { LogFileSystem } from "../file-system.js";
import { xxh3 } from "../xxh3.js";
import { maxHeaderBytes, parseIndex, parseTrailer, trailerBytes } from "./block-format.js";
import type { BlockIndex } from "./block-format.js";

/** A file of blocks whose first line and index match their hash; its blocks are checked as they are read. */
export interface BlockFile {
  /** The first line, without its LF. */
  readonly header: string;
  readonly index: BlockIndex;
  /** Where the last block ends. */
  readonly end: number;
}

/** What is read of a file at once, and at most, in bytes. */
export interface ReadLimits {
  /** Of the end: most indices are shorter. */
  readonly tail: number;
  readonly index: number;
  readonly file: number;
}

/** Reads the two ends of an open file; a text says why it cannot be used. `what` names its kind. */
export function readBlockFile(files: LogFileSystem, fd: number, limits: ReadLimits, what: string): BlockFile | string {
  const { size } = files.fstatSync(fd);
  if (size > limits.file) return `is longer than any ${what}`;
  let tail = readPart(files, fd, Math.max(0, size - limits.tail), size);
  const trailer = parseTrailer(tail.toString("latin1", Math.max(0, tail.length - trailerBytes)));
  if (trailer === undefined) return "is torn";
  // A short file is here already.
  const headerLine = size === tail.length ? lineOf(tail) : firstLine(files, fd);
  const indexEnd = size - trailerBytes;
  if (headerLine === undefined || trailer.index < headerLine.length || trailer.index >= indexEnd) return "does not match its hash";
  if (indexEnd - trailer.index > limits.index) return "has an index that is longer than any";
  if (size - tail.length > trailer.index) tail = readPart(files, fd, trailer.index, size);
  const indexLine = tail.subarray(tail.length - (size - trailer.index), tail.length - trailerBytes);
  if (xxh3(Buffer.concat([headerLine, indexLine])) !== trailer.xxh3) return "does not match its hash";
  const index = parseIndex(indexLine.toString("utf8"), headerLine.length, trailer.index);
  return index === undefined ? "has another format" : { header: headerLine.toString("utf8", 0, headerLine.length - 1), index, end: trailer.index };
}

/** The block in which a key would be: the last one that begins at it or before; -1 before the first. */
export function blockOf({ blocks }: BlockIndex, key: string): number {
  let low = 0;
  let high = blocks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((blocks[middle]?.[1] as string) <= key) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The lines of a block; undefined when they do not match their hash. */
export function readBlock(files: LogFileSystem, fd: number, { index: { blocks }, end }: BlockFile, block: number): Buffer | undefined {
  const [start = 0, , hash] = blocks[block] ?? [];
  const bytes = readPart(files, fd, start, blocks[block + 1]?.[0] ?? end);
  return xxh3(bytes) === hash && bytes.at(-1) === 0x0a ? bytes : undefined;
}

/** The first line with its LF. */
export function firstLine(files: LogFileSystem, fd: number): Buffer | undefined {
  return lineOf(readPart(files, fd, 0, maxHeaderBytes));
}

function lineOf(bytes: Buffer): Buffer | undefined {
  const lf = bytes.indexOf(0x0a);
  return lf === -1 || lf >= maxHeaderBytes ? undefined : bytes.subarray(0, lf + 1);
}

/** Bytes of a file from one offset up to another. */
export function readPart(files: LogFileSystem, fd: number, from: number, to: number): Buffer {
  const bytes = Buffer.allocUnsafe(to - from);
  return bytes.subarray(0, readFully(files, fd, bytes, bytes.length, from));
}

/** Opens a file, and closes it again. */
export function withFile<T>(files: LogFileSystem, file: string, use: (fd: number) => T): T {
  const fd = files.openSync(file, "r");
  try {
    return use(fd);
  } finally {
    closeQuietly(files, fd);
  }
}
