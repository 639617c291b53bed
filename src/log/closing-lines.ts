import { isClosingLine } from "./commit-scan.js";
import { readFully } from "./file-system.js";
import type { LogFileSystem } from "./file-system.js";
import { closingBytes } from "./format.js";

/** A line that closes a commit by its last bytes; offsets in the file. */
export interface ClosingLine {
  readonly start: number;
  /** Behind its LF. */
  readonly end: number;
}

const chunkBytes = 256 * 1024;

/** The closing lines of a file from an offset, where a line begins, up to another; in constant memory, however long the lines are. */
export function* closingLines(files: LogFileSystem, fd: number, from: number, to: number): Generator<ClosingLine> {
  // What a line is known by may begin in the chunk before.
  const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, to - from) + closingBytes);
  let carried = 0;
  let lineStart = from;
  for (let offset = from; offset < to; ) {
    const length = readFully(files, fd, buffer.subarray(carried), Math.min(buffer.length - carried, to - offset), offset);
    if (length === 0) return;
    const base = offset - carried;
    const known = buffer.subarray(0, carried + length);
    for (let lf = known.indexOf(0x0a, carried); lf !== -1; lf = known.indexOf(0x0a, lf + 1)) {
      if (isClosingLine(known, Math.max(0, lineStart - base), lf)) yield { start: lineStart, end: base + lf + 1 };
      lineStart = base + lf + 1;
    }
    offset += length;
    carried = Math.min(closingBytes, known.length);
    known.copy(buffer, 0, known.length - carried);
  }
}
