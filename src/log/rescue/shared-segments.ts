import { isDaybookError, LogForkedError } from "../../base/errors.js";
import { closeQuietly, readFully } from "../file-system.js";
import { hashTailBytes } from "../format.js";
import { readHeader } from "../header.js";
import { listSegments, segmentPath } from "../segment-list.js";
import { SegmentWalker, segmentStart } from "../segment-walker.js";
import type { GoodEnd, LogPlace } from "../segment-walker.js";

/**
 * The segments of a copy that need not be written again. What the copy has must be a beginning of the original: each header continues on the
 * same hash, and the original has the hash on which the copy ends, where the copy ends. So the bytes need not be compared.
 * @param end where the original ends
 * @throws LogForkedError for a copy that went its own way
 */
export function sharedSegments(from: LogPlace, to: LogPlace, segments: readonly number[], end: GoodEnd): number[] {
  const known = listSegments(to);
  const last = known.at(-1);
  if (last === undefined) return [];
  for (const first of known) {
    const [one, other] = [headerOf(to, first), segments.includes(first) ? headerOf(from, first) : undefined];
    // A header of the copy that is damaged is written anew with its segment; a sound one has to be the original's.
    if (one === undefined) return known.filter((number) => number < first);
    if (other === undefined || one.on !== other.on || JSON.stringify(one.rewritten) !== JSON.stringify(other.rewritten)) throw new LogForkedError(first - 1, one.on);
  }
  const walker = new SegmentWalker(to, segmentStart(to, last));
  try {
    while (walker.nextInSegment() !== undefined);
    const { offset, seq, hash, fresh } = walker.end;
    if (!fresh && digitsAt(from, last, offset) !== hash) throw new LogForkedError(seq, hash);
    if (last === end.segment && offset > end.offset) throw new LogForkedError(seq, hash);
    const complete = offset === (last === end.segment ? end.offset : sizeOf(from, last)) && offset === sizeOf(to, last);
    // Closed in the original, and grown since: written again as a whole.
    const closed = known.slice(0, -1).filter((first) => sizeOf(to, first) === sizeOf(from, first));
    return complete ? [...closed, last] : closed;
  } finally {
    walker.close();
  }
}

function headerOf({ files, root, ...place }: LogPlace, first: number): ReturnType<typeof readHeader> | undefined {
  const fd = files.openSync(segmentPath({ files, root, ...place } as LogPlace, first), "r");
  try {
    return readHeader(files, fd, root, first);
  } catch (error) {
    if (isDaybookError(error, "LOG_CORRUPT")) return undefined;
    throw error;
  } finally {
    closeQuietly(files, fd);
  }
}

function digitsAt(place: LogPlace, first: number, offset: number): string {
  const fd = place.files.openSync(segmentPath(place, first), "r");
  try {
    const tail = Buffer.alloc(hashTailBytes);
    readFully(place.files, fd, tail, tail.length, offset - tail.length);
    return tail.toString("latin1", 0, 16);
  } finally {
    closeQuietly(place.files, fd);
  }
}

const sizeOf = (place: LogPlace, first: number): number => place.files.statSync(segmentPath(place, first))?.size ?? -1;
