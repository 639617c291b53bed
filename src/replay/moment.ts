import type { Clock } from "../base/clock.js";
import { InvalidOptionError, MomentAheadError, preview } from "../base/errors.js";
import { lastSeqAt } from "../log/find-events.js";
import type { LogBackend } from "../log/port.js";

/** A moment of a log: a seq (0: before the first event), a Date, or an ISO 8601 text, which means the last event not after it. */
export type Moment = number | Date | string;

/** ISO 8601: a date, or a date and a time. */
const isoText = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/;

/**
 * The seq that a moment means.
 * @param field the option to name in errors
 * @throws InvalidOptionError for what is no moment @throws MomentAheadError for one that the log has not come to
 */
export async function seqOfMoment(backend: LogBackend, clock: Clock, moment: Moment, field = "moment"): Promise<number> {
  const time = typeof moment === "number" ? undefined : timeOfMoment(moment, field);
  if (time === undefined && (!Number.isSafeInteger(moment) || (moment as number) < 0)) {
    throw new InvalidOptionError(field, `must be a seq from 0 on, a Date or an ISO 8601 time, not ${preview(moment)}`);
  }
  const head = await backend.head();
  if (time === undefined) {
    if ((moment as number) > head.seq) throw new MomentAheadError(moment as number, head);
    return moment as number;
  }
  if (head.time !== undefined && time >= head.time) {
    if (Date.parse(time) > Math.max(clock(), Date.parse(head.time))) throw new MomentAheadError(time, head);
    return head.seq;
  }
  if (head.time === undefined && Date.parse(time) > clock()) throw new MomentAheadError(time, head);
  return lastSeqAt(backend, time);
}

/**
 * A time as the log writes it: UTC, milliseconds. Parts of a millisecond are cut off, so that nothing after it counts. Without a zone a text is local
 * time, a date is its beginning. @throws InvalidOptionError
 */
export function timeOfMoment(moment: Date | string, field: string): string {
  const ms = moment instanceof Date ? moment.getTime() : typeof moment === "string" ? msOf(moment) : NaN;
  // Years of four digits, as everywhere in the log.
  if (!(ms >= -62_167_219_200_000 && ms < 253_402_300_800_000)) throw new InvalidOptionError(field, `must be a seq from 0 on, a Date or an ISO 8601 time, not ${preview(moment)}`);
  return new Date(ms).toISOString();
}

function msOf(text: string): number {
  const [, date, time = "T00:00"] = isoText.exec(text) ?? [];
  const day = Date.parse(`${date}T00:00Z`);
  // A day that no month has would become one of the next.
  return Number.isNaN(day) || !new Date(day).toISOString().startsWith(date ?? "") ? NaN : Date.parse(`${date}${time}`);
}
