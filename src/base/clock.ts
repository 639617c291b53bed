/** Milliseconds since 1970, as `Date.now` gives them. */
export type Clock = () => number;

/** What serves as a clock: a function that gives milliseconds or a Date, or an object with such a `now`. */
export type ClockOption = (() => number | Date) | { now(): number | Date };

/** Reads a clock, in milliseconds. What it shows is not looked at. Undefined for what is no clock. */
export function clockReader(clock: unknown): (() => unknown) | undefined {
  const object = (typeof clock === "object" && clock !== null ? clock : {}) as { now?: () => unknown };
  const read = typeof clock === "function" ? (clock as () => unknown) : typeof object.now === "function" ? (): unknown => object.now?.() : undefined;
  if (read === undefined) return undefined;
  return () => {
    const reading = read();
    return reading instanceof Date ? reading.getTime() : reading;
  };
}

/** Whether a reading is a time in milliseconds since 1970, in the years that ISO 8601 writes with four digits: times in the log have a fixed length. */
export const isTimeMs = (reading: unknown): reading is number => typeof reading === "number" && reading >= 0 && reading < 253_402_300_800_000;
