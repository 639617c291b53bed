import { setImmediate as nextTurn } from "node:timers/promises";
import type { Json, RecordedEvent } from "../events/recorded-event.js";
import type { LogBackend } from "../log/port.js";
import { FoldFilter } from "../projections/fold-filter.js";
import { FoldState } from "../projections/fold-state.js";
import type { EventReading } from "../projections/fold-state.js";
import type { AnyKeyed } from "../projections/projection.js";
import type { SeqRange } from "./moment-range.js";

const [leastBytes, mostBytes] = [16 * 1024, 1024 * 1024];
/** About how long events are; reading a little too much costs little. */
const roughEventBytes = 512;

/**
 * Reads the events of a range in whole batches, in order; of those that `states` do not need some are left out.
 * @throws LogCorruptError
 */
export async function* batchesOf(
  { backend, reading }: { readonly backend: LogBackend; readonly reading: EventReading },
  { from, to }: SeqRange,
  states: readonly FoldState[],
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly RecordedEvent[]> {
  if (from > to) return;
  const reader = await backend.reader(from - 1);
  try {
    while (reader.position.seq < to) {
      signal?.throwIfAborted();
      const bytes = (to - reader.position.seq) * roughEventBytes;
      const batch = reader.pull(Math.min(mostBytes, Math.max(leastBytes, bytes)), new FoldFilter(states, reading));
      if (batch === undefined) {
        if (reader.suspect) await backend.confirm(reader);
        return;
      }
      yield batch.events.filter(({ seq }) => seq >= from && seq <= to);
      await nextTurn();
    }
  } finally {
    reader.close();
  }
}

/** Finds out which rows of a keyed projection events touch, by its own rules, and folds nothing. */
export class TouchedKeys {
  readonly state: FoldState;
  #fresh = new Set<string>();
  readonly #known = new Set<string>();

  constructor(
    readonly projection: AnyKeyed,
    readonly reading: EventReading,
  ) {
    const { name, version, types, asWritten, onlyWithId } = projection;
    this.state = new FoldState({
      name, version,
      ...(types === undefined ? {} : { types }),
      ...(asWritten === undefined ? {} : { asWritten }),
      ...(onlyWithId === undefined ? {} : { onlyWithId }),
      keys: (event) => {
        for (const key of projection.keys(event)) if (!this.#known.has(key)) this.#fresh.add(key);
        return [];
      },
      evolve: (row: Json | undefined) => row,
    });
  }

  /** The keys that these events touch, and none before them did. @throws ProjectionFailedError */
  of(events: readonly RecordedEvent[]): string[] {
    for (const event of events) this.state.fold(event, this.reading);
    if (this.state.failure !== undefined) throw this.state.failure;
    const fresh = [...this.#fresh];
    for (const key of fresh) this.#known.add(key);
    this.#fresh = new Set();
    return fresh;
  }
}
