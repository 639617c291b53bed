import type { Json } from "../events/recorded-event.js";
import type { LogBackend } from "../log/port.js";
import type { ProjectionEngine } from "../projections/engine.js";
import { FoldState } from "../projections/fold-state.js";
import type { EventReading } from "../projections/fold-state.js";
import type { Projection } from "../projections/projection.js";
import { compareJson } from "./compare-json.js";
import type { Difference } from "./compare-json.js";
import { foldLog } from "./fold-log.js";

/** How far a rebuild is. */
export interface RebuildProgress {
  readonly projections: readonly string[];
  /** Events folded so far, of `total`. */
  readonly events: number;
  readonly total: number;
}

export interface RebuildOptions {
  /** Names. Default: all. */
  readonly projections?: readonly string[];
  /** Only compare: keep what is there, also where it differs. Default false. */
  readonly check?: boolean;
  readonly onProgress?: (progress: RebuildProgress) => void;
  readonly signal?: AbortSignal;
}

/** One projection, refolded. */
export interface RebuiltProjection {
  readonly name: string;
  /** Rows of the refolded view; 1 for a projection with one state. */
  readonly rows: number;
  /** Events of its nouns that this release does not know; they were skipped. */
  readonly unknown: number;
  /** Where the view as served before differs from the one refolded from the log, at most 1,000 places. */
  readonly drift: readonly Difference[];
  /** Why it could not be folded. */
  readonly failure: string | undefined;
}

export interface RebuildReport {
  /** Nothing drifted, nothing failed. */
  readonly ok: boolean;
  /** The log was folded up to this seq. */
  readonly seq: number;
  readonly projections: readonly RebuiltProjection[];
}

/**
 * Folds projections again from the first event and compares them with the views as they were served before. Without
 * `check`, snapshots and folds are dropped, and the next query starts from the log. Safe while others append: the
 * comparison is made at one seq.
 */
export function rebuild(backend: LogBackend, engine: ProjectionEngine, reading: EventReading, options: RebuildOptions = {}): Promise<RebuildReport> {
  // One at a time: a second one would compare with what the first is about to drop.
  const report = (running.get(engine) ?? Promise.resolve()).then(() => rebuildNow(backend, engine, reading, options));
  running.set(engine, report.catch(() => undefined));
  return report;
}

const running = new WeakMap<ProjectionEngine, Promise<unknown>>();

async function rebuildNow(backend: LogBackend, engine: ProjectionEngine, reading: EventReading, options: RebuildOptions): Promise<RebuildReport> {
  const definitions = (options.projections ?? engine.names).map((name) => engine.definition(name));
  const served = await servedStates(engine, definitions);
  const fresh = definitions.map((projection) => new FoldState(projection));
  const names = definitions.map(({ name }) => name);
  const { signal, onProgress } = options;
  await foldLog(backend, reading, fresh, served.seq, {
    ...(signal === undefined ? {} : { signal }),
    onProgress: (events) => onProgress?.({ projections: names, events, total: served.seq }),
  });
  const projections = fresh.map((state) => report(state, served.states.get(state.projection.name)));
  if (options.check !== true) {
    for (const { name } of definitions) await engine.refold(name);
  }
  return { ok: projections.every(({ drift, failure }) => drift.length === 0 && failure === undefined), seq: served.seq, projections };
}

/** What the projections show now, all as of one seq. */
async function servedStates(engine: ProjectionEngine, definitions: readonly Projection[]): Promise<{ seq: number; states: Map<string, Json> }> {
  for (const { name } of definitions) await engine.start(name);
  await engine.catchUp();
  return engine.frozen(definitions.map(({ name }) => name));
}

function report(state: FoldState, before: Json | undefined): RebuiltProjection {
  const { projection, failure, unknown } = state;
  if (failure !== undefined) return { name: projection.name, rows: state.rows.size, unknown, drift: [], failure: failure.message };
  // What was never folded, or had failed, has nothing that could have drifted.
  const drift = before === undefined ? [] : compareJson(before, state.content);
  return { name: projection.name, rows: state.rows.size, unknown, drift, failure: undefined };
}
