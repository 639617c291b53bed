import type { Json } from "../events/recorded-event.js";
import type { Rows } from "./projection.js";
import type { SnapshotRows } from "./snapshot.js";

/** How many single rows are looked up in a snapshot's text before it is read as a whole. */
const lazyLookups = 8;

/**
 * The rows of one projection: those of a snapshot, read when asked for, and what was folded since. Changes can be taken
 * back one by one, newest first.
 */
export class RowTable implements Rows<Json> {
  #rows = new Map<string, Json>();
  /** Keys taken away that the snapshot still has. */
  readonly #gone = new Set<string>();
  #snapshot: SnapshotRows | undefined;
  #lookups = 0;

  constructor(snapshot?: SnapshotRows) {
    this.#snapshot = snapshot;
  }

  get(key: string): Json | undefined {
    const row = this.#rows.get(key);
    if (row !== undefined || this.#snapshot === undefined || this.#gone.has(key)) return row;
    this.#lookups += 1;
    if (this.#lookups > lazyLookups) {
      this.#readAll();
      return this.#rows.get(key);
    }
    const found = this.#snapshot.find(key);
    if (found !== undefined) this.#rows.set(key, found);
    return found;
  }

  set(key: string, row: Json | undefined): void {
    if (row === undefined) {
      this.#rows.delete(key);
      if (this.#snapshot !== undefined) this.#gone.add(key);
    } else {
      this.#rows.set(key, row);
      this.#gone.delete(key);
    }
  }

  entries(): IterableIterator<[string, Json]> {
    this.#readAll();
    return this.#rows.entries();
  }

  get size(): number {
    this.#readAll();
    return this.#rows.size;
  }

  #readAll(): void {
    if (this.#snapshot === undefined) return;
    const folded = this.#rows;
    const all = new Map<string, Json>();
    for (const [key, row] of this.#snapshot.all()) if (!this.#gone.has(key)) all.set(key, row);
    for (const [key, row] of folded) all.set(key, row);
    this.#rows = all;
    this.#snapshot = undefined;
    this.#gone.clear();
  }
}
