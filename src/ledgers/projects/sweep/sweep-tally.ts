import type { BestRun } from "./best-run.js";

/** How the sets of a sweep stand, as far as this call has seen them. */
export interface SweepCounts {
  /** Sets of the sweep. */
  readonly total: number;
  /** Sets that are DONE, whoever ran them. */
  readonly done: number;
  /** Of these, how many were not run by this call: DONE before, by another process meanwhile, or by an equal set. */
  readonly reused: number;
  /** Sets that have failed in this call, after their retries. */
  readonly failed: number;
  /** Further attempts that this call has made at sets that had failed in it. */
  readonly retried: number;
  /** Sets that another process was at work on when they were last looked at (or an equal set of this call). */
  readonly elsewhere: number;
}

/** How far a sweep is. */
export interface SweepProgress extends SweepCounts {
  /** Sets at work in this call now. */
  readonly running: number;
  /** Sets per second that came to an end while this call ran, here or in processes that share the work; what was DONE before is no speed. 0 before the first. */
  readonly ratePerSecond: number;
  /** Milliseconds that the rest takes at this rate; undefined while there is none. */
  readonly remainingMs: number | undefined;
  /** By `metric`, of all sets that are DONE; absent when no metric was named, or no run has it. */
  readonly best?: BestRun;
  /** Milliseconds since `run` was called. */
  readonly elapsedMs: number;
}

/** What is counted while a sweep runs. */
export type SweepTally = { -readonly [Name in keyof (SweepCounts & Pick<SweepProgress, "running">)]: number };

export const emptyTally = (total: number): SweepTally => ({ total, done: 0, reused: 0, failed: 0, retried: 0, elsewhere: 0, running: 0 });

/** What there is to say at a moment. `ratePerSecond` is undefined while nothing has come to an end. */
export function progressOf(tally: SweepTally, best: BestRun | undefined, ratePerSecond: number | undefined, elapsedMs: number): SweepProgress {
  return {
    ...tally,
    ratePerSecond: ratePerSecond ?? 0,
    remainingMs: remaining(tally, ratePerSecond),
    ...(best === undefined ? {} : { best }),
    elapsedMs,
  };
}

function remaining({ total, done, failed }: SweepTally, ratePerSecond: number | undefined): number | undefined {
  const left = total - done - failed;
  if (left === 0) return 0;
  return ratePerSecond === undefined || ratePerSecond === 0 ? undefined : Math.round((left / ratePerSecond) * 1000);
}
