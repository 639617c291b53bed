import type { Json } from "../events/recorded-event.js";
import { findEvents } from "../log/find-events.js";
import type { LogBackend } from "../log/port.js";
import { FoldState } from "./fold-state.js";
import type { EventReading } from "./fold-state.js";
import { isKeyed } from "./projection.js";
import type { AnyKeyed, Projection } from "./projection.js";

/** Single rows of projections that are keyed by stream, each folded from the events of its stream alone. For logs that do not change any more. */
export class RowFinder {
  /** Rows by projection, then by stream. */
  readonly #found = new Map<Projection, Map<string, Promise<Json | undefined>>>();

  constructor(
    readonly backend: LogBackend,
    readonly reading: EventReading,
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
    const state = new FoldState(projection);
    for await (const event of findEvents(this.backend, { stream, from: 1, to })) {
      // Those below it belong to other rows.
      if (event.stream === stream) state.fold(event, this.reading);
      if (state.failure !== undefined) throw state.failure;
    }
    return state.rowsOf([stream])[0];
  }
}
