import { checkFunction, checkKnown, checkObject } from "../../base/checks.js";
import { InvalidOptionError, preview } from "../../base/errors.js";
import { reporter } from "./report.js";
import type { OnWarmStartError, Report } from "./report.js";
import { soundClock } from "./store-options.js";

/** How a session is opened. */
export interface WarmStartSessionOptions {
  /** Milliseconds from any beginning, never going back: what the limit is counted by. Default: the system's monotonic clock. */
  readonly clock?: () => number;
  /** Checkpoints that improve nothing are written no more often than this, in milliseconds. Default 2000. */
  readonly minIntervalMs?: number;
  /** Told of what went wrong with the store. Default: what the store has, else a warning of the process. */
  readonly onError?: OnWarmStartError;
}

/** @throws InvalidOptionError */
export function resolveSession(options: WarmStartSessionOptions, otherwise: Report): { readonly clock: () => number; readonly minIntervalMs: number; readonly report: Report } {
  checkObject(options);
  checkKnown(options, ["clock", "minIntervalMs", "onError"]);
  const { clock = () => performance.now(), minIntervalMs = 2000, onError } = options;
  checkFunction("clock", clock);
  if (!(typeof minIntervalMs === "number" && minIntervalMs >= 0)) throw new InvalidOptionError("minIntervalMs", `must be a number of milliseconds from 0 on, not ${preview(minIntervalMs)}`);
  return { clock: soundClock(clock, "milliseconds"), minIntervalMs, report: reporter(onError, otherwise) };
}
