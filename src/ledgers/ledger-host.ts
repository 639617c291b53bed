import type { Clock } from "../base/clock.js";
import type { Json } from "../events/recorded-event.js";
import type { AppendContext, AppendEvent, Durability, LogSection } from "../log/port.js";
import type { Decision, Transacted } from "../projections/engine.js";
import type { FoldState } from "../projections/fold-state.js";
import type { KeyedProjection, Projection, StatesOf } from "../projections/projection.js";

/** How one write differs from what the handle does otherwise. */
export interface WriteOptions {
  readonly durability?: Durability;
  readonly signal?: AbortSignal;
}

/** How a ledger's decision is appended. */
export interface LedgerWrite extends WriteOptions {
  /** The event types that the decision may append. Default: those of runs. */
  readonly types?: readonly string[];
  /** The participant in whose name it is appended, checked. Default: the handle's. */
  readonly by?: string;
}

/** What a ledger needs of the daybook it stands on. */
export interface LedgerHost {
  /** Absolute path of the root folder. */
  readonly root: string;
  readonly readOnly: boolean;
  /** It stands as of a moment that is past: the clock shows that one, and what processes do now says nothing. */
  readonly past: boolean;
  /** Where the runs are kept as a `metadata.json`, or would be. */
  readonly metadataPath: string;
  readonly clock: Clock;
  readonly context: AppendContext;
  /** Decides and appends as one exclusive step; every event is validated. */
  transact<const P extends readonly Projection[], Result>(
    projections: P,
    decide: (states: StatesOf<P>, section: LogSection) => Decision<Result>,
    options?: LedgerWrite,
  ): Promise<Transacted<Result>>;
  /** A projection, caught up. */
  query(projection: Projection): Promise<FoldState>;
  /** Some rows of a projection, caught up: little else of it is read. */
  lookUp<Row extends Json>(projection: KeyedProjection<Row>, keys: readonly string[]): Promise<(Row | undefined)[]>;
  /** A projection that was decided on, as it stands: everything this process has appended is in it. Reads nothing; undefined where it is not folded. */
  folded(projection: Projection): FoldState | undefined;
  /** Called when the daybook closes, before anything is closed. */
  onClose(callback: () => void | Promise<void>): void;
}

/** Events without a result. */
export const only = (events: readonly AppendEvent[]): Decision<undefined> => ({ events, result: undefined });
