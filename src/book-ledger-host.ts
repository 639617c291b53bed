import { contextFor } from "./daybook-log.js";
import type { ResolvedOptions } from "./daybook-options.js";
import type { EngineCore } from "./engine-core.js";
import type { Json, NewEvent } from "./events/recorded-event.js";
import type { LedgerHost, LedgerWrite } from "./ledgers/ledger-host.js";
import type { AppendContext, LogSection } from "./log/port.js";
import type { PendingWork } from "./pending-work.js";
import type { Decision } from "./projections/engine.js";
import type { KeyedProjection, Projection, StatesOf } from "./projections/projection.js";
import { runEventTypes } from "./projections/views/runs.js";

/** What a handle lends to its ledgers. */
export interface LendingHandle extends Pick<LedgerHost, "context" | "metadataPath" | "past" | "onClose"> {
  readonly core: EngineCore;
  readonly options: ResolvedOptions;
  readonly context: AppendContext;
  readonly pending: PendingWork;
  /** @throws LogClosedError */
  readonly assertOpen: () => void;
  /** @throws LogClosedError @throws LogReadOnlyError */
  readonly assertWritable: () => void;
}

/** A handle as its ledgers see it. */
export function ledgerHost({ core, options, context, metadataPath, past, pending, assertOpen, assertWritable, onClose }: LendingHandle): LedgerHost {
  const { engine, registry } = core;
  return {
    root: core.root,
    readOnly: options.readOnly,
    metadataPath,
    past,
    clock: options.clock,
    context,
    transact: async <const P extends readonly Projection[], Result>(
      projections: P,
      decide: (states: StatesOf<P>, section: LogSection) => Decision<Result>,
      { types = runEventTypes, by, ...write }: LedgerWrite = {},
    ) => {
      assertWritable();
      const own = contextFor(context, write);
      const writing = by === undefined ? own : { ...own, by };
      const deciding = registry.ready(types).then(() =>
        engine.transact(projections, writing, (states, section) => {
          const decision = decide(states, section);
          for (const event of decision.events) registry.validate(event as NewEvent);
          return decision;
        }),
      );
      return pending.track(deciding);
    },
    query: (projection) => {
      assertOpen();
      return engine.query(projection.name);
    },
    lookUp: async <Row extends Json>(projection: KeyedProjection<Row>, keys: readonly string[]) => {
      assertOpen();
      return (await engine.lookUp(projection.name, keys)) as (Row | undefined)[];
    },
    folded: (projection) => engine.folded(projection.name),
    onClose,
  };
}
