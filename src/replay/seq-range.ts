import type { Clock } from "../base/clock.js";
import type { Head, LogBackend } from "../log/port.js";
import { seqOfMoment } from "./moment.js";
import type { Moment } from "./moment.js";

/** First and last seq, both inclusive; none where `from` is above `to`. */
export interface SeqRange {
  readonly from: number;
  readonly to: number;
}

/**
 * The events from one moment to another: by time those whose `time` is neither before `from` nor after `to`.
 * @throws InvalidOptionError naming `from` or `to` @throws MomentAheadError
 */
export async function seqRange(backend: LogBackend, clock: Clock, { from, to }: { readonly from?: Moment | undefined; readonly to?: Moment | undefined }, head: Promise<Head>): Promise<SeqRange> {
  return {
    from: from === undefined ? 1 : await firstSeqFrom(backend, clock, from),
    to: to === undefined ? (await head).seq : await seqOfMoment(backend, clock, to, "to"),
  };
}

async function firstSeqFrom(backend: LogBackend, clock: Clock, from: Moment): Promise<number> {
  const seq = await seqOfMoment(backend, clock, from, "from");
  if (typeof from === "number" || seq === 0) return Math.max(1, seq);
  // Several events may have that very time: the first of them is the one behind the last one before.
  const justBefore = new Date((from instanceof Date ? from.getTime() : Date.parse(from)) - 1);
  return (await seqOfMoment(backend, clock, justBefore, "from")) + 1;
}
