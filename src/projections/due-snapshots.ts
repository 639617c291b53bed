import type { Feed } from "./feed.js";
import type { FoldState } from "./fold-state.js";
import type { SnapshotStore } from "./snapshot.js";

/** Saves a snapshot of each fold that has folded `every` events since its last one, and as many as it is large. */
export function saveDueSnapshots(feeds: readonly Feed[], every: number, durableSeq: number, snapshots: SnapshotStore): void {
  for (const feed of feeds) {
    // Only what is durable: a power cut must not leave a snapshot ahead of its log.
    if (feed.reader.position.seq > durableSeq) continue;
    const since = (state: FoldState): number => feed.reader.position.seq - state.snapshotSeq;
    for (const state of feed.states) {
      if (state.stopped || since(state) < every || since(state) < state.rows.roughSize) continue;
      const { name, version } = state.projection;
      try {
        snapshots.save({ projection: name, version, at: feed.reader.position, unknown: state.unknown }, state.rows.entries());
      } catch {
        // A cache that cannot be written (a full disk) costs time at the next opening, and nothing else.
      }
      state.snapshotSeq = feed.reader.position.seq;
    }
  }
}
