import { isUtf8 } from "node:buffer";
import type { RecordedEvent } from "../../events/recorded-event.js";
import { isClosingLine, readSync } from "../commit-scan.js";
import { EventLineReader } from "../event-line.js";
import { readFully } from "../file-system.js";
import type { LogFileSystem } from "../file-system.js";
import { xxh3 } from "../xxh3.js";
import type { LineRange, LinesRow } from "./index-format.js";
import { IndexDamage } from "./segment-index.js";

/** What lies between two ranges is read along when that takes no longer than a further call. */
const gapBytes = 4096;

/**
 * Reads the events of a row's lines: the same bytes as when the segment was sealed, parsed as any reader parses them.
 * @param gaps true in a rewritten segment
 * @throws IndexDamage where the segment is not as the row says; nobody knows then which of the two is wrong
 */
export function readLines(files: LogFileSystem, fd: number, row: LinesRow, gaps: boolean): RecordedEvent[] {
  const bytes = gather(files, fd, row.ranges);
  if (xxh3(bytes) !== row.xxh3 || !isUtf8(bytes)) throw new IndexDamage("does not match the segment");
  const reader = new EventLineReader();
  const events: RecordedEvent[] = [];
  let start = 0;
  try {
    for (const { seq, length } of row.ranges) {
      reader.begin(seq - 1, gaps, undefined);
      for (const end = start + length; start < end; ) {
        const lf = bytes.indexOf(0x0a, start);
        const closing = isClosingLine(bytes, start, lf);
        const lineEnd = closing ? (readSync(bytes, lf + 1)?.start ?? lf) : lf;
        const event = reader.read(bytes, start, lineEnd, closing);
        if (event !== undefined) events.push(event);
        start = lf + 1;
      }
    }
  } catch (error) {
    throw new IndexDamage("leads to a line that is no event of its place", { cause: error });
  }
  return events;
}

/** The bytes of the ranges, one after another. */
function gather(files: LogFileSystem, fd: number, ranges: readonly LineRange[]): Buffer {
  const gathered = Buffer.allocUnsafe(ranges.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (let index = 0; index < ranges.length; ) {
    const { offset } = ranges[index] as LineRange;
    let behind = index;
    let end = offset;
    while (behind < ranges.length && (ranges[behind] as LineRange).offset - end <= gapBytes) {
      const range = ranges[behind] as LineRange;
      end = range.offset + range.length;
      behind += 1;
    }
    const together = Buffer.allocUnsafe(end - offset);
    if (readFully(files, fd, together, together.length, offset) < together.length) throw new IndexDamage("leads behind the end of the segment");
    for (; index < behind; index += 1) {
      const range = ranges[index] as LineRange;
      together.copy(gathered, at, range.offset - offset, range.offset - offset + range.length);
      at += range.length;
    }
  }
  return gathered;
}
