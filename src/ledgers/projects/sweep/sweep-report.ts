import type { JsonObject } from "../../../events/recorded-event.js";
import type { BestRun } from "./best-run.js";
import type { SweepCounts } from "./sweep-tally.js";

/** So many failures are listed; all are counted, and all are in the log. */
export const maxFailures = 1000;

/** A set that has failed in this call, after its retries. */
export interface SweepFailure {
  /** The set's place in the sweep, from 0. */
  readonly index: number;
  readonly uid: string;
  readonly params: JsonObject;
  /** The last attempt, counted from 1 over all calls. */
  readonly attempt: number;
  /** What the last attempt threw; when it reported ERROR itself, that error as recorded. */
  readonly error: unknown;
}

/** How a sweep came out. Once `run` has resolved, `done + failed + elsewhere` is `total`. */
export interface SweepReport extends SweepCounts {
  /** The first thousand sets that have failed, in the order in which they did. */
  readonly failures: readonly SweepFailure[];
  /** By `metric`, of all sets that are DONE; absent when no metric was named, or no run has it. */
  readonly best?: BestRun;
  /** Milliseconds. */
  readonly elapsedMs: number;
}
