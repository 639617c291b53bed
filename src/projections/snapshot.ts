import type { Json } from "../events/recorded-event.js";
import type { Cursor } from "../log/port.js";

/**
 * The rows of a snapshot, still where they are kept. What is read is checked first.
 * Both calls: @throws SnapshotDamage when what they have to read cannot be read, or is not as it was written
 */
export interface SnapshotRows {
  /** How many rows there are. */
  readonly count: number;
  /** About so many single rows cost as much as reading all of them once. */
  readonly parts: number;
  /** Reads one row, and as little else as can be checked. */
  find(key: string): Json | undefined;
  /** Reads all rows, in their order. */
  all(): Map<string, Json>;
}

/** A snapshot that was taken for whole turns out not to be. Never leaves the engine, which folds from elsewhere. */
export class SnapshotDamage extends Error {
  override readonly name = "SnapshotDamage";
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
  /** It keeps what is saved; where not, nothing has to be made ready for it. */
  readonly keeps: boolean;
  /** Snapshots of that name and version, newest first, none behind `notAfter`. Those that are seen to be broken are left out; their rows are not looked at. */
  load(projection: string, version: number, notAfter?: number): Iterable<Snapshot>;
  /**
   * Kept snapshots of a projection that cannot be used although their version is right: why not. Looks at every byte of the newest two, and
   * with `full` of all; else at the first and last lines of the others.
   */
  unusable(projection: string, version: number, full?: boolean): Iterable<string>;
  /** Keeps a snapshot; older ones may go. */
  save(snapshot: Omit<Snapshot, "rows">, rows: Iterable<[string, Json]>): void;
  /** Removes all snapshots of a projection but those at some seqs. @throws WriteFailedError */
  discard(projection: string, except?: ReadonlySet<number>): void;
}

/** Keeps nothing. */
export const noSnapshots: SnapshotStore = {
  keeps: false,
  load: () => [],
  unusable: () => [],
  save: () => undefined,
  discard: () => undefined,
};
