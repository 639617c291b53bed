import type { Json } from "../events/recorded-event.js";
import { findEvents } from "../log/find-events.js";
import type { LogBackend } from "../log/port.js";
import type { Beginnings } from "./beginnings.js";
import { FoldState } from "./fold-state.js";
import type { EventReading } from "./fold-state.js";
import { isKeyed } from "./projection.js";
import type { AnyKeyed, Projection } from "./projection.js";
import { SnapshotDamage } from "./snapshot.js";

/**
 * Single rows of projections that are keyed by stream, each folded from the row of the newest snapshot and the events of its stream behind
 * that. For logs that do not change any more.
 */
export class RowFinder {
  /** Rows by projection, then by stream. */
  readonly #found = new Map<Projection, Map<string, Promise<Json | undefined>>>();
  /** The newest snapshots that are whole as far as they were looked at; nothing is folded on them. Undefined: there is none. */
  readonly #bases = new Map<Projection, Promise<FoldState | undefined>>();

  constructor(
    readonly backend: LogBackend,
    readonly reading: EventReading,
    readonly beginnings: Beginnings,
  ) {}

  /** True for a projection whose rows can be found so. */
  finds(projection: Projection): projection is AnyKeyed {
    return isKeyed(projection) && projection.keyedBy === "stream";
  }

  /** @throws ProjectionFailedError when an event of one of these streams cannot be folded @throws LogCorruptError */
  async rows(projection: AnyKeyed, streams: readonly string[]): Promise<(Json | undefined)[]> {
    const rows: (Json | undefined)[] = [];
    for (const stream of streams) rows.push(await this.#row(projection, stream));
    return rows;
  }

  #row(projection: AnyKeyed, stream: string): Promise<Json | undefined> {
    const known = this.#found.get(projection) ?? new Map<string, Promise<Json | undefined>>();
    this.#found.set(projection, known);
    const row = known.get(stream) ?? this.#fold(projection, stream);
    known.set(stream, row);
    // A reading that failed may succeed later.
    row.catch(() => known.delete(stream));
    return row;
  }

  async #fold(projection: AnyKeyed, stream: string): Promise<Json | undefined> {
    const { seq: to } = await this.backend.head();
    const { row, seq } = await this.#begin(projection, stream);
    const state = new FoldState(projection);
    // A copy, which may be changed: a long fold of one row is quicker so.
    if (row !== undefined) state.rows.set(stream, structuredClone(row));
    if (seq < to) {
      for await (const event of findEvents(this.backend, { stream, from: seq + 1, to })) {
        // Those below it belong to other rows.
        if (event.stream === stream) state.fold(event, this.reading);
        if (state.failure !== undefined) throw state.failure;
      }
    }
    return state.rowsOf([stream])[0];
  }

  /** The row in the newest snapshot in which it can be read, and where that stands; without one nothing, before the first event. */
  async #begin(projection: AnyKeyed, stream: string): Promise<{ readonly row: Json | undefined; readonly seq: number }> {
    for (;;) {
      const base = await this.#base(projection);
      if (base === undefined) return { row: undefined, seq: 0 };
      try {
        return { row: base.rows.get(stream), seq: base.beganAt ?? 0 };
      } catch (error) {
        if (!(error instanceof SnapshotDamage)) throw error;
        this.beginnings.noteDamage(base);
        this.#bases.delete(projection);
      }
    }
  }

  #base(projection: AnyKeyed): Promise<FoldState | undefined> {
    const base = this.#bases.get(projection) ?? this.#loaded(projection);
    this.#bases.set(projection, base);
    base.catch(() => this.#bases.delete(projection));
    return base;
  }

  async #loaded(projection: AnyKeyed): Promise<FoldState | undefined> {
    const beginning = await this.beginnings.fromSnapshot(projection);
    beginning?.reader.close();
    return beginning?.state;
  }
}
