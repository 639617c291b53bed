import { setImmediate as nextTurn } from "node:timers/promises";
import type { RecordedEvent } from "../events/recorded-event.js";
import type { EventFilter, LogBackend, LogReader } from "../log/port.js";

/** Short enough that others get their turn every few milliseconds; much longer than most commits, because what is left of the last one is read again. */
export const batchBytes = 1024 * 1024;

/** How long a fold is gone on with. */
export interface FoldingOptions {
  readonly signal?: AbortSignal;
  /** Called after every batch, with the seq up to which everything is folded. What it throws ends the fold. */
  readonly onProgress?: (seq: number) => void;
  /** Called where the fold stands where its reader does. */
  readonly onFolded?: () => void;
}

/** Something that is fed with events. */
export interface Folding {
  /** What it needs to be fed with; asked for before each batch. */
  filter(): EventFilter;
  fold(event: RecordedEvent): void;
}

/**
 * Feeds a fold from where a reader stands up to a seq, inclusive. The reader mostly ends further on: gives the events that were read
 * beyond the seq, and are not folded. @throws LogCorruptError
 */
export async function foldEvents(backend: LogBackend, reader: LogReader, to: number, folding: Folding, { signal, onProgress, onFolded }: FoldingOptions = {}): Promise<readonly RecordedEvent[]> {
  let beyond: readonly RecordedEvent[] = [];
  while (reader.position.seq < to) {
    signal?.throwIfAborted();
    const batch = reader.pull(batchBytes, folding.filter());
    if (batch === undefined) {
      if (reader.suspect) await backend.confirm(reader);
      break;
    }
    for (const event of batch.events) {
      if (event.seq > to) break;
      folding.fold(event);
    }
    if (batch.end.seq <= to) onFolded?.();
    else beyond = batch.events.filter(({ seq }) => seq > to);
    onProgress?.(Math.min(to, batch.end.seq));
    await nextTurn();
  }
  return beyond;
}
