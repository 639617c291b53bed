import { setImmediate as nextTurn } from "node:timers/promises";
import { isDaybookError } from "../../base/errors.js";
import { lastIndex } from "../bisect.js";
import { readSeq, readTime } from "../commit-scan.js";
import type { ScannedCommit } from "../commit-scan.js";
import type { ManifestEntry } from "../manifest.js";
import type { Head } from "../port.js";
import { asReadFailure } from "../file-system.js";
import { listSegments, segmentOf } from "../segment-list.js";
import { hintedPlace } from "../segment-reader.js";
import { SegmentWalker, segmentStart } from "../segment-walker.js";
import type { GoodEnd } from "../segment-walker.js";
import type { IndexedLog } from "./find-in-segments.js";

const chunkBytes = 512 * 1024;

/**
 * The seq of the last event that is not after a time, in a log that ends at `head`: by what the manifest says of sealed segments, and by the
 * places in the one that has it. What is left is walked, against its hashes, without parsing events.
 */
export async function seqAtTime(log: IndexedLog, head: Head, time: string): Promise<number> {
  if (head.time === undefined || time >= head.time) return head.seq;
  const entries = log.indexes.entries();
  const at = lastIndex(entries, ({ from }) => from <= time);
  if (at === -1 && entries.length > 0) return 0;
  const entry = entries[at];
  const whole = entry !== undefined && entry.to <= time && !hasGaps(entry);
  if (whole && at < entries.length - 1) return entry.last;
  const start = (): GoodEnd => {
    if (entry === undefined) return segmentStart(log.place, listSegments(log.place)[0] ?? 1);
    return whole ? segmentStart(log.place, entry.last + 1) : placeIn(log, entry, time);
  };
  return walkTo(log, start, time, whole ? entry.last : (entry?.first ?? 1) - 1);
}

const hasGaps = ({ first, last, count }: ManifestEntry): boolean => count !== last - first + 1;

function placeIn(log: IndexedLog, entry: ManifestEntry, time: string): GoodEnd {
  const found = log.indexes.ask(entry, (index) => index.placeAt(time));
  const place = found === undefined ? undefined : hintedPlace(log.place, { seq: found.seq, token: found.hash, hint: `${entry.first}:${found.offset}` });
  return place ?? segmentStart(log.place, entry.first);
}

/** @param before what is known to be not after the time, or before the segment: where nothing is found from `start` on */
async function walkTo(log: IndexedLog, start: () => GoodEnd, time: string, before: number): Promise<number> {
  let seq = before;
  let walker: SegmentWalker | undefined;
  let failure: unknown;
  try {
    const from = start();
    if (!from.fresh) seq = from.seq;
    walker = new SegmentWalker(log.place, from);
    for (let walked = walker.next(chunkBytes); walked !== undefined; walked = walker.next(chunkBytes)) {
      for (const commit of walked.commits) {
        if (commit.time > time) return lastInCommit(walked.bytes, commit, time) ?? seq;
        seq = commit.lastSeq;
      }
      await nextTurn();
    }
  } catch (error) {
    failure = asReadFailure(error);
    if (!isDaybookError(failure)) throw error;
  } finally {
    walker?.close();
  }
  // The log ends before its head: a reader says what stands there. Where a segment is missing, that is one at the end of those before.
  const reader = log.readFrom(() => walker?.end ?? segmentStart(log.place, segmentOf(listSegments(log.place), before + 1) ?? 1));
  if (reader === undefined) return seq;
  try {
    while (reader.pull() !== undefined) await nextTurn();
    if (reader.suspect) await log.confirm(reader);
    else if (isDaybookError(failure, "READ_FAILED")) throw failure;
  } finally {
    reader.close();
  }
  return seq;
}

/** Appends that share a commit may have different times. */
function lastInCommit(bytes: Buffer, commit: ScannedCommit, time: string): number | undefined {
  let seq: number | undefined;
  for (let start = commit.start; start < commit.end; start = bytes.indexOf(0x0a, start) + 1) {
    if ((readTime(bytes, start) ?? time) > time) break;
    seq = readSeq(bytes, start) ?? seq;
  }
  return seq;
}
