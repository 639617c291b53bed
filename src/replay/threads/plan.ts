import { isKeyed } from "../../projections/projection.js";
import type { Projection } from "../../projections/projection.js";

/** How much each thread should have to read: with less, starting it and bringing its rows back takes longer than it saves. */
const bytesPerThread = 32 * 1024 * 1024;
/** What comes after the threads have folded is done by one. */
const usefulThreads = 8;

/** With fewer processors threads are in each other's way, and in that of what the engine collects and compiles beside them: measured on two. */
const enoughProcessors = 4;

/** How many threads pay, the calling one included. */
export function threadsThatPay(logBytes: number, processors: number): number {
  if (processors < enoughProcessors) return 1;
  return Math.max(1, Math.min(usefulThreads, processors - 1, Math.floor(logBytes / bytesPerThread)));
}

/** A row of segments that one thread folds, by seqs, both inclusive. */
export interface SegmentRange {
  readonly first: number;
  readonly last: number;
}

/** Cuts segments, up to a seq, into at most `count` ranges of about as many bytes each. */
export function rangesOf(segments: readonly { readonly first: number; readonly bytes: number }[], to: number, count: number): SegmentRange[] {
  const used = segments.filter(({ first }) => first <= to);
  const total = used.reduce((sum, { bytes }) => sum + bytes, 0);
  const firsts: number[] = [];
  let before = 0;
  for (const { first, bytes } of used) {
    // By the middle of each segment: so that a long last one does not come too late.
    if (firsts.length < count && before + bytes / 2 >= (total * firsts.length) / count) firsts.push(first);
    before += bytes;
  }
  return firsts.map((first, index) => ({ first, last: Math.min(to, (firsts[index + 1] ?? Infinity) - 1) }));
}

/** How projections are folded by several threads. */
export interface Division<P> {
  /** Keyed by stream: folded range by range, and streams that go on from one range to the next once more from there on. */
  readonly split: readonly P[];
  /** With `combine`: folded range by range, and put together. */
  readonly combined: readonly P[];
}

/** Divides projections; those that `apart` says no of, and those that can be neither split nor combined, are folded whole by the calling thread. */
export function divide(projections: readonly Projection[], apart: (projection: Projection) => boolean): Division<Projection> & { readonly whole: readonly Projection[] } {
  const kinds = { split: [] as Projection[], combined: [] as Projection[], whole: [] as Projection[] };
  for (const projection of projections) kinds[apart(projection) ? kindOf(projection) : "whole"].push(projection);
  return kinds;
}

function kindOf(projection: Projection): "split" | "combined" | "whole" {
  if (isKeyed(projection) && projection.keyedBy === "stream" && projection.onlyWithId !== true) return "split";
  return projection.combine === undefined ? "whole" : "combined";
}
