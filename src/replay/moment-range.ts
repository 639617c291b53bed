import type { Clock } from "../base/clock.js";
import type { Head, LogBackend } from "../log/port.js";
import { seqOfMoment, timeOfMoment } from "./moment.js";
import type { Moment } from "./moment.js";

/** A part of a log, both ends inclusive. */
export interface MomentRange {
  /** A seq, or a time: the first event whose `time` is not before it. Default: the first event. */
  readonly from?: Moment;
  /** A seq, or a time: the last event whose `time` is not after it. Default: the head. */
  readonly to?: Moment;
}

/** First and last seq, both inclusive; none where `from` is above `to`. */
export interface SeqRange {
  readonly from: number;
  readonly to: number;
}

/**
 * The seqs of a range. @param head the end of the log, where `to` is not given; default: as of now
 * @throws InvalidOptionError naming `from` or `to` @throws MomentAheadError
 */
export async function rangeOfMoments(backend: LogBackend, clock: Clock, { from, to }: MomentRange, head?: Promise<Head>): Promise<SeqRange> {
  const last = to === undefined ? (await (head ?? backend.head())).seq : await seqOfMoment(backend, clock, to, "to");
  return { from: from === undefined ? 1 : await firstSeqFrom(backend, clock, from), to: last };
}

async function firstSeqFrom(backend: LogBackend, clock: Clock, from: Moment): Promise<number> {
  const seq = await seqOfMoment(backend, clock, from, "from");
  if (typeof from === "number" || seq === 0) return Math.max(1, seq);
  // Several events may have that very time: the first of them is the one behind the last one before.
  const before = Date.parse(timeOfMoment(from, "from")) - (hasPartOfMillisecond(from) ? 0 : 1);
  return (await seqOfMoment(backend, clock, new Date(before), "from")) + 1;
}

/** Such a time lies behind every event of its millisecond. */
const hasPartOfMillisecond = (moment: Date | string): boolean => typeof moment === "string" && /\.\d{3}\d*[1-9]/.test(moment);
