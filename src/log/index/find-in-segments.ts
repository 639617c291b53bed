import { setImmediate as nextTurn } from "node:timers/promises";
import type { RecordedEvent } from "../../events/recorded-event.js";
import { closeQuietly } from "../file-system.js";
import type { ManifestEntry } from "../manifest.js";
import type { EventFilter, EventQuery, LogReader } from "../port.js";
import { listSegments, segmentOf, segmentPath } from "../segment-list.js";
import { segmentStart } from "../segment-walker.js";
import type { GoodEnd, LogPlace } from "../segment-walker.js";
import type { LinesRow } from "./index-format.js";
import { readLines } from "./read-lines.js";
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
const sliceBytes = 1024 * 1024;
/** Events of several streams have to be put in order: at most so many bytes of them, ... */
const sortedBytes = 32 * 1024 * 1024;
/** ... and no more than this part of a segment, above which a scan is quicker. */
const worthwhilePart = 4;

/** The events of a stream in a log of segment files: by the indices of sealed segments where they have one, by a scan elsewhere. */
export async function* findInSegments(log: IndexedLog, { stream, from, to }: EventQuery): AsyncGenerator<RecordedEvent> {
  let next = Math.max(1, from);
  while (next <= to) {
    const entry = log.indexes.entryOf(next);
    const until = Math.min(to, entry?.last ?? to);
    if (entry !== undefined) {
      const rows = rowsOf(log, entry, { stream, from: next, to: until });
      try {
        if (rows !== undefined) {
          for await (const event of readRows(log, entry, rows, next, until)) {
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

/** What the index of a segment says of a stream; undefined where a scan is needed, or quicker. */
function rowsOf(log: IndexedLog, entry: ManifestEntry, { stream, from, to }: EventQuery): readonly LinesRow[] | undefined {
  const rows = log.indexes.ask(entry, (index) => index.linesOf(stream, from, to));
  if (rows === undefined) {
    log.indexFailed(entry);
    return undefined;
  }
  const bytes = rows.reduce((sum, row) => sum + bytesOf(row), 0);
  return isInOrder(rows) || (bytes <= sortedBytes && bytes * worthwhilePart <= entry.bytes + sliceBytes) ? rows : undefined;
}

const bytesOf = ({ ranges }: LinesRow): number => ranges.reduce((sum, { length }) => sum + length, 0);

const isInOrder = (rows: readonly LinesRow[]): boolean => rows.every((row, index) => index === 0 || row.first > (rows[index - 1] as LinesRow).last);

async function* readRows(log: IndexedLog, entry: ManifestEntry, rows: readonly LinesRow[], from: number, to: number): AsyncGenerator<RecordedEvent> {
  const ordered = isInOrder(rows);
  const slices = ordered ? slicesOf(rows) : [rows];
  for (const slice of slices) {
    const events = readSlice(log.place, entry, slice);
    if (!ordered) events.sort((a, b) => a.seq - b.seq);
    for (const event of events) if (event.seq >= from && event.seq <= to) yield event;
    if (slices.length > 1) await nextTurn();
  }
}

function slicesOf(rows: readonly LinesRow[]): LinesRow[][] {
  const slices: LinesRow[][] = [];
  let left = 0;
  for (const row of rows) {
    if (left <= 0) {
      slices.push([]);
      left = sliceBytes;
    }
    slices.at(-1)?.push(row);
    left -= bytesOf(row);
  }
  return slices;
}

/** @throws IndexDamage also where the segment is missing or has another size: a scan says what there is to say of it */
function readSlice({ files, folder }: LogPlace, entry: ManifestEntry, rows: readonly LinesRow[]): RecordedEvent[] {
  let fd: number;
  try {
    fd = files.openSync(segmentPath({ folder }, entry.first), "r");
  } catch (error) {
    throw new IndexDamage("is of a segment that cannot be opened", { cause: error });
  }
  try {
    if (files.fstatSync(fd).size !== entry.bytes) throw new IndexDamage("is of a segment of another size");
    const gaps = entry.count !== entry.last - entry.first + 1;
    return rows.flatMap((row) => readLines(files, fd, row, gaps));
  } finally {
    closeQuietly(files, fd);
  }
}

/** Reads from the beginning of the segment that has `from`; true when the log ended before `to`. */
async function* scan(log: IndexedLog, { stream, from, to }: EventQuery): AsyncGenerator<RecordedEvent, boolean> {
  const filter: EventFilter = { wants: () => true, withId: false, stream };
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
