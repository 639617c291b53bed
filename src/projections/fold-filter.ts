import type { EventFilter } from "../log/port.js";
import type { EventReading, FoldState } from "./fold-state.js";

/** What several folds need of the events, as of now: made anew for each batch, because types are registered and folds fail. */
export class FoldFilter implements EventFilter {
  readonly withId: boolean;
  readonly #wanted = new Map<string, boolean>();

  constructor(
    readonly states: readonly FoldState[],
    readonly reading: EventReading,
  ) {
    this.withId = states.some((state) => state.needsIds);
  }

  wants(type: string): boolean {
    let wanted = this.#wanted.get(type);
    if (wanted === undefined) {
      wanted = this.states.some((state) => state.needs(type, this.reading));
      this.#wanted.set(type, wanted);
    }
    return wanted;
  }
}
