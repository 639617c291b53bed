/** What is made of measured values; pure. */

/** Ratios nearer to 1 than this, either way, are no finding on a shared machine. */
export const noiseFactor = 1.2;

/** A metric of one case over all rounds. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export type Verdict = "met" | "within noise" | "not met";

/** The middle value; of an even number of them, the mean of the middle two. @throws RangeError for none */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("median of no values");
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

export function summarise(values: readonly number[]): Summary {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/** The smallest of the values that at least a share `q` of them does not exceed. `sorted` rises. @throws RangeError for none */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  if (sorted.length === 0) throw new RangeError("quantile of no values");
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] as number;
}

/**
 * How many times better `one` did than `other`: of the medians, and the least and most of any round. Values of one index
 * were measured right after one another.
 */
export function ratio(one: readonly number[], other: readonly number[], better: "higher" | "lower"): Summary {
  if (one.length !== other.length) throw new RangeError("rounds do not match");
  const times = (a: number, b: number): number => (a === b ? 1 : better === "higher" ? a / b : b / a);
  const rounds = one.map((value, index) => times(value, other[index] as number));
  return { median: times(median(one), median(other)), min: Math.min(...rounds), max: Math.max(...rounds) };
}

/** True for a ratio that says nothing. */
export function isNoise(value: number): boolean {
  return value < noiseFactor && value > 1 / noiseFactor;
}

/** What reaches at least `target`. Short of it by less than noise, and reached in some round, is neither. */
export function atLeast(measured: Summary, target: number, exact = false): Verdict {
  if (measured.median >= target) return "met";
  return !exact && measured.median * noiseFactor > target && measured.max >= target ? "within noise" : "not met";
}

/** What stays at or below `target`. */
export function atMost(measured: Summary, target: number, exact = false): Verdict {
  if (measured.median <= target) return "met";
  return !exact && measured.median < target * noiseFactor && measured.min <= target ? "within noise" : "not met";
}
