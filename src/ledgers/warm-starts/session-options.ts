import { checkKnown, checkObject } from "../../base/checks.js";
import type { Clock, ClockOption } from "../../base/clock.js";
import { InvalidOptionError, preview } from "../../base/errors.js";
import { reporter } from "./report.js";
import type { OnWarmStartError, Report } from "./report.js";
import { soundClock } from "./store-options.js";

/** How a session is opened. */
export interface WarmStartSessionOptions {
  /** What the limit is counted by: milliseconds from any beginning, or a Date. Default: the clock of the store. */
  readonly clock?: ClockOption;
  /** Checkpoints that improve nothing are written no more often than this, in milliseconds. Default 2000. */
  readonly minIntervalMs?: number;
  /** Told of what went wrong with the store. Default: what the store has, else a warning of the process. */
  readonly onError?: OnWarmStartError;
}

/** @throws InvalidOptionError */
export function resolveSession(options: WarmStartSessionOptions, store: { readonly clock: Clock; readonly report: Report }): { readonly clock: Clock; readonly minIntervalMs: number; readonly report: Report } {
  checkObject(options);
  checkKnown(options, ["clock", "minIntervalMs", "onError"]);
  const { clock, minIntervalMs = 2000, onError } = options;
  if (!(typeof minIntervalMs === "number" && minIntervalMs >= 0)) throw new InvalidOptionError("minIntervalMs", `must be a number of milliseconds from 0 on, not ${preview(minIntervalMs)}`);
  return { clock: clock === undefined ? store.clock : soundClock(clock, "milliseconds", isReading), minIntervalMs, report: reporter(onError, store.report) };
}

const isReading = (reading: unknown): reading is number => Number.isFinite(reading);
