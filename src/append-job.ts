import type { AppendContext, AppendEvent, ExclusiveJob, Expectation, LogSection } from "./log/port.js";
import { checkExpectations } from "./log/staging.js";

/** Where an append went. `duplicate`: it was there already, under the same id. */
export interface Appended {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly duplicate: boolean;
}

const nothing: readonly AppendEvent[] = [];

/** Appends events that have been checked, if what the caller expects of the log holds. */
export class AppendJob implements ExclusiveJob<Appended> {
  readonly participates = false;

  #events: readonly AppendEvent[];

  constructor(
    readonly context: AppendContext,
    events: readonly AppendEvent[],
    readonly expect: readonly Expectation[],
    /** Called once the caller has its answer. */
    readonly settled: () => void,
  ) {
    this.#events = events;
  }

  get expects(): boolean {
    return this.expect.length > 0;
  }

  run(section: LogSection): Appended {
    if (this.expects) checkExpectations(this.expect, (stream) => section.lastSeqOf(stream));
    const { firstSeq, lastSeq } = section.append(this.#events);
    // Written once. What waits for the disk together would outlive a young generation of the heap.
    this.#events = nothing;
    return { firstSeq, lastSeq, duplicate: false };
  }
}
