import { LogCorruptError } from "../base/errors.js";
import { maxCommitBytes, maxLineBytes, maxSegmentBytes } from "../events/limits.js";
import { closingLines } from "./closing-lines.js";
import { commitHash } from "./commit-hash.js";
import { readSeq } from "./commit-scan.js";
import { closingBytes, hashTailBytes, segmentFileName } from "./format.js";
import { readFully } from "./file-system.js";
import type { LogFileSystem } from "./file-system.js";
import { listSegments } from "./segment-list.js";
import { notAsRead } from "./segment-walker.js";
import type { SegmentWalker } from "./segment-walker.js";

/** Why a segment file of more than 2 GiB is damage. */
export const tooLong = "the file is longer than any segment (2 GiB)";

/** What the bytes behind a good end are. */
export type TailVerdict =
  | { readonly kind: "none" }
  /** Never promised: the next writer moves them to quarantine. */
  | { readonly kind: "torn"; readonly from: number; readonly bytes: number };

/**
 * Judges the bytes behind the good end of a walker that found no further commit. The caller holds the lock (shared is
 * enough), so that nobody is writing.
 *
 * The rule: what lies above the highest `sync` of any good commit of the log was never promised. A commit behind the bad
 * place is good if it matches its own hash, which begins with the digits that the file itself has before it.
 *
 * @throws LogCorruptError when something was durable that is no longer whole.
 */
export function judgeTail(walker: SegmentWalker, durableSeq: number): TailVerdict {
  const end = walker.end;
  const { remainder, place } = walker;
  const { fd } = walker.segment;
  const size = place.files.fstatSync(fd).size;
  const later = listSegments(place).find((first) => first > Math.max(end.seq, end.segment));
  const damaged = (problem: string): never => {
    throw new LogCorruptError({ segment: segmentFileName(end.segment), offset: end.offset, seq: end.seq + 1 }, problem);
  };
  const problem = remainder.kind === "bad" ? remainder.problem : "the bytes end inside a commit";
  if (later !== undefined) {
    return damaged(remainder.kind === "none" ? `seq ${end.seq + 1} to ${later - 1} are missing before the next segment` : problem);
  }
  if (durableSeq > end.seq) return damaged(remainder.kind === "none" ? "events that were on the disk are gone" : problem);
  if (remainder.kind === "none") return { kind: "none" };
  if (size < end.offset) return damaged("the segment is shorter than it was");
  if (size > maxSegmentBytes) return damaged(tooLong);
  // A commit written here would continue on digits that the file does not have: nobody could read it.
  if (problem === notAsRead) return damaged(problem);
  if (vouchedSeq(place.files, fd, end.offset, size) > end.seq) return damaged(problem);
  return { kind: "torn", from: end.offset, bytes: size - end.offset };
}

/** The highest `sync` of the commits between two offsets that match their own hash. Reads in parts: a tail may be longer than memory. */
function vouchedSeq(files: LogFileSystem, fd: number, from: number, to: number): number {
  let highest = 0;
  let previousEnd: number | undefined;
  let buffer = Buffer.allocUnsafe(0);
  for (const { start, end } of closingLines(files, fd, from, to)) {
    if (previousEnd !== undefined && end - previousEnd <= maxCommitBytes && end - start <= maxLineBytes) {
      const rangeStart = previousEnd - hashTailBytes;
      if (buffer.length < end - rangeStart) buffer = Buffer.allocUnsafe(end - rangeStart);
      const length = readFully(files, fd, buffer, end - rangeStart, rangeStart);
      if (length === end - rangeStart && commitHash(buffer, 0, length) === hashOf(buffer, length)) highest = Math.max(highest, syncOf(buffer, start - rangeStart, length));
    }
    previousEnd = end;
  }
  return highest;
}

const hashOf = (bytes: Buffer, end: number): string => bytes.toString("latin1", end - hashTailBytes, end - hashTailBytes + 16);

function syncOf(bytes: Buffer, lineStart: number, end: number): number {
  const digits = /,"sync":([0-9]{1,16})$/.exec(bytes.toString("latin1", Math.max(lineStart, end - closingBytes - 32), end - closingBytes))?.[1];
  return digits === undefined || readSeq(bytes, lineStart) === undefined ? 0 : Number(digits);
}
