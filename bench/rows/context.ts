import type { Case, Metric } from "../row.js";
import type { Sizes } from "../sizes.js";

/** What rows are made from. */
export interface RowContext {
  readonly sizes: Sizes;
  /** Where a fixture is, or will be. */
  readonly fixture: (name: string) => string;
}

export const perSecond: Metric = { key: "perSecond", title: "per second", better: "higher" };
export const p50: Metric = { key: "p50us", title: "p50, µs", better: "lower" };
export const p99: Metric = { key: "p99us", title: "p99, µs", better: "lower" };
export const longest: Metric = { key: "maxMs", title: "longest, ms", better: "lower" };
export const peak: Metric = { key: "peakMb", title: "peak RSS, MB", better: "lower" };

/** One entry of a row's table of cases. */
export function oneCase(name: string, label: string, settings: string, program: string, args: Case["args"]): Case {
  return { name, label, settings, program, args };
}

export const daybookDurable = "durability fsync, schemas registered";
export const inThousands = (count: number): string => new Intl.NumberFormat("en").format(count);
