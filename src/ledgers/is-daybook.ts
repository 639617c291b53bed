import type { Daybook } from "../daybook.js";

/** True for an open daybook, also of another copy of the package. */
export function isDaybook(value: unknown): value is Daybook {
  const { runs, log } = (typeof value === "object" && value !== null ? value : {}) as Partial<Daybook>;
  return typeof runs === "object" && typeof log === "object";
}
