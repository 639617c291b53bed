import { setImmediate as nextTurn } from "node:timers/promises";
import type { LogBackend } from "../log/port.js";
import { FoldFilter } from "../projections/fold-filter.js";
import type { EventReading, FoldState } from "../projections/fold-state.js";

/** Short enough that others get their turn every few milliseconds; much longer than most commits, because what is left of the last one is read again. */
const batchBytes = 1024 * 1024;

/** Folds the log from its first event up to a seq, inclusive. @throws LogCorruptError */
export async function foldLog(
  backend: LogBackend,
  reading: EventReading,
  states: readonly FoldState[],
  to: number,
  options: { readonly signal?: AbortSignal; readonly onProgress?: (events: number) => void } = {},
): Promise<void> {
  const reader = await backend.reader(0);
  try {
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
      options.onProgress?.(Math.min(to, batch.end.seq));
      await nextTurn();
    }
  } finally {
    reader.close();
  }
}
