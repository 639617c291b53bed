import type { Json } from "../events/recorded-event.js";
import type { AppendContext, Cursor, LogBackend } from "../log/port.js";
import type { Feed } from "./feed.js";
import type { FoldState } from "./fold-state.js";
import type { SnapshotStore } from "./snapshot.js";

/** After how many folded events a snapshot pays, however small the projection is. */
const usually = 10_000;
const atClose = 500;
/** The same for the first one in a segment: those are kept for long, for questions about earlier moments. */
const atSeal = 500;

/** Of the job that makes durable what a snapshot is to be made of. It appends nothing. */
const syncing: AppendContext = { by: "daybook", clock: Date.now, durability: "fsync", lockTimeoutMs: 10_000, clockGuard: () => undefined };

/** Saves snapshots of folds when they are due: after so many events, but never fewer than the fold has rows, so that saving costs less than folding. */
export class DueSnapshots {
  /** Where the log was made durable last for a snapshot. */
  #syncedFor = -Infinity;
  #syncing = false;

  constructor(
    readonly backend: LogBackend,
    readonly snapshots: SnapshotStore,
    /** The feeds that follow the log. */
    readonly feeds: () => readonly Feed[],
  ) {}

  /**
   * Saves what is due. Only what is durable is saved: a power cut must not leave a snapshot ahead of its log. Where writers do not wait for the disk
   * nothing would ever be: what is due there is made durable first, once in hundreds of events at most.
   */
  save(): void {
    if (!this.snapshots.keeps) return;
    for (const feed of this.feeds()) {
      const due = statesDue(feed, usually);
      if (feed.reader.position.seq <= this.backend.durableSeq) this.#keepAll(feed, due);
      else if (due.length > 0) this.#keepOnceDurable(feed, due);
    }
  }

  saveAtClose(): void {
    for (const feed of this.feeds()) this.#saveDurable(feed, atClose);
  }

  /** Saves what has come into another segment since its last snapshot, and nothing else: a long fold leaves one near each seal. */
  saveAtSeal(feed: Feed): void {
    this.#saveDurable(feed, Infinity);
  }

  #saveDurable(feed: Feed, every: number): void {
    if (this.snapshots.keeps && feed.reader.position.seq <= this.backend.durableSeq) this.#keepAll(feed, statesDue(feed, every));
  }

  #keepAll({ reader: { position, segment } }: Feed, states: readonly FoldState[]): void {
    for (const state of states) this.#keep(state, { at: position, segment, unknown: state.unknown, rows: () => state.rows.entries() });
  }

  /** Keeps what folds hold now, when it is durable. They go on meanwhile. */
  #keepOnceDurable({ reader: { position, segment } }: Feed, states: readonly FoldState[]): void {
    if (this.#syncing || position.seq < this.#syncedFor + atSeal) return;
    this.#syncing = true;
    this.#syncedFor = position.seq;
    const held = states.map((state) => ({ state, at: position, segment, unknown: state.unknown, rows: heldRows(state) }));
    const keep = (): void => {
      // One that a rebuild has replaced meanwhile may have been wrong.
      for (const { state, ...what } of held) if (this.feeds().some((feed) => feed.states.includes(state))) this.#keep(state, what);
    };
    // Who appends is told what keeps the log from being written; a snapshot less is no fault.
    const done = (): void => void (this.#syncing = false);
    this.backend.exclusive({ context: syncing, participates: false, run: () => undefined }).then(keep, () => undefined).finally(done);
  }

  #keep(state: FoldState, { at, segment, unknown, rows }: Held): void {
    const { name, version } = state.projection;
    try {
      this.snapshots.save({ projection: name, version, at, unknown }, rows());
      state.savedSeqs.add(at.seq);
    } catch {
      // A cache that cannot be written (a full disk) costs time at the next opening, and nothing else.
    }
    state.snapshotSeq = at.seq;
    state.snapshotSegment = segment;
  }
}

/** What a fold held at a place. */
interface Held {
  readonly at: Cursor;
  readonly segment: number | undefined;
  readonly unknown: number;
  /** @throws SnapshotDamage */
  readonly rows: () => Iterable<[string, Json]>;
}

/** The rows as they are now; read later. Those of a damaged snapshot cannot be had then either. */
function heldRows(state: FoldState): () => Iterable<[string, Json]> {
  try {
    const rows = state.shownRows();
    return () => rows;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

/** Which folds of a feed have gone on far enough since their last snapshot. */
function statesDue({ reader: { position, segment }, states }: Feed, every: number): FoldState[] {
  return states.filter((state) => {
    const since = position.seq - state.snapshotSeq;
    // Without a hint the place would have to be looked for: the next commit has one.
    const passedSeal = segment !== state.snapshotSegment && position.hint !== undefined;
    return since >= (passedSeal ? Math.min(atSeal, every) : every) && since >= state.rows.roughSize && !state.stopped;
  });
}
