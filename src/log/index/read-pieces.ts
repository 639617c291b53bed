import { isUtf8 } from "node:buffer";
import type { RecordedEvent } from "../../events/recorded-event.js";
import { isClosingLine, readSync } from "../commit-scan.js";
import { EventLineReader } from "../event-line.js";
import { readFully } from "../file-system.js";
import type { LogFileSystem } from "../file-system.js";
import type { EventFilter } from "../port.js";
import { xxh3 } from "../xxh3.js";
import type { Piece } from "./index-format.js";
import { IndexDamage } from "./segment-index.js";

/** Pieces that lie together are read together, up to so many bytes. */
const readBytes = 256 * 1024;

/**
 * Reads events out of pieces of a segment: the same bytes as when it was sealed, parsed as any reader parses them.
 * @param gaps true in a rewritten segment
 * @throws IndexDamage where the segment is not as the index says; nobody knows then which of the two is wrong
 */
export function readPieces(files: LogFileSystem, fd: number, pieces: readonly Piece[], gaps: boolean, filter: EventFilter): RecordedEvent[] {
  const lines = new EventLineReader();
  const events: RecordedEvent[] = [];
  for (let index = 0; index < pieces.length; ) {
    const { offset } = pieces[index] as Piece;
    let end = offset;
    let behind = index;
    for (let piece = pieces[behind]; piece?.offset === end && end + piece.length - offset <= Math.max(readBytes, piece.length); piece = pieces[behind]) {
      end += piece.length;
      behind += 1;
    }
    const bytes = Buffer.allocUnsafe(end - offset);
    if (readFully(files, fd, bytes, bytes.length, offset) < bytes.length) throw new IndexDamage("leads behind the end of the segment");
    for (; index < behind; index += 1) {
      const piece = pieces[index] as Piece;
      const start = piece.offset - offset;
      readPiece(lines, bytes.subarray(start, start + piece.length), piece, gaps, filter, events);
    }
  }
  return events;
}

function readPiece(lines: EventLineReader, bytes: Buffer, piece: Piece, gaps: boolean, filter: EventFilter, into: RecordedEvent[]): void {
  if (xxh3(bytes) !== piece.xxh3 || !isUtf8(bytes)) throw new IndexDamage("does not match the segment");
  lines.begin(piece.seq - 1, gaps, filter);
  try {
    for (let start = 0; start < bytes.length; ) {
      const lf = bytes.indexOf(0x0a, start);
      const sync = isClosingLine(bytes, start, lf) ? readSync(bytes, lf + 1)?.start : undefined;
      const event = lines.read(bytes, start, sync ?? lf, sync !== undefined);
      if (event !== undefined) into.push(event);
      start = lf + 1;
    }
  } catch (error) {
    throw new IndexDamage("leads to a line that is no event of its place", { cause: error });
  }
}
