import { checkFunction, checkSignal } from "../../../base/checks.js";
import { InvalidOptionError, preview } from "../../../base/errors.js";
import { checkOptions } from "../../runs/run-input.js";
import { oneOf } from "../take-up-policy.js";
import type { MetricGoal } from "./best-run.js";
import type { SweepProgress } from "./sweep-tally.js";

/** How a sweep is run. */
export interface SweepRunOptions {
  /** How many sets are at work at a time in this call, from 1 to 10,000. Default 1. */
  readonly concurrency?: number;
  /** How many further attempts a set that fails gets in this call, each at once after the one before. Default 0. */
  readonly retries?: number;
  /** Told how far it is: at most every 100 ms, at least every second, and once at the end. What it throws stops the sweep. */
  readonly onProgress?: (progress: SweepProgress) => void;
  /** Stops: no further sets, those at work are told by their signal, and `run` rejects with its reason once they have settled. */
  readonly signal?: AbortSignal;
  /** The metric by which runs are compared, named as it was recorded, such as `"accuracy"` or `"val.acc"`; needs `goal`. Only numbers count. */
  readonly metric?: string;
  /** Which value of `metric` is the best one: the largest or the smallest. Nobody can tell by its name. */
  readonly goal?: "max" | "min";
  /** What to do about sets that other processes are at work on: wait until each is DONE, or take it up once it is free; or leave them. Default `"wait"`. */
  readonly ifLive?: "wait" | "skip";
  /** A sign of life of each run is promised at least this often, in milliseconds; see `Session.run`. Default 60,000. */
  readonly beatWithinMs?: number;
}

/** {@link SweepRunOptions}, checked. */
export interface SweepSettings {
  readonly concurrency: number;
  readonly retries: number;
  readonly onProgress: ((progress: SweepProgress) => void) | undefined;
  readonly signal: AbortSignal | undefined;
  readonly metric: MetricGoal | undefined;
  readonly ifLive: "wait" | "skip";
}

/** The names of all options. */
export const sweepRunFields: readonly (keyof SweepRunOptions)[] = ["concurrency", "retries", "onProgress", "signal", "metric", "goal", "ifLive", "beatWithinMs"];

/** @throws InvalidOptionError naming the field */
export function resolveSweepRun(options: SweepRunOptions): SweepSettings {
  checkOptions(options, sweepRunFields);
  checkFunction("onProgress", options.onProgress);
  checkSignal(options.signal);
  return {
    concurrency: whole("concurrency", options.concurrency ?? 1, 1, 10_000),
    retries: whole("retries", options.retries ?? 0, 0, 1_000_000),
    onProgress: options.onProgress,
    signal: options.signal,
    metric: resolveMetric(options.metric, options.goal),
    ifLive: oneOf("ifLive", options.ifLive ?? "wait", ["wait", "skip"]),
  };
}

function whole(field: string, value: unknown, from: number, to: number): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= from && value <= to) return value;
  throw new InvalidOptionError(field, `must be a whole number from ${from} to ${to}, not ${preview(value)}`);
}

function resolveMetric(name: unknown, goal: unknown): MetricGoal | undefined {
  if (name === undefined && goal === undefined) return undefined;
  if (name === undefined) throw new InvalidOptionError("goal", "belongs to a metric; name one with metric");
  if (typeof name !== "string" || name === "") throw new InvalidOptionError("metric", `must be the name of a metric, such as "accuracy", not ${preview(name)}`);
  if (goal === undefined) throw new InvalidOptionError("goal", `is needed beside metric ${preview(name)}: "max" or "min"`);
  return { name, goal: oneOf("goal", goal, ["max", "min"]) };
}
