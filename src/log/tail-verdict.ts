import { LogCorruptError } from "../base/errors.js";
import { commitHash } from "./commit-hash.js";
import { isClosingLine, readSeq } from "./commit-scan.js";
import { closingBytes, hashTailBytes, segmentFileName } from "./format.js";
import { readFully } from "./file-system.js";
import { listSegments } from "./segment-list.js";
import type { SegmentWalker } from "./segment-walker.js";

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
  const bytes = Buffer.allocUnsafe(size - end.offset);
  const length = readFully(place.files, fd, bytes, bytes.length, end.offset);
  if (vouchedSeq(bytes.subarray(0, length)) > end.seq) return damaged(problem);
  return { kind: "torn", from: end.offset, bytes: length };
}

/** The highest `sync` of the commits in `bytes` that match their own hash. */
function vouchedSeq(bytes: Buffer): number {
  let highest = 0;
  let previousEnd: number | undefined;
  let lineStart = 0;
  for (let lf = bytes.indexOf(0x0a); lf !== -1; lf = bytes.indexOf(0x0a, lineStart)) {
    if (isClosingLine(bytes, lineStart, lf)) {
      const end = lf + 1;
      const whole = previousEnd !== undefined && commitHash(bytes, previousEnd - hashTailBytes, end) === hashOf(bytes, end);
      if (whole) highest = Math.max(highest, syncOf(bytes, lineStart, end));
      previousEnd = end;
    }
    lineStart = lf + 1;
  }
  return highest;
}

const hashOf = (bytes: Buffer, end: number): string => bytes.toString("latin1", end - hashTailBytes, end - hashTailBytes + 16);

function syncOf(bytes: Buffer, lineStart: number, end: number): number {
  const digits = /,"sync":([0-9]{1,16})$/.exec(bytes.toString("latin1", Math.max(lineStart, end - closingBytes - 32), end - closingBytes))?.[1];
  return digits === undefined || readSeq(bytes, lineStart) === undefined ? 0 : Number(digits);
}

