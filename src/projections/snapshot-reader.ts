import type { Json } from "../events/recorded-event.js";
import { blockOf, firstLine, readBlock, readBlockFile, withFile } from "../log/blocks/block-reader.js";
import type { BlockFile } from "../log/blocks/block-reader.js";
import type { LogFileSystem } from "../log/file-system.js";
import { SnapshotDamage } from "./snapshot.js";
import type { SnapshotRows } from "./snapshot.js";
import { maxIndexBytes, maxSnapshotBytes, parseHeader } from "./snapshot-format.js";
import type { SnapshotHeader } from "./snapshot-format.js";

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
  const blocks = readBlockFile(files, fd, { tail: tailBytes, index: maxIndexBytes, file: maxSnapshotBytes }, "snapshot");
  if (typeof blocks === "string") return blocks;
  const header = parseHeader(blocks.header);
  return header === undefined ? "has another format" : { header, rows: new FileRows(files, file, blocks) };
}

/** Rows in the blocks of a file. The file is opened for each reading: between them nothing is held, and it may go. */
class FileRows implements SnapshotRows {
  constructor(
    readonly files: LogFileSystem,
    readonly file: string,
    readonly blocks: BlockFile,
  ) {}

  get count(): number {
    return this.blocks.index.rows;
  }

  get parts(): number {
    return this.blocks.index.blocks.length;
  }

  find(key: string): Json | undefined {
    const block = blockOf(this.blocks.index, key);
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

  #block(fd: number, block: number): Buffer {
    const bytes = readBlock(this.files, fd, this.blocks, block);
    if (bytes === undefined) throw new SnapshotDamage("does not match its hash");
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
