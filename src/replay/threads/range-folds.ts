import type { Json, RecordedEvent } from "../../events/recorded-event.js";
import type { EventFilter } from "../../log/port.js";
import { FoldFilter } from "../../projections/fold-filter.js";
import { FoldState } from "../../projections/fold-state.js";
import type { EventReading } from "../../projections/fold-state.js";
import type { Projection } from "../../projections/projection.js";
import { GaveUp } from "./gave-up.js";
import type { Division } from "./plan.js";
import { streamHash, streamHashOf } from "./stream-hash.js";

/** What was folded of a projection in one range. */
export interface RangeResult {
  readonly rows: (readonly [key: string, row: Json])[];
  /** Of one that is split: the seqs that brought the rows, rising. */
  readonly born: number[];
  unknown: number;
}

/** What a range holds: by projection, and how many events there were of each stream. */
export interface RangeContents {
  readonly results: ReadonlyMap<string, RangeResult>;
  readonly streams: ReadonlyMap<string, number>;
}

/** Folds of one range of the log, as if nothing were before it. */
export class RangeFolds {
  readonly #split: readonly { readonly state: FoldState; readonly bornAt: Map<string, number> }[];
  readonly #combined: readonly FoldState[];
  readonly #streams = new Map<string, number>();

  constructor(
    division: Division<Projection>,
    readonly reading: EventReading,
  ) {
    this.#split = division.split.map((projection) => ({ state: new FoldState(projection), bornAt: new Map() }));
    this.#combined = division.combined.map((projection) => new FoldState(projection));
  }

  filter(): EventFilter {
    return new FoldFilter([...this.#split.map(({ state }) => state), ...this.#combined], this.reading);
  }

  /** What is needed of the events of some streams. Others may come too. */
  filterOf(streams: ReadonlySet<string>): EventFilter {
    const hashes = new Set(Array.from(streams, streamHashOf));
    const wanted = new FoldFilter(this.#split.map(({ state }) => state), this.reading);
    return { withId: false, wants: (type) => wanted.wants(type), wantsStream: (bytes, start, end) => hashes.has(streamHash(bytes, start, end)) };
  }

  fold(event: RecordedEvent): void {
    for (const state of this.#combined) state.fold(event, this.reading);
    if (this.#split.length === 0) return;
    const { stream } = event;
    this.#streams.set(stream, (this.#streams.get(stream) ?? 0) + 1);
    for (const { state, bornAt } of this.#split) {
      const before = state.rows.size;
      state.fold(event, this.reading);
      if (state.rows.size > before) bornAt.set(stream, event.seq);
    }
  }

  /** @throws GaveUp when a fold has failed, or has rows of other keys than streams */
  contents(): RangeContents {
    this.check();
    const results = new Map<string, RangeResult>();
    for (const { projection, rows, unknown } of this.#combined) results.set(projection.name, { rows: [...rows.entries()], born: [], unknown });
    for (const { state, bornAt } of this.#split) {
      const rows = [...state.rows.entries()];
      results.set(state.projection.name, { rows, born: rows.map(([key]) => bornSeq(bornAt, key)), unknown: state.unknown });
    }
    return { results, streams: this.#streams };
  }

  /** @throws GaveUp when a fold has failed, which it may not have done behind other events */
  check(): void {
    if (this.#combined.some(({ stopped }) => stopped) || this.#split.some(({ state }) => state.stopped)) throw new GaveUp("a fold has failed");
  }
}

function bornSeq(bornAt: ReadonlyMap<string, number>, key: string): number {
  const seq = bornAt.get(key);
  if (seq === undefined) throw new GaveUp(`the row ${JSON.stringify(key)} is not of the stream that brought it`);
  return seq;
}
