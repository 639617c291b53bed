import { setImmediate as nextTurn } from "node:timers/promises";
import type { RecordedEvent } from "../../events/recorded-event.js";
import { closeQuietly } from "../file-system.js";
import type { ManifestEntry } from "../manifest.js";
import type { EventFilter, EventQuery, LogReader } from "../port.js";
import { listSegments, segmentOf, segmentPath } from "../segment-list.js";
import { segmentStart } from "../segment-walker.js";
import type { GoodEnd, LogPlace } from "../segment-walker.js";
import type { Piece } from "./index-format.js";
import { readPieces } from "./read-pieces.js";
import { IndexDamage } from "./segment-index.js";
import type { SegmentIndexes } from "./segment-indexes.js";

/** What looking things up needs of a log of segment files. */
export interface IndexedLog {
  readonly place: LogPlace;
  readonly indexes: SegmentIndexes;
  /** A reader that begins at a place between two commits. */
  readFrom(end: () => GoodEnd): LogReader | undefined;
  /** Settles what a suspect reader saw, as the port's `confirm`. */
  confirm(reader: LogReader): Promise<void>;
  /** A sealed segment has no index that can be used. */
  indexFailed(entry: ManifestEntry): void;
}

const scanBytes = 512 * 1024;
/** So much is taken through the index before others have their turn. */
const sliceBytes = 512 * 1024;

/** The events of a stream in a log of segment files: by the indices of sealed segments where they have one, by a scan elsewhere. */
export async function* findInSegments(log: IndexedLog, { stream, from, to }: EventQuery): AsyncGenerator<RecordedEvent> {
  let next = Math.max(1, from);
  while (next <= to) {
    const entry = log.indexes.entryOf(next);
    const until = Math.min(to, entry?.last ?? to);
    if (entry !== undefined) {
      const pieces = log.indexes.ask(entry, (index) => index.piecesOf(stream, next, until));
      try {
        if (pieces === undefined) log.indexFailed(entry);
        else {
          for await (const event of takePieces(log, entry, pieces, { stream, from: next, to: until })) {
            next = event.seq + 1;
            yield event;
          }
          next = until + 1;
          continue;
        }
      } catch (error) {
        if (!(error instanceof IndexDamage)) throw error;
        log.indexes.distrust(entry);
        log.indexFailed(entry);
      }
    }
    // Whatever the index said: the segment is read from its beginning, against its hashes.
    const ended = yield* scan(log, { stream, from: next, to: until });
    if (ended) return;
    next = until + 1;
  }
}

async function* takePieces(log: IndexedLog, entry: ManifestEntry, pieces: readonly Piece[], { stream, from, to }: EventQuery): AsyncGenerator<RecordedEvent> {
  const filter = ofStream(stream);
  for (let index = 0; index < pieces.length; ) {
    let behind = index;
    for (let bytes = 0; behind < pieces.length && bytes < sliceBytes; behind += 1) bytes += (pieces[behind] as Piece).length;
    for (const event of readSlice(log.place, entry, pieces.slice(index, behind), filter)) if (event.seq >= from && event.seq <= to) yield event;
    if (behind < pieces.length) await nextTurn();
    index = behind;
  }
}

const ofStream = (stream: string): EventFilter => ({ wants: () => true, withId: false, stream });

/** @throws IndexDamage also where the segment is missing or has another size: a scan says what there is to say of it */
function readSlice({ files, folder }: LogPlace, entry: ManifestEntry, pieces: readonly Piece[], filter: EventFilter): RecordedEvent[] {
  let fd: number;
  try {
    fd = files.openSync(segmentPath({ folder }, entry.first), "r");
  } catch (error) {
    throw new IndexDamage("is of a segment that cannot be opened", { cause: error });
  }
  try {
    if (files.fstatSync(fd).size !== entry.bytes) throw new IndexDamage("is of a segment of another size");
    const gaps = entry.count !== entry.last - entry.first + 1;
    return readPieces(files, fd, pieces, gaps, filter);
  } finally {
    closeQuietly(files, fd);
  }
}

/** Reads from the beginning of the segment that has `from`; true when the log ended before `to`. */
async function* scan(log: IndexedLog, { stream, from, to }: EventQuery): AsyncGenerator<RecordedEvent, boolean> {
  const filter = ofStream(stream);
  const reader = log.readFrom(() => {
    const segments = listSegments(log.place);
    // A log without its first segment is damaged; the reader says so.
    return segmentStart(log.place, segmentOf(segments, from) ?? 1);
  });
  if (reader === undefined) return true;
  try {
    for (;;) {
      const batch = reader.pull(scanBytes, filter);
      if (batch === undefined) {
        if (reader.suspect) await log.confirm(reader);
        return true;
      }
      for (const event of batch.events) {
        if (event.seq > to) return false;
        if (event.seq >= from) yield event;
      }
      if (batch.end.seq >= to) return false;
      await nextTurn();
    }
  } finally {
    reader.close();
  }
}
