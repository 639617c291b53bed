import type { ArtifactStore } from "../../../artifacts/artifact-store.js";
import { checkFunction, checkSignal } from "../../../base/checks.js";
import { InvalidOptionError, preview } from "../../../base/errors.js";
import type { DaybookOptions } from "../../../daybook-options.js";
import { parseExperiment } from "../../../events/checkpoint-names.js";
import type { HashPart } from "../../../events/checkpoint-events.js";
import { checkOptions } from "../../runs/run-input.js";
import type { HashSettings } from "../hashing/hash-experiment.js";
import { hashSettings } from "../hashing/hash-options.js";
import { builtInOptimizers } from "../models/built-in.js";
import type { ModelAdapter, OptimizerAdapter } from "../models/model-adapter.js";

/** Two parts that share their 8 digits by chance. They are told apart by their whole digests. */
export interface HashCollision {
  readonly part: HashPart;
  /** The folder of the hash that was come to. */
  readonly hash: string;
  /** A folder of a hash with the other one. */
  readonly other: string;
}

/** How a checkpoint manager is opened. */
export interface CheckpointManagerOptions {
  /** The line of work, one part as of an identifier. Those of one root share its hashes. Default `"main"`. */
  readonly experiment?: string;
  /** Names of outermost keys of configurations that are not hashed, such as a log folder. Those that were there are recorded. Default: none. */
  readonly excludeKeys?: readonly string[];
  /** Who describes, saves and restores models of kinds that are not built in; asked before those that are. Default: none. */
  readonly adapters?: readonly ModelAdapter[];
  /** The same for optimizers. Default: none. */
  readonly optimizerAdapters?: readonly OptimizerAdapter[];
  /** Where the files go. Default: the daybook's root, below `checkpoints/`. */
  readonly artifacts?: ArtifactStore;
  /** How the daybook is opened, when the manager is opened from a folder. */
  readonly daybook?: DaybookOptions;
  /** Called when digits of a hash stand for another digest too. Default: a warning of the process. */
  readonly onCollision?: (collision: HashCollision) => void;
  /** Gives up what the manager's calls wait for. */
  readonly signal?: AbortSignal;
}

/** A manager's settings, checked. */
export interface ManagerSettings {
  readonly experiment: string;
  readonly hashing: HashSettings;
  readonly optimizers: readonly OptimizerAdapter[];
  readonly artifacts: ArtifactStore | undefined;
  readonly onCollision: (collision: HashCollision) => void;
  readonly signal: AbortSignal | undefined;
}

/** @internal */
export const managerOptions: readonly (keyof CheckpointManagerOptions)[] = ["experiment", "excludeKeys", "adapters", "optimizerAdapters", "artifacts", "daybook", "onCollision", "signal"];

/** @throws InvalidOptionError @throws InvalidIdError */
export function resolveManager(options: CheckpointManagerOptions, ownsDaybook: boolean): ManagerSettings {
  checkOptions(options, managerOptions);
  const { experiment = "main", excludeKeys, adapters, artifacts, onCollision = warn, signal } = options;
  checkSignal(signal);
  checkFunction("onCollision", onCollision);
  if (options.daybook !== undefined && !ownsDaybook) throw new InvalidOptionError("daybook", "says how a daybook is opened; this one is open");
  const hashing = hashSettings({ ...(excludeKeys === undefined ? {} : { excludeKeys }), ...(adapters === undefined ? {} : { adapters }) });
  const store = artifacts as Partial<ArtifactStore> | null | undefined;
  if (store !== undefined && (store === null || ![store.put, store.get, store.list, store.delete, store.locate].every((method) => typeof method === "function"))) {
    throw new InvalidOptionError("artifacts", "must be an artifact store, with put(), get(), list(), delete() and locate()");
  }
  return { experiment: parseExperiment(experiment), hashing, optimizers: resolveOptimizers(options.optimizerAdapters), artifacts, onCollision, signal };
}

function resolveOptimizers(given: unknown): readonly OptimizerAdapter[] {
  if (given === undefined) return builtInOptimizers;
  if (!Array.isArray(given)) throw new InvalidOptionError("optimizerAdapters", `must be a list, not ${preview(given)}`);
  (given as readonly (Partial<OptimizerAdapter> | null | undefined)[]).forEach((adapter, index) => {
    const { name, accepts, tensors, prepareRestore } = adapter ?? {};
    if (typeof name === "string" && [accepts, tensors, prepareRestore].every((method) => typeof method === "function")) return;
    throw new InvalidOptionError(`optimizerAdapters[${index}]`, "must be an adapter, with a name, accepts(), tensors() and prepareRestore()");
  });
  return [...(given as readonly OptimizerAdapter[]), ...builtInOptimizers];
}

function warn({ part, hash, other }: HashCollision): void {
  process.emitWarning(`The ${part} of hash ${hash} has the same 8 digits as that of ${other}, by chance: they are told apart by their whole digests`, { code: "DAYBOOK_HASH_COLLISION" });
}
