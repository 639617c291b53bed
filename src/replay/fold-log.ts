import { setImmediate as nextTurn } from "node:timers/promises";
import type { RecordedEvent } from "../events/recorded-event.js";
import type { LogBackend } from "../log/port.js";
import type { Feed } from "../projections/feed.js";
import { FoldFilter } from "../projections/fold-filter.js";
import type { EventReading } from "../projections/fold-state.js";

/** Short enough that others get their turn every few milliseconds; much longer than most commits, because what is left of the last one is read again. */
const batchBytes = 1024 * 1024;

/**
 * Folds a feed from where it stands up to a seq, inclusive. Its reader mostly ends further on: gives the events that were read
 * beyond the seq, and are not folded. `onFolded` is called where the feed stands at a commit's end. @throws LogCorruptError
 */
export async function foldLog(
  backend: LogBackend,
  reading: EventReading,
  { reader, states }: Feed,
  to: number,
  options: { readonly signal?: AbortSignal; readonly onProgress?: (events: number) => void; readonly onFolded?: () => void } = {},
): Promise<readonly RecordedEvent[]> {
  let beyond: readonly RecordedEvent[] = [];
  while (reader.position.seq < to) {
    options.signal?.throwIfAborted();
    const batch = reader.pull(batchBytes, new FoldFilter(states, reading));
    if (batch === undefined) {
      if (reader.suspect) await backend.confirm(reader);
      break;
    }
    for (const event of batch.events) {
      if (event.seq > to) break;
      for (const state of states) state.fold(event, reading);
    }
    if (batch.end.seq <= to) options.onFolded?.();
    if (batch.end.seq > to) beyond = batch.events.filter(({ seq }) => seq > to);
    options.onProgress?.(Math.min(to, batch.end.seq));
    await nextTurn();
  }
  return beyond;
}
