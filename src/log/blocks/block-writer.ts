import { writeFully } from "../file-system.js";
import type { LogFileSystem } from "../file-system.js";
import { xxh3 } from "../xxh3.js";
import { trailerLine } from "./block-format.js";
import type { BlockEntry, BlockIndex } from "./block-format.js";

/** How long the parts of a file may be, in bytes. */
export interface BlockLimits {
  /** A block ends with the row that makes it this long. */
  readonly block: number;
  readonly index: number;
  readonly file: number;
}

/** A row's key, and its line without the LF. */
export type RowLine = readonly [key: string, line: string];

/**
 * Writes rows, which come sorted by key, into an empty file, a block at a time.
 * @param what the file is called in errors
 * @throws RangeError when it would be too long
 */
export function writeBlocks(files: LogFileSystem, fd: number, header: object, rows: Iterable<RowLine>, limits: BlockLimits, what: string): void {
  let position = 0;
  const write = (bytes: Buffer): void => {
    if (position + bytes.length > limits.file) throw new RangeError(`the ${what} is too long`);
    writeFully(files, fd, bytes, position);
    position += bytes.length;
  };
  const headerLine = Buffer.from(`${JSON.stringify(header)}\n`, "utf8");
  write(headerLine);
  const blocks: BlockEntry[] = [];
  let count = 0;
  let firstKey = "";
  let lines = "";
  const endBlock = (): void => {
    const block = Buffer.from(lines, "utf8");
    blocks.push([position, firstKey, xxh3(block)]);
    write(block);
    lines = "";
  };
  for (const [key, line] of rows) {
    if (lines === "") firstKey = key;
    lines += `${line}\n`;
    count += 1;
    if (lines.length >= limits.block) endBlock();
  }
  if (lines !== "") endBlock();
  const indexAt = position;
  const indexLine = Buffer.from(`${JSON.stringify({ rows: count, blocks } satisfies BlockIndex)}\n`, "utf8");
  if (indexLine.length > limits.index) throw new RangeError(`the index of the ${what} is too long`);
  write(indexLine);
  write(Buffer.from(trailerLine(indexAt, xxh3(Buffer.concat([headerLine, indexLine]))), "latin1"));
}
