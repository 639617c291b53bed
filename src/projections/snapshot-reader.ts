import type { Json } from "../events/recorded-event.js";
import { closeQuietly, readFully } from "../log/file-system.js";
import type { LogFileSystem } from "../log/file-system.js";
import { xxh3 } from "../log/xxh3.js";
import { SnapshotDamage } from "./snapshot.js";
import type { SnapshotRows } from "./snapshot.js";
import { maxHeaderBytes, maxIndexBytes, maxSnapshotBytes, parseHeader, parseIndex, parseTrailer, trailerBytes } from "./snapshot-format.js";
import type { SnapshotHeader, SnapshotIndex } from "./snapshot-format.js";

/** The end of a file that is read at once: most indices are shorter. */
const tailBytes = 16 * 1024;

/** A snapshot whose first line and index match their hash; its rows are checked as they are read. */
export interface ReadSnapshot {
  readonly header: SnapshotHeader;
  readonly rows: SnapshotRows;
}

/** What the first line of a snapshot says, unchecked; undefined when it cannot be read. */
export function readHeader(files: LogFileSystem, file: string): SnapshotHeader | undefined {
  try {
    return withFile(files, file, (fd) => parseHeader(firstLine(files, fd)?.toString("utf8") ?? ""));
  } catch {
    return undefined;
  }
}

/** Opens a snapshot without reading its rows; a text says why it cannot be used. */
export function readSnapshot(files: LogFileSystem, file: string): ReadSnapshot | string {
  try {
    return withFile(files, file, (fd) => readEnds(files, fd, file));
  } catch (error) {
    return `cannot be read (${(error as Error).message})`;
  }
}

function readEnds(files: LogFileSystem, fd: number, file: string): ReadSnapshot | string {
  const { size } = files.fstatSync(fd);
  if (size > maxSnapshotBytes) return "is longer than any snapshot";
  let tail = readPart(files, fd, Math.max(0, size - tailBytes), size);
  const trailer = parseTrailer(tail.toString("latin1", Math.max(0, tail.length - trailerBytes)));
  if (trailer === undefined) return "is torn";
  const headerLine = firstLine(files, fd);
  const indexEnd = size - trailerBytes;
  if (headerLine === undefined || trailer.index < headerLine.length || trailer.index >= indexEnd) return "does not match its hash";
  if (indexEnd - trailer.index > maxIndexBytes) return "has an index that is longer than any";
  if (size - tail.length > trailer.index) tail = readPart(files, fd, trailer.index, size);
  const indexLine = tail.subarray(tail.length - (size - trailer.index), tail.length - trailerBytes);
  if (xxh3(Buffer.concat([headerLine, indexLine])) !== trailer.xxh3) return "does not match its hash";
  const header = parseHeader(headerLine.toString("utf8"));
  const index = parseIndex(indexLine.toString("utf8"), headerLine.length, trailer.index);
  if (header === undefined || index === undefined) return "has another format";
  return { header, rows: new FileRows(files, file, index, trailer.index) };
}

/** Rows in the blocks of a file. The file is opened for each reading: between them nothing is held, and it may go. */
class FileRows implements SnapshotRows {
  constructor(
    readonly files: LogFileSystem,
    readonly file: string,
    readonly index: SnapshotIndex,
    /** Where the last block ends. */
    readonly end: number,
  ) {}

  get count(): number {
    return this.index.rows;
  }

  get parts(): number {
    return this.index.blocks.length;
  }

  find(key: string): Json | undefined {
    const block = this.#blockOf(key);
    if (block === -1) return undefined;
    return this.#reading((fd) => {
      const bytes = this.#block(fd, block);
      const start = rowStart(bytes, `[${JSON.stringify(key)},`);
      return start === -1 ? undefined : parseRow(bytes, start, bytes.indexOf(0x0a, start)).row;
    });
  }

  all(): Map<string, Json> {
    const found: NumberedRow[] = [];
    this.#reading((fd) => {
      for (let block = 0; block < this.parts; block += 1) {
        const bytes = this.#block(fd, block);
        for (let start = 0; start < bytes.length; ) {
          const lf = bytes.indexOf(0x0a, start);
          found.push(parseRow(bytes, start, lf));
          start = lf + 1;
        }
      }
    });
    if (found.length !== this.count) throw new SnapshotDamage("has another number of rows than it says");
    const ordered: (NumberedRow | undefined)[] = Array.from(found, () => undefined);
    for (const row of found) ordered[row.number] = row;
    const rows = new Map<string, Json>();
    for (let number = 0; number < this.count; number += 1) {
      const numbered = ordered[number];
      if (numbered === undefined) throw new SnapshotDamage("has rows without a place in their order");
      rows.set(numbered.key, numbered.row);
    }
    return rows;
  }

  /** The block in which a key would be: the last one that begins at it or before; -1 before the first. */
  #blockOf(key: string): number {
    const { blocks } = this.index;
    let low = 0;
    let high = blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((blocks[middle]?.[1] as string) <= key) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #block(fd: number, block: number): Buffer {
    const [start = 0, , hash] = this.index.blocks[block] ?? [];
    const bytes = readPart(this.files, fd, start, this.index.blocks[block + 1]?.[0] ?? this.end);
    if (xxh3(bytes) !== hash || bytes.at(-1) !== 0x0a) throw new SnapshotDamage("does not match its hash");
    return bytes;
  }

  #reading<T>(read: (fd: number) => T): T {
    try {
      return withFile(this.files, this.file, read);
    } catch (error) {
      throw error instanceof SnapshotDamage ? error : new SnapshotDamage(`cannot be read (${(error as Error).message})`);
    }
  }
}

/** A line of a block. `number`: its place in the order of the rows. */
interface NumberedRow {
  readonly key: string;
  readonly row: Json;
  readonly number: number;
}

function parseRow(bytes: Buffer, start: number, lf: number): NumberedRow {
  const [key, row, number] = JSON.parse(bytes.toString("utf8", start, lf)) as readonly unknown[];
  if (typeof key !== "string" || row === undefined || !Number.isSafeInteger(number)) throw new SnapshotDamage("has a line that is no row");
  return { key, row: row as Json, number: number as number };
}

/** Where a row with that beginning starts. A line feed never stands inside a JSON text of one line, so it is a row and nothing else. */
function rowStart(block: Buffer, beginning: string): number {
  if (block.subarray(0, Buffer.byteLength(beginning)).equals(Buffer.from(beginning, "utf8"))) return 0;
  const at = block.indexOf(`\n${beginning}`, 0, "utf8");
  return at === -1 ? -1 : at + 1;
}

/** The first line with its LF. */
function firstLine(files: LogFileSystem, fd: number): Buffer | undefined {
  const bytes = readPart(files, fd, 0, maxHeaderBytes);
  const lf = bytes.indexOf(0x0a);
  return lf === -1 ? undefined : bytes.subarray(0, lf + 1);
}

function readPart(files: LogFileSystem, fd: number, from: number, to: number): Buffer {
  const bytes = Buffer.allocUnsafe(to - from);
  return bytes.subarray(0, readFully(files, fd, bytes, bytes.length, from));
}

function withFile<T>(files: LogFileSystem, file: string, use: (fd: number) => T): T {
  const fd = files.openSync(file, "r");
  try {
    return use(fd);
  } finally {
    closeQuietly(files, fd);
  }
}
