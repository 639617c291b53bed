import type { ArtifactStore } from "../../artifacts/artifact-store.js";
import type { PartDigests } from "../../events/checkpoint-events.js";
import type { LedgerHost } from "../ledger-host.js";
import type { ModelAdapter, OptimizerAdapter } from "./models/model-adapter.js";

/** Where a manager stands: the hash that it came to last, by an update, by loading, or as it found the experiment when it began. */
export interface Position {
  readonly folder: string;
  readonly parts: PartDigests;
}

/** What calls use that are given nothing. */
export interface Registered {
  readonly models: Map<string, unknown>;
  readonly optimizers: Map<string, unknown>;
  config: object | undefined;
  dataState: unknown;
}

/** What the parts of a checkpoint manager share. */
export interface CheckpointContext {
  readonly host: LedgerHost;
  readonly artifacts: ArtifactStore;
  readonly experiment: string;
  /** Names of top-level keys of the configuration that are not hashed. */
  readonly excludeKeys: readonly string[];
  /** The caller's first, then the built-in ones. */
  readonly models: readonly ModelAdapter[];
  readonly optimizers: readonly OptimizerAdapter[];
  readonly registered: Registered;
  /** Undefined before the experiment's first hash. */
  position: Position | undefined;
  readonly signal: AbortSignal | undefined;
}
