import type { RecordedEvent } from "../events/recorded-event.js";
import type { LogBackend } from "../log/port.js";
import type { Feed } from "../projections/feed.js";
import { FoldFilter } from "../projections/fold-filter.js";
import type { EventReading } from "../projections/fold-state.js";
import { foldEvents } from "./fold-events.js";
import type { FoldingOptions } from "./fold-events.js";

/**
 * Folds a feed from where it stands up to a seq, inclusive. Its reader mostly ends further on: gives the events that were read
 * beyond the seq, and are not folded. `onFolded` is called where the feed stands at a commit's end. @throws LogCorruptError
 */
export function foldLog(backend: LogBackend, reading: EventReading, { reader, states }: Pick<Feed, "reader" | "states">, to: number, options: FoldingOptions = {}): Promise<readonly RecordedEvent[]> {
  const folding = {
    filter: () => new FoldFilter(states, reading),
    fold: (event: RecordedEvent) => {
      for (const state of states) state.fold(event, reading);
    },
  };
  return foldEvents(backend, reader, to, folding, options);
}
