import type { Json } from "../events/recorded-event.js";
import type { LogBackend } from "../log/port.js";
import type { ProjectionEngine } from "../projections/engine.js";
import { Feed } from "../projections/feed.js";
import { FoldState } from "../projections/fold-state.js";
import type { EventReading } from "../projections/fold-state.js";
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
 * `check`, snapshots are dropped, and the new folds take the place of the old ones. Goes over the log once. Safe while
 * others append: the comparison is made at one seq.
 */
export function rebuild(backend: LogBackend, engine: ProjectionEngine, reading: EventReading, options: RebuildOptions = {}): Promise<RebuildReport> {
  // One at a time: a second one would compare with what the first is about to drop.
  const report = (running.get(engine) ?? Promise.resolve()).then(() => rebuildNow(backend, engine, reading, options));
  running.set(engine, report.catch(() => undefined));
  return report;
}

const running = new WeakMap<ProjectionEngine, Promise<unknown>>();

async function rebuildNow(backend: LogBackend, engine: ProjectionEngine, reading: EventReading, options: RebuildOptions): Promise<RebuildReport> {
  const definitions = [...new Set(options.projections ?? engine.names)].map((name) => engine.definition(name));
  const names = definitions.map(({ name }) => name);
  const served = await servedStates(backend, engine, names);
  if (options.check !== true) engine.discardSnapshots(names);
  const feed = new Feed(
    await backend.reader(0),
    definitions.map((projection) => new FoldState(projection)),
  );
  const { signal, onProgress } = options;
  let followed = false;
  try {
    const beyond = await foldLog(backend, reading, feed, served.seq, {
      ...(signal === undefined ? {} : { signal }),
      // The views as they were at earlier moments are kept on the way, as by every long fold.
      ...(options.check === true ? {} : { onFolded: () => engine.saveAtSeal(feed) }),
      onProgress: (events) => onProgress?.({ projections: names, events, total: served.seq }),
    });
    const projections = feed.states.map((state) => report(state, served.states.get(state.projection.name)));
    if (options.check !== true && names.length > 0) {
      // The log is read once: what was folded to compare with goes on as what is served.
      feed.fold(beyond, reading);
      await engine.replace(feed);
      followed = true;
      await backend.reindex?.(signal);
    }
    return { ok: projections.every(({ drift, failure }) => drift.length === 0 && failure === undefined), seq: served.seq, projections };
  } finally {
    if (!followed) feed.reader.close();
  }
}

/** What the projections show now, all as of one seq. Those that nobody has asked for, and that no snapshot serves, show nothing. */
async function servedStates(
  backend: LogBackend,
  engine: ProjectionEngine,
  names: readonly string[],
): Promise<{ readonly seq: number; readonly states: ReadonlyMap<string, Json> }> {
  for (const name of names) await engine.resume(name);
  await engine.catchUp();
  // Before: where nothing is folded by now, nothing that is folded later is compared.
  const head = await backend.head();
  const { seq, states } = engine.frozen(names);
  return { seq: seq ?? head.seq, states };
}

function report(state: FoldState, before: Json | undefined): RebuiltProjection {
  const { projection, failure, unknown } = state;
  if (failure !== undefined) return { name: projection.name, rows: state.rows.size, unknown, drift: [], failure: failure.message };
  // What was never folded, or had failed, has nothing that could have drifted. A copy: the caller may do with it what he likes.
  const drift = before === undefined ? [] : structuredClone(compareJson(before, state.content));
  return { name: projection.name, rows: state.rows.size, unknown, drift, failure: undefined };
}
