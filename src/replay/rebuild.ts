import type { Json } from "../events/recorded-event.js";
import type { LogBackend } from "../log/port.js";
import type { ProjectionEngine } from "../projections/engine.js";
import { Feed } from "../projections/feed.js";
import { FoldState } from "../projections/fold-state.js";
import type { EventReading } from "../projections/fold-state.js";
import type { Projection } from "../projections/projection.js";
import { compareJson } from "./compare-json.js";
import type { Difference } from "./compare-json.js";
import type { FoldingOptions } from "./fold-events.js";
import { foldLog } from "./fold-log.js";
import type { FoldsApart } from "./threads/folds-apart.js";
import type { ThreadOptions } from "./threads/fold-in-threads.js";

/** How far a rebuild is. */
export interface RebuildProgress {
  readonly projections: readonly string[];
  /** Events folded so far, of `total`. Begins anew where several threads were tried and could not do it. */
  readonly events: number;
  readonly total: number;
}

export interface RebuildOptions {
  /** Names. Default: all. */
  readonly projections?: readonly string[];
  /** Only compare: keep what is there, also where it differs. Default false. */
  readonly check?: boolean;
  /**
   * How many threads fold, the calling one included; 1 to 64. Default: as many as pay, which depends on the log's size and the processors.
   * Each folds a range of segments. Projections that are keyed by stream or have `combine` take part, if they are built in or come from
   * `loadProjections`; the calling thread folds the others. The outcome is the same.
   */
  readonly parallel?: number;
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
  /** So many threads folded it. */
  readonly threads: number;
  readonly projections: readonly RebuiltProjection[];
}

/**
 * Folds projections again from the first event and compares them with the views as they were served before. Without
 * `check`, snapshots are dropped, and the new folds take the place of the old ones. Each thread goes over the log once. Safe while
 * others append: the comparison is made at one seq. Without `apart`, this thread alone folds.
 */
export function rebuild(
  backend: LogBackend,
  engine: ProjectionEngine,
  reading: EventReading,
  options: RebuildOptions & Pick<ThreadOptions, "entry"> = {},
  apart?: FoldsApart,
): Promise<RebuildReport> {
  // One at a time: a second one would compare with what the first is about to drop.
  const report = (running.get(engine) ?? Promise.resolve()).then(() => rebuildNow(backend, engine, reading, options, apart));
  running.set(engine, report.catch(() => undefined));
  return report;
}

const running = new WeakMap<ProjectionEngine, Promise<unknown>>();

/** Projections folded up to a seq. */
interface Refolded {
  readonly states: readonly FoldState[];
  readonly threads: number;
  /** A feed that goes on with them; whoever asks for it closes it. */
  follow(): Feed | Promise<Feed>;
  close(): void;
}

async function rebuildNow(
  backend: LogBackend,
  engine: ProjectionEngine,
  reading: EventReading,
  options: RebuildOptions & Pick<ThreadOptions, "entry">,
  apart: FoldsApart | undefined,
): Promise<RebuildReport> {
  const definitions = [...new Set(options.projections ?? engine.names)].map((name) => engine.definition(name));
  const names = definitions.map(({ name }) => name);
  const served = await servedStates(backend, engine, names);
  const { onProgress } = options;
  const folding = { ...options, onProgress: (events: number) => onProgress?.({ projections: names, events, total: served.seq }) };
  const folded = (apart && (await inThreads(backend, reading, definitions, served.seq, apart, folding))) ?? (await here(backend, engine, reading, definitions, served.seq, folding));
  try {
    const projections = folded.states.map((state) => report(state, served.states.get(state.projection.name)));
    if (options.check !== true && names.length > 0) {
      // Threads keep no snapshots on their way. Those of a view that has not drifted are as good as new ones.
      const sound = projections.filter(({ name, drift, failure }) => served.states.has(name) && drift.length === 0 && failure === undefined);
      await replace(engine, await folded.follow(), folded.threads === 1 ? [] : sound.map(({ name }) => name));
      await backend.reindex?.(options.signal);
    }
    const ok = projections.every(({ drift, failure }) => drift.length === 0 && failure === undefined);
    return { ok, seq: served.seq, threads: folded.threads, projections };
  } finally {
    folded.close();
  }
}

async function replace(engine: ProjectionEngine, feed: Feed, keeping: readonly string[]): Promise<void> {
  try {
    await engine.replace(feed, keeping);
  } catch (error) {
    feed.reader.close();
    throw error;
  }
}

/** Folded by this thread. The log is read once: what was folded to compare with goes on as what is served. */
async function here(
  backend: LogBackend,
  engine: ProjectionEngine,
  reading: EventReading,
  definitions: readonly Projection[],
  to: number,
  options: FoldingOptions & Pick<RebuildOptions, "check">,
): Promise<Refolded> {
  const replacing = options.check !== true;
  if (replacing) engine.discardSnapshots(definitions.map(({ name }) => name));
  const feed = new Feed(
    await backend.reader(0),
    definitions.map((projection) => new FoldState(projection)),
  );
  let followed = false;
  const close = (): void => {
    if (!followed) feed.reader.close();
  };
  try {
    // The views as they were at earlier moments are kept on the way, as by every long fold.
    const beyond = await foldLog(backend, reading, feed, to, { ...options, ...(replacing ? { onFolded: () => engine.saveAtSeal(feed) } : {}) });
    const follow = (): Feed => {
      followed = true;
      feed.fold(beyond, reading);
      return feed;
    };
    return { states: feed.states, threads: 1, follow, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Folded by several threads; undefined where that does not come off. What was appended since is read by this one. */
async function inThreads(
  backend: LogBackend,
  reading: EventReading,
  definitions: readonly Projection[],
  to: number,
  apart: FoldsApart,
  options: ThreadOptions,
): Promise<Refolded | undefined> {
  if (options.parallel === 1) return undefined;
  const { foldInThreads } = await import("./threads/fold-in-threads.js");
  const folded = await foldInThreads({ backend, reading, projections: definitions, to, apart }, options);
  return folded && { ...folded, follow: async () => new Feed(await backend.reader(to), folded.states), close: () => undefined };
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
