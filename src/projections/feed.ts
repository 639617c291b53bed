import type { RecordedEvent } from "../events/recorded-event.js";
import type { LogReader } from "../log/port.js";
import { FoldFilter } from "./fold-filter.js";
import type { EventReading, FoldState, Undo } from "./fold-state.js";

/** One reading of the log and the folds that stand where it stands. */
export class Feed {
  readonly states: FoldState[];

  constructor(
    readonly reader: LogReader,
    states: readonly FoldState[],
  ) {
    this.states = [...states];
    for (const state of states) state.snapshotSegment ??= reader.segment;
  }

  fold(events: readonly RecordedEvent[], reading: EventReading, undo?: Undo[]): void {
    for (const event of events) for (const state of this.states) state.fold(event, reading, undo);
  }

  /** Folds the next commits; false at the good end. Reading and folding are one step: nothing is read and not folded. */
  pull(reading: EventReading, maxBytes?: number): boolean {
    const batch = this.reader.pull(maxBytes, new FoldFilter(this.states, reading));
    if (batch === undefined) return false;
    this.fold(batch.events, reading);
    return true;
  }

  /** Takes over the folds of a feed at the same place. */
  absorb(other: Feed): void {
    // Emptied, so that a catch-up which is under way for it folds nothing twice.
    this.states.push(...other.states.splice(0));
    other.reader.close();
  }

  /** Takes a fold out; false when none is left, and the feed is closed. */
  remove(state: FoldState): boolean {
    const index = this.states.indexOf(state);
    if (index !== -1) this.states.splice(index, 1);
    if (this.states.length > 0) return true;
    this.reader.close();
    return false;
  }
}
