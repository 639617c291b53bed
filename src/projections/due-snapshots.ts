import type { LogBackend } from "../log/port.js";
import type { Feed } from "./feed.js";
import type { FoldState } from "./fold-state.js";
import type { SnapshotStore } from "./snapshot.js";

/** After how many folded events a snapshot pays, however small the projection is. */
const usually = 10_000;
const atClose = 500;
/** The same for the first one in a segment: those are kept for long, for questions about earlier moments. */
const atSeal = 500;

/** Saves snapshots of folds when they are due: after so many events, but never fewer than the fold has rows, so that saving costs less than folding. */
export class DueSnapshots {
  constructor(
    readonly backend: LogBackend,
    readonly snapshots: SnapshotStore,
  ) {}

  save(feeds: readonly Feed[]): void {
    for (const feed of feeds) this.#save(feed, usually);
  }

  saveAtClose(feeds: readonly Feed[]): void {
    for (const feed of feeds) this.#save(feed, atClose);
  }

  /** Saves what has come into another segment since its last snapshot, and nothing else: a long fold leaves one near each seal. */
  saveAtSeal(feed: Feed): void {
    this.#save(feed, Infinity);
  }

  #save(feed: Feed, every: number): void {
    if (!this.snapshots.keeps) return;
    const { position, segment } = feed.reader;
    // Only what is durable: a power cut must not leave a snapshot ahead of its log.
    if (position.seq > this.backend.durableSeq) return;
    for (const state of feed.states) {
      const since = position.seq - state.snapshotSeq;
      // Without a hint the place would have to be looked for: the next commit has one.
      const passedSeal = segment !== state.snapshotSegment && position.hint !== undefined;
      if (since < (passedSeal ? Math.min(atSeal, every) : every) || since < state.rows.roughSize || state.stopped) continue;
      this.#keep(feed, state);
    }
  }

  #keep({ reader: { position, segment } }: Feed, state: FoldState): void {
    const { name, version } = state.projection;
    try {
      this.snapshots.save({ projection: name, version, at: position, unknown: state.unknown }, state.rows.entries());
      state.savedSeqs.add(position.seq);
    } catch {
      // A cache that cannot be written (a full disk) costs time at the next opening, and nothing else.
    }
    state.snapshotSeq = position.seq;
    state.snapshotSegment = segment;
  }
}
