import type { Clock } from "../base/clock.js";
import type { LogBackend } from "../log/port.js";
import { seqOfMoment } from "./moment.js";
import type { Moment } from "./moment.js";

/** A part of a log, both ends inclusive. */
export interface MomentRange {
  /** A seq, or a time: the first event whose `time` is not before it. Default: the first event. */
  readonly from?: Moment;
  /** A seq, or a time: the last event whose `time` is not after it. Default: the head. */
  readonly to?: Moment;
}

/** The first and the last seq of a range; nothing lies in it where `from` is above `to`. @throws InvalidOptionError @throws MomentAheadError */
export async function rangeOfMoments(backend: LogBackend, clock: Clock, { from, to }: MomentRange): Promise<{ readonly from: number; readonly to: number }> {
  const last = to === undefined ? (await backend.head()).seq : await seqOfMoment(backend, clock, to, "to");
  return { from: from === undefined ? 1 : await firstSeqOf(backend, clock, from), to: last };
}

async function firstSeqOf(backend: LogBackend, clock: Clock, from: Moment): Promise<number> {
  const seq = await seqOfMoment(backend, clock, from, "from");
  if (typeof from === "number") return Math.max(1, seq);
  // Times have milliseconds: the first event of this one comes behind the last of the one before.
  const before = Math.ceil(new Date(from).getTime()) - 1;
  return (await seqOfMoment(backend, clock, new Date(Math.max(before, earliest)), "from")) + 1;
}

/** The first millisecond of a year with four digits. */
const earliest = -62_167_219_200_000;
