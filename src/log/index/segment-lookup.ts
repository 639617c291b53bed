import type { RecordedEvent } from "../../events/recorded-event.js";
import type { Cursor, EventQuery, Head } from "../port.js";
import { findInSegments } from "./find-in-segments.js";
import type { IndexedLog } from "./find-in-segments.js";
import { SegmentIndexes } from "./segment-indexes.js";
import { seqAtTime } from "./seq-at-time.js";

/** Finds things in a log of segment files by the indices of its sealed segments. Loaded when first needed. */
export class SegmentLookup {
  readonly #log: IndexedLog;

  constructor(log: Omit<IndexedLog, "indexes">) {
    this.#log = { ...log, indexes: new SegmentIndexes(log.place) };
  }

  /** @see LogBackend.find */
  find(query: EventQuery): AsyncIterable<RecordedEvent> {
    return findInSegments(this.#log, query);
  }

  /** @see LogBackend.lastSeqAt */
  seqAt(head: Head, time: string): Promise<number> {
    return seqAtTime(this.#log, head, time);
  }

  /** A place in a sealed segment, not behind a seq, from which to read on. */
  placeBefore(seq: number): Cursor | undefined {
    return this.#log.indexes.placeBefore(seq);
  }
}
