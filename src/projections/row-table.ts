import type { Json } from "../events/recorded-event.js";
import type { Rows } from "./projection.js";
import { SnapshotDamage } from "./snapshot.js";
import type { SnapshotRows } from "./snapshot.js";

/**
 * The rows of one projection: those of a snapshot, read when asked for, and what was folded since. Changes can be taken
 * back one by one, newest first. As long as rows are still in the snapshot, every call but `set` may throw SnapshotDamage.
 */
export class RowTable implements Rows<Json> {
  #rows = new Map<string, Json>();
  /** Keys taken away that the snapshot still has. One that comes back stays here: its row is a new one, behind all others. */
  readonly #gone = new Set<string>();
  #snapshot: SnapshotRows | undefined;
  #lookups = 0;
  #damaged = false;

  constructor(snapshot?: SnapshotRows) {
    this.#snapshot = snapshot;
  }

  /** Rows could not be read: there is no telling what this table holds. */
  get damaged(): boolean {
    return this.#damaged;
  }

  /** About how many rows there are; known without reading them. */
  get roughSize(): number {
    return Math.max(this.#rows.size, this.#snapshot?.count ?? 0);
  }

  get(key: string): Json | undefined {
    const row = this.#rows.get(key);
    if (row !== undefined || this.#snapshot === undefined || this.#gone.has(key)) return row;
    this.#lookups += 1;
    // So that single rows never cost more than twice as much as all of them.
    if (this.#lookups > this.#snapshot.parts) {
      this.load();
      return this.#rows.get(key);
    }
    const found = this.#reading(this.#snapshot, (snapshot) => snapshot.find(key));
    if (found !== undefined) this.#rows.set(key, found);
    return found;
  }

  set(key: string, row: Json | undefined): void {
    if (row === undefined) {
      this.#rows.delete(key);
      if (this.#snapshot !== undefined) this.#gone.add(key);
    } else {
      this.#rows.set(key, row);
    }
  }

  entries(): IterableIterator<[string, Json]> {
    this.load();
    return this.#rows.entries();
  }

  get size(): number {
    this.load();
    return this.#rows.size;
  }

  /** Reads what is still in the snapshot; from then on nothing is read any more. @throws SnapshotDamage */
  load(): void {
    if (this.#snapshot === undefined) return;
    const all = this.#reading(this.#snapshot, (snapshot) => snapshot.all());
    for (const key of this.#gone) all.delete(key);
    for (const [key, row] of this.#rows) all.set(key, row);
    this.#rows = all;
    this.#snapshot = undefined;
    this.#gone.clear();
  }

  #reading<T>(snapshot: SnapshotRows, read: (snapshot: SnapshotRows) => T): T {
    try {
      return read(snapshot);
    } catch (error) {
      if (error instanceof SnapshotDamage) this.#damaged = true;
      throw error;
    }
  }
}
