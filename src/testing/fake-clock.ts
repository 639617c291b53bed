import type { Clock } from "../base/clock.js";

/** A clock that stands still until it is told to move. */
export interface FakeClock {
  /** For the `clock` option of {@link openMemoryDaybook} and `openDaybook`. */
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  now(): number;
  /** Moves on by so many milliseconds; back, when negative. */
  advance(ms: number): void;
}

/** A clock for tests, at `start`: milliseconds since 1970 or an ISO 8601 text. Default: 2026-01-01T00:00:00.000Z. */
export function fakeClock(start: number | string = "2026-01-01T00:00:00.000Z"): FakeClock {
  let now = typeof start === "number" ? start : Date.parse(start);
  if (!Number.isFinite(now)) throw new RangeError(`fakeClock: ${JSON.stringify(start)} is no time`);
  return { clock: () => now, now: () => now, advance: (ms) => void (now += ms) };
}
