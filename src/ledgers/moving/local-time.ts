import { InvalidOptionError, preview } from "../../base/errors.js";

/** A time zone: how far its clocks are ahead of UTC at a moment, in milliseconds. */
export interface TimeZone {
  /** As it was given; for the system's its IANA name. */
  readonly name: string;
  offsetAt(utcMs: number): number;
}

const quarterMs = 15 * 60 * 1000;
const dayMs = 24 * 60 * 60 * 1000;
const fixedPattern = /^(?:UTC|GMT)?([+-])([0-9]{2}):?([0-9]{2})$/;

/** The zone of a name such as `Europe/Berlin`, `UTC` or `+02:00`; undefined is the system's. @throws InvalidOptionError */
export function timeZone(name: unknown): TimeZone {
  if (name !== undefined && (typeof name !== "string" || name === "")) throw new InvalidOptionError("timeZone", `must be the name of a time zone, not ${preview(name)}`);
  const [, sign, hours, minutes] = fixedPattern.exec(name ?? "") ?? [];
  if (sign !== undefined) {
    const offset = (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
    if (Number(hours) > 14 || Number(minutes) > 59) throw new InvalidOptionError("timeZone", `is ${preview(name)}, and no zone is so far from UTC`);
    return { name: name as string, offsetAt: () => offset };
  }
  let format: Intl.DateTimeFormat;
  try {
    const fields = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" } as const;
    format = new Intl.DateTimeFormat("en-US", { ...fields, ...(name === undefined ? {} : { timeZone: name }), calendar: "gregory", numberingSystem: "latn", hourCycle: "h23" });
  } catch {
    throw new InvalidOptionError("timeZone", `is ${preview(name)}, which is no time zone: give an IANA name such as "Europe/Berlin", or an offset such as "+02:00"`);
  }
  // Clocks are set at full quarters of an hour, and asking costs microseconds each time.
  const known = new Map<number, number>();
  return {
    name: name ?? format.resolvedOptions().timeZone,
    offsetAt: (utcMs) => {
      const quarter = Math.floor(utcMs / quarterMs);
      const offset = known.get(quarter) ?? offsetBy(format, quarter * quarterMs);
      known.set(quarter, offset);
      return offset;
    },
  };
}

function offsetBy(format: Intl.DateTimeFormat, utcMs: number): number {
  const parts = Object.fromEntries(format.formatToParts(utcMs).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - utcMs;
}

/**
 * The moment at which a zone's clocks show a time, given as if it were UTC. A time that they show twice, when they are set back, is the first
 * one, unless only the second is not before `notBefore`. A time that they skip, when they are set forward, is read with the
 * offset from before: 02:30 is then 03:30.
 */
export function momentOf(shownMs: number, zone: TimeZone, notBefore = -Infinity): number {
  const before = zone.offsetAt(shownMs - dayMs);
  const after = zone.offsetAt(shownMs + dayMs);
  const moments = [...new Set([before, after])].map((offset) => shownMs - offset).filter((moment) => zone.offsetAt(moment) === shownMs - moment);
  const [first = shownMs - before, second = first] = moments.sort((one, other) => one - other);
  return first < notBefore && second >= notBefore ? second : first;
}

const timePattern = /^([0-9]{4})-([0-9]{2})-([0-9]{2})[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?(Z|[+-][0-9]{2}:?[0-9]{2})?$/i;

/** A time of a `metadata.json`, in milliseconds; digits beyond them are cut off. Naive: it says no offset from UTC. */
export interface WrittenTime {
  readonly shownMs: number;
  readonly naive: boolean;
}

/** Reads ISO 8601 as Python writes it; undefined for what is no time, or none of the years 1900 to 9999. */
export function parseWrittenTime(text: unknown): WrittenTime | undefined {
  const fields = typeof text === "string" ? timePattern.exec(text) : null;
  if (fields === null) return undefined;
  const [year, month, day, hour, minute, second] = fields.slice(1, 7).map((field: string | undefined) => Number(field ?? 0)) as [number, number, number, number, number, number];
  const [fraction = "", zone] = fields.slice(7, 9) as (string | undefined)[];
  const shownMs = Date.UTC(year, month - 1, day, hour, minute, second, Number(fraction.slice(0, 3).padEnd(3, "0")));
  const back = new Date(shownMs);
  // The 31st of June is none, and neither is 25 o'clock.
  const sound = year >= 1900 && back.getUTCMonth() === month - 1 && back.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  if (!sound) return undefined;
  if (zone === undefined) return { shownMs, naive: true };
  const [hours, minutes] = /^z$/i.test(zone) ? [0, 0] : [Number(zone.slice(1, 3)), Number(zone.slice(-2))];
  // As far as Python goes.
  if (hours > 23 || minutes > 59) return undefined;
  return { shownMs: shownMs - (zone.startsWith("-") ? -1 : 1) * (hours * 60 + minutes) * 60_000, naive: false };
}
