import type { RecordedEvent } from "../events/recorded-event.js";
import { FoldState } from "../projections/fold-state.js";
import type { RunRow } from "../projections/views/run-row.js";
import { runsProjection } from "../projections/views/runs.js";
import { compareJson } from "./compare-json.js";
import type { Difference } from "./compare-json.js";
import { describeEvent } from "./describe-event.js";
import { eventsOf } from "./history.js";
import type { Trail } from "./history.js";
import { fieldsOfRun } from "./run-fields-set.js";
import type { TrailSource } from "./trail-source.js";

/** An event, and what it did. */
export interface HistoryChange {
  readonly event: RecordedEvent;
  /** Fields of the run's record that it changed; empty where it changed none, and for streams that are no run's. */
  readonly changes: readonly Difference[];
  /** One line for a person, without control characters. */
  readonly text: string;
}

/** What each event of a trail changed. @throws ProjectionFailedError where the view of runs cannot be folded @throws LogCorruptError */
export async function* changesOf(source: TrailSource, trail: Trail): AsyncGenerator<HistoryChange> {
  const runs = new RunFolds(source);
  // What was before the range has to be known to tell what changed in it.
  for await (const event of eventsOf(source, trail, 1)) {
    const { before, after } = runs.fold(event);
    if (event.seq < trail.range.from) continue;
    const changes = before === after ? [] : structuredClone(compareJson(fieldsOfRun(before), fieldsOfRun(after), Infinity).filter(isSaid));
    yield { event, changes, text: describeEvent(event, changes) };
  }
}

/** The records of the runs that a trail leads along, folded event by event. */
export class RunFolds {
  readonly #state = new FoldState(runsProjection);

  constructor(readonly source: Pick<TrailSource, "reading">) {
    // Rows that were shown are replaced, not changed: the one before an event can be held against the one after it.
    this.#state.rowsOf([]);
  }

  /** @throws ProjectionFailedError */
  fold(event: RecordedEvent): { readonly before: RunRow | undefined; readonly after: RunRow | undefined } {
    const row = (): RunRow | undefined => this.#state.rows.get(event.stream) as RunRow | undefined;
    const before = row();
    this.#state.fold(event, this.source.reading);
    if (this.#state.failure !== undefined) throw this.#state.failure;
    return { before, after: row() };
  }
}

/** A new run's lists and tables that nothing is in yet say nothing. */
const isSaid = ({ before, after }: Difference): boolean => before !== undefined || typeof after !== "object" || after === null || Object.keys(after).length > 0;
