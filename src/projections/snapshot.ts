import type { Json } from "../events/recorded-event.js";
import type { Cursor } from "../log/port.js";

/** The rows of a snapshot, still as text. */
export interface SnapshotRows {
  /** Reads one row. */
  find(key: string): Json | undefined;
  /** Reads all rows, in their order. */
  all(): Iterable<[string, Json]>;
}

/** A projection's rows as of a place in the log. */
export interface Snapshot {
  readonly projection: string;
  readonly version: number;
  /** A commit's end; the log must have it, or the snapshot is of another log. */
  readonly at: Cursor;
  /** Events of its nouns that the projection did not know. */
  readonly unknown: number;
  readonly rows: SnapshotRows;
}

/** Where snapshots are kept. A cache: losing it loses nothing. */
export interface SnapshotStore {
  /** Snapshots of that name and version, newest first. Broken ones are left out. */
  load(projection: string, version: number): Iterable<Snapshot>;
  /** Kept snapshots of a projection that `load` leaves out although their version is right: why each cannot be used. */
  unusable(projection: string, version: number): Iterable<string>;
  /** Keeps a snapshot; older ones may go. */
  save(snapshot: Omit<Snapshot, "rows">, rows: Iterable<[string, Json]>): void;
  /** Removes all snapshots of a projection. @throws WriteFailedError */
  discard(projection: string): void;
}

/** Keeps nothing. */
export const noSnapshots: SnapshotStore = {
  load: () => [],
  unusable: () => [],
  save: () => undefined,
  discard: () => undefined,
};
