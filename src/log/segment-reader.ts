import { isUtf8 } from "node:buffer";
import { isDaybookError, LogCorruptError, LogForkedError } from "../base/errors.js";
import type { RecordedEvent } from "../events/recorded-event.js";
import { isClosingLine, readSeq, readSync, readTime } from "./commit-scan.js";
import type { ScannedCommit } from "./commit-scan.js";
import { EventLineReader } from "./event-line.js";
import { closeQuietly, readFully, reading } from "./file-system.js";
import { hashTailBytes, segmentFileName } from "./format.js";
import type { Cursor, EventFilter, Head, LogReader, ReadBatch } from "./port.js";
import { listSegments, segmentOf, segmentPath } from "./segment-list.js";
import { SegmentWalker, segmentStart } from "./segment-walker.js";
import type { GoodEnd, LogPlace, WalkedCommits } from "./segment-walker.js";
import { judgeTail } from "./tail-verdict.js";
import type { TailVerdict } from "./tail-verdict.js";
import { xxh3 } from "./xxh3.js";

/** Knows places of a log from which to read on, such as the indices of its segments have. */
export interface KnownPlaces {
  /** One that is not behind a seq. */
  placeBefore(seq: number): Cursor | undefined;
}

/** Reads the events of a log of segment files, forward. */
export class SegmentReader implements LogReader {
  readonly #walker: SegmentWalker;
  readonly #lines = new EventLineReader();
  /** The tail that was judged last. */
  #settled: string | undefined;
  #skipTo = 0;
  #listed = false;
  #missing = false;

  constructor(place: LogPlace, from: GoodEnd) {
    this.#walker = new SegmentWalker(place, from);
  }

  /** A reader before the first event. @throws LogCorruptError when the first segment is missing. */
  static fromStart(place: LogPlace): SegmentReader {
    return reading(() => new SegmentReader(place, segmentStart(place, firstSegment(place))));
  }

  /**
   * A reader behind `after`: a seq, or a cursor, which the log must have.
   * @throws LogForkedError when no commit of the log ends at the cursor.
   */
  static after(place: LogPlace, after: Cursor | number, places?: KnownPlaces): SegmentReader {
    return reading(() => SegmentReader.#after(place, after, places));
  }

  static #after(place: LogPlace, after: Cursor | number, places: KnownPlaces | undefined): SegmentReader {
    const seq = typeof after === "number" ? after : after.seq;
    firstSegment(place);
    const hinted = typeof after === "number" ? undefined : hintedPlace(place, after);
    if (hinted !== undefined) return new SegmentReader(place, hinted);
    const segments = listSegments(place);
    // A reader that has entered a segment stands on the hash that it continues on: behind a rewritten segment no commit ends there.
    const entered = typeof after !== "number" && segments.includes(seq + 1) ? startOf(place, seq + 1) : undefined;
    if (entered !== undefined && typeof after !== "number" && entered.hash === after.token) return new SegmentReader(place, entered);
    const known = places?.placeBefore(seq);
    const from = known === undefined ? undefined : hintedPlace(place, known);
    const reader = new SegmentReader(place, from ?? segmentStart(place, segmentOf(segments, Math.max(seq, 1)) as number));
    if (typeof after === "number") reader.#skipTo = after;
    else reader.#walkTo(after);
    return reader;
  }

  get position(): Cursor {
    const { seq, hash, segment, offset, fresh } = this.#walker.end;
    return { seq, token: hash, ...(fresh ? {} : { hint: `${segment}:${offset}` }) };
  }

  get segment(): number {
    return this.#walker.end.segment;
  }

  /** The place as bytes, and what was learnt on the way there. */
  get end(): GoodEnd {
    return this.#walker.end;
  }

  get suspect(): boolean {
    return reading(() => this.#isSuspect());
  }

  #isSuspect(): boolean {
    if (this.#missing) return true;
    const { remainder } = this.#walker;
    if (remainder.kind === "none") return false;
    if (this.#settled !== undefined && markOfTail(this.#walker) === this.#settled) return false;
    return remainder.kind === "bad" || this.#laterSegmentExists();
  }

  pull(maxBytes?: number, filter?: EventFilter): ReadBatch | undefined {
    return reading(() => this.#pull(maxBytes, filter));
  }

  #pull(maxBytes: number | undefined, filter: EventFilter | undefined): ReadBatch | undefined {
    const before = this.#walker.end;
    const walked = this.#walker.next(maxBytes);
    if (walked === undefined) {
      // Once per reader: a hole in the row of segments looks like the end of the log.
      if (!this.#listed) this.#missing = this.#laterSegmentExists();
      this.#listed = true;
      return undefined;
    }
    const gaps = this.#walker.segment.header.rewritten !== undefined;
    const events: RecordedEvent[] = [];
    // All at once first: lines end with an ASCII character, so the whole is UTF-8 if, and only if, each of its lines is.
    const utf8 = isUtf8(walked.bytes.subarray(walked.commits[0]?.start, walked.commits.at(-1)?.end));
    let whole: ScannedCommit | undefined;
    try {
      for (const commit of walked.commits) {
        if (commit.lastSeq > this.#skipTo) {
          this.#lines.begin(commit.firstSeq - 1, gaps, filter);
          this.#parse(walked, commit, utf8, events);
        }
        whole = commit;
      }
    } catch (error) {
      // The commits before it are served, and the reader stays in front of the one that is not; the next pull meets it.
      if (whole === undefined) {
        this.#walker.moveTo(before);
        throw error;
      }
      this.#walker.moveBehind(walked, whole);
      const behind = whole.lastSeq;
      while ((events.at(-1)?.seq ?? 0) > behind) events.pop();
    }
    const wanted = (events[0]?.seq ?? Infinity) > this.#skipTo ? events : events.filter((event) => event.seq > this.#skipTo);
    return { events: wanted, end: this.position };
  }

  /** Goes to the good end, parsing nothing. */
  toEnd(): GoodEnd {
    return reading(() => {
      const end = this.#walker.toEnd();
      if (!this.#listed) this.#missing = this.#laterSegmentExists();
      this.#listed = true;
      return end;
    });
  }

  /** The end of the log as it was when its last event was the one of a seq further on, or 0; undefined when no good commit reaches so far. */
  headAt(seq: number): Head | undefined {
    if (seq === 0) return { seq, time: undefined, token: this.position.token };
    return reading(() => {
      let { time } = this.#walker.end;
      for (let walked = this.#walker.next(); walked !== undefined; walked = this.#walker.next()) {
        for (const commit of walked.commits) {
          if (commit.lastSeq === seq) return { seq, time: commit.time, token: commit.hash };
          if (commit.lastSeq > seq) return { seq, time: timeWithin(walked.bytes, commit, seq) ?? time ?? commit.time, token: `${commit.hash}-${commit.lastSeq - seq}` };
          ({ time } = commit);
        }
      }
      // The last segments are lost, and their seqs with them: an empty one begins behind those.
      const { end } = this.#walker;
      return end.seq < seq ? undefined : { seq, time, token: end.seq === seq ? end.hash : `${end.hash}-${end.seq - seq}` };
    });
  }

  /** Stands at a place whose bytes are known to be whole. */
  moveTo(end: GoodEnd): void {
    this.#walker.moveTo(end);
  }

  /** Judges the suspect bytes; the caller holds the lock. @throws LogCorruptError for damage */
  settle(durableSeq: number): TailVerdict["kind"] {
    return reading(() => this.#settle(durableSeq));
  }

  #settle(durableSeq: number): TailVerdict["kind"] {
    // What looked bad may have been a write under way: look again, without moving, before judging.
    const probe = new SegmentWalker(this.#walker.place, this.#walker.end);
    try {
      let kind: TailVerdict["kind"] = "none";
      if (probe.next() === undefined) {
        ({ kind } = judgeTail(probe, durableSeq));
        this.#settled = markOfTail(probe);
      }
      this.#missing = false;
      return kind;
    } finally {
      probe.close();
    }
  }

  close(): void {
    this.#walker.close();
  }

  #laterSegmentExists(): boolean {
    const { end, place } = this.#walker;
    return listSegments(place).some((first) => first > Math.max(end.seq, end.segment));
  }

  /** Moves behind the commit that ends at the cursor. */
  #walkTo(cursor: Cursor): void {
    while (this.#walker.end.seq < cursor.seq) {
      const walked = this.#walker.next();
      if (walked === undefined) break;
      const hit = walked.commits.find((commit) => commit.lastSeq >= cursor.seq);
      if (hit !== undefined) this.#walker.moveBehind(walked, hit);
    }
    const { seq, hash } = this.#walker.end;
    if (seq === cursor.seq && hash === cursor.token) return;
    this.#walker.close();
    throw new LogForkedError(cursor.seq, cursor.token);
  }

  #parse(walked: WalkedCommits, commit: ScannedCommit, utf8: boolean, into: RecordedEvent[]): void {
    const { bytes } = walked;
    const lines = this.#lines;
    const corrupt = (lineStart: number, cause: unknown): LogCorruptError =>
      new LogCorruptError(
        { segment: segmentFileName(this.#walker.end.segment), offset: walked.base + lineStart, seq: lines.seq + 1 },
        `a line of a commit that matches its hash is no event (${cause instanceof Error ? cause.message : String(cause)})`,
        cause,
      );
    if (!utf8 && !isUtf8(bytes.subarray(commit.start, commit.end))) throw corrupt(commit.start, "it is not UTF-8");
    let start = commit.start;
    try {
      while (start < commit.end) {
        const lf = bytes.indexOf(0x0a, start);
        const closing = lf + 1 === commit.end;
        const event = lines.read(bytes, start, closing ? commit.syncStart : lf, closing);
        if (event !== undefined) into.push(event);
        start = lf + 1;
      }
    } catch (error) {
      throw corrupt(start, error);
    }
  }
}

/** The time of the last event of a commit that is not after a seq; undefined when there is none. */
function timeWithin(bytes: Buffer, { start, end }: ScannedCommit, seq: number): string | undefined {
  let time: string | undefined;
  for (let line = start; line < end; line = bytes.indexOf(0x0a, line) + 1) {
    if ((readSeq(bytes, line) ?? Infinity) > seq) break;
    time = readTime(bytes, line);
  }
  return time;
}

/** So much of a tail is looked at to know it again. */
const markBytes = 64 * 1024;

/** Tells one tail from another. Its size does not: what follows over the same padding (ADR 0017) is as long. */
function markOfTail({ place, segment: { fd }, end }: SegmentWalker): string {
  const { size } = place.files.fstatSync(fd);
  const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(markBytes, size - end.offset)));
  return `${end.segment}:${end.offset}:${size}:${xxh3(bytes.subarray(0, readFully(place.files, fd, bytes, bytes.length, end.offset)))}`;
}

/**
 * The head of a log as of a seq, from a reader that stands before it, which is closed. What keeps the reader from getting there is settled first.
 * @throws LogCorruptError @throws LogForkedError
 */
export async function headFrom(reader: SegmentReader, seq: number, settle: (reader: SegmentReader) => Promise<unknown>): Promise<Head> {
  try {
    const head = reader.headAt(seq);
    if (head !== undefined) return head;
    await settle(reader);
    throw new LogForkedError(seq, "");
  } finally {
    reader.close();
  }
}

/** Whether a place would have to be looked for: what finds it is loaded only then. */
export const needsPlaces = (after: Cursor | number): boolean => (typeof after === "number" ? after > 0 : after.hint === undefined);

/** A reader behind `after`. `places`: where it may begin to look for that. */
export function openReader(place: LogPlace, after: Cursor | number, places?: KnownPlaces): SegmentReader {
  return after === 0 ? SegmentReader.fromStart(place) : SegmentReader.after(place, after, places);
}

/** How far back the beginning of a closing line is looked for; behind longer ones a cursor is found by walking. */
const hintBytes = 64 * 1024;
/** Most closing lines are shorter than this. */
const shortHintBytes = 2048;

/** Where a cursor's hint points, if a line of its seq and with its token ends there. */
export function hintedPlace(place: LogPlace, cursor: Cursor): GoodEnd | undefined {
  const [segment = NaN, offset = NaN] = (cursor.hint ?? "").split(":").map(Number);
  if (!Number.isSafeInteger(segment) || !Number.isSafeInteger(offset) || segment < 1 || offset <= hashTailBytes) return undefined;
  const path = segmentPath(place, segment);
  if (place.files.statSync(path) === undefined) return undefined;
  const start = startOf(place, segment);
  if (start === undefined) return undefined;
  const fd = place.files.openSync(path, "r");
  try {
    let tail = bytesBefore(place, fd, offset, shortHintBytes);
    if (tail.toString("latin1", tail.length - hashTailBytes) !== `${cursor.token}"}\n`) return undefined;
    if (tail.lastIndexOf(0x0a, tail.length - 2) === -1) tail = bytesBefore(place, fd, offset, hintBytes);
    const lf = tail.lastIndexOf(0x0a, tail.length - 2);
    // The digits may be a participant's name at the end of a line inside of a commit.
    if (lf === -1 || readSeq(tail, lf + 1) !== cursor.seq || !isClosingLine(tail, lf + 1, tail.length - 1)) return undefined;
    const sync = Math.min(readSync(tail, tail.length)?.value ?? 0, cursor.seq - 1);
    return { ...start, offset, seq: cursor.seq, time: readTime(tail, lf + 1), hash: cursor.token, fresh: false, sync: Math.max(start.sync, sync) };
  } finally {
    closeQuietly(place.files, fd);
  }
}

function bytesBefore(place: LogPlace, fd: number, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(Math.min(offset, length));
  return bytes.subarray(0, readFully(place.files, fd, bytes, bytes.length, offset - bytes.length));
}

/** The place before a segment's first event; undefined for a damaged header: then there is no such place. */
function startOf(place: LogPlace, segment: number): GoodEnd | undefined {
  try {
    return segmentStart(place, segment);
  } catch (error) {
    if (isDaybookError(error, "LOG_CORRUPT")) return undefined;
    throw error;
  }
}

function firstSegment(place: LogPlace): number {
  const first = listSegments(place)[0];
  if (first === undefined || first !== 1) {
    throw new LogCorruptError({ segment: segmentFileName(1), offset: 0, seq: 1 }, "the first segment is missing");
  }
  return first;
}
