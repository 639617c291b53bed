import { checkedFlag, checkKnown, checkObject, checkSignal } from "../../../base/checks.js";
import { InvalidOptionError, preview } from "../../../base/errors.js";
import { parseStep } from "../../../events/checkpoint-names.js";
import type { CheckpointContext } from "../context.js";
import type { Choice } from "./choose-checkpoint.js";
import type { RestoreTargets } from "./restore-targets.js";

/** How a checkpoint is loaded. */
export interface LoadOptions extends RestoreTargets {
  /** Put the state into this model. Default: what is registered, where something is. */
  readonly model?: unknown;
  /** Put it into the model registered under this name. Default: the name it was saved under; of what was saved without one, the only one registered. */
  readonly modelName?: string;
  readonly optimizer?: unknown;
  readonly optimizerName?: string;
  /** Also the optimizer's state. Default true. */
  readonly loadOptimizer?: boolean;
  /** A checkpoint of this hash. Default: the one that the manager is at. Loading one of another hash moves the manager, and its experiment, there. */
  readonly hash?: string;
  /** The same, as the former system calls it (seeds: checkpoint-v2). */
  readonly expHash?: string;
  /** Where files are damaged or missing, take the next best checkpoint of the hash that is intact. Default false: `ARTIFACT_CORRUPT`. */
  readonly fallback?: boolean;
  /** Put what was read where it belongs. Default true; false: it is only read, and nothing moves. */
  readonly apply?: boolean;
  readonly signal?: AbortSignal;
}

/** Which step is loaded. */
export interface LoadCheckpointOptions extends LoadOptions {
  /** Default: the latest. */
  readonly step?: number;
  /** Where that step was not saved, take the nearest, of two at the same distance the higher. Default false: `CHECKPOINT_NOT_FOUND`. */
  readonly nearest?: boolean;
}

/** By what the best checkpoint is told. */
export interface LoadBestOptions extends LoadOptions {
  /** A field of the metadata with a number in it, such as `loss`, or `eval.loss` for one deeper down. */
  readonly by: string;
  /** Which number is best. Default `min`. */
  readonly goal?: "min" | "max";
}

/** The same, with defaults. */
export interface ResolvedLoad extends RestoreTargets {
  readonly loadOptimizer: boolean;
  readonly fallback: boolean;
  readonly apply: boolean;
  readonly hash: string | undefined;
  readonly signal: AbortSignal | undefined;
}

const known: readonly (keyof LoadOptions)[] = ["model", "modelName", "optimizer", "optimizerName", "loadOptimizer", "hash", "expHash", "fallback", "apply", "signal"];

/** @param more the options that this way of loading has besides @throws InvalidOptionError naming the option, also one that is not known */
export function resolveLoad(context: Pick<CheckpointContext, "signal">, options: LoadOptions = {}, more: readonly string[] = []): ResolvedLoad {
  checkObject(options);
  checkKnown(options, [...known, ...more]);
  if (options.hash !== undefined && options.expHash !== undefined && options.hash !== options.expHash) throw new InvalidOptionError("expHash", "is another hash than the option hash: give one of them");
  const { loadOptimizer, fallback, apply, hash = options.expHash, signal = context.signal, model, modelName, optimizer, optimizerName } = options;
  checkSignal(signal);
  return {
    loadOptimizer: checkedFlag("loadOptimizer", loadOptimizer, true),
    fallback: checkedFlag("fallback", fallback),
    apply: checkedFlag("apply", apply, true),
    hash,
    signal,
    ...(model === undefined ? {} : { model }),
    ...(modelName === undefined ? {} : { modelName }),
    ...(optimizer === undefined ? {} : { optimizer }),
    ...(optimizerName === undefined ? {} : { optimizerName }),
  };
}

/** @throws InvalidOptionError naming the option */
export function choiceOf(options: LoadCheckpointOptions = {}): Choice {
  checkObject(options);
  const nearest = checkedFlag("nearest", options.nearest);
  if (options.step !== undefined) return { kind: nearest ? "nearest" : "exact", step: parseStep(options.step) };
  if (nearest) throw new InvalidOptionError("step", "must say which step the checkpoint is to be nearest to");
  return { kind: "latest" };
}

/** @throws InvalidOptionError naming the option */
export function bestChoice(options: LoadBestOptions): Choice {
  checkObject(options);
  const { by, goal = "min" } = options;
  if (typeof by !== "string" || by === "") throw new InvalidOptionError("by", `must name a field of the metadata, not be ${preview(by)}`);
  if (goal !== "min" && goal !== "max") throw new InvalidOptionError("goal", `must be "min" or "max", not ${preview(goal)}`);
  return { kind: "best", by, goal };
}
