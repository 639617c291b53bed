import assert from "node:assert/strict";
import { isDaybookError } from "../base/errors.js";
import type { DaybookErrorCode } from "../base/errors.js";
import type { Decided } from "../decided.js";
import type { Json, JsonObject, NewEvent, RecordedEvent } from "../events/recorded-event.js";
import { FoldState } from "../projections/fold-state.js";
import type { EventReading } from "../projections/fold-state.js";
import type { Projection, StateOf, StatesOf } from "../projections/projection.js";

/** An event of the past, as a test tells it: what is left out is filled in (seq from 1, one second apart, by "test"). */
export type GivenEvent = NewEvent<string, object> & Partial<Omit<RecordedEvent, "data">>;

/** What a decision came to. Each check throws an AssertionError that shows the difference. */
export interface Outcome {
  /** Exactly these events, in this order. */
  thenEvents(expected: readonly NewEvent<string, object>[]): void;
  /** Exactly this result. */
  thenResult(expected: unknown): void;
  /** An error of this code instead. */
  thenThrows(code: DaybookErrorCode): void;
}

/** A projection after some events. */
export interface Given<P extends Projection> {
  /** What a decision sees: the rows, or the one state. */
  readonly state: StateOf<P>;
  /** Everything the projection holds: of a keyed one an object of its rows, else its state. */
  readonly rows: Json;
  /** What `view` shows. */
  readonly view: Json;
  /** Events of its nouns that it did not know. */
  readonly unknown: number;
  /** Decides on it. `decide` is what `Daybook.transact` takes. */
  when<Result>(decide: (states: StatesOf<[P]>) => Decided<Result>): Outcome;
}

/**
 * Folds events in memory, and lets a decision be tried on them.
 * @example givenEvents(stock, [{ stream: "item/1", type: "item.bought", data: { count: 3 } }]).when((states) => sell(states, 4)).thenEvents([]);
 * @throws ProjectionFailedError when the fold throws
 */
export function givenEvents<P extends Projection>(projection: P, events: readonly GivenEvent[]): Given<P> {
  const fold = new FoldState(projection);
  for (const event of recorded(events)) fold.fold(event, asGiven);
  if (fold.failure !== undefined) throw fold.failure;
  const state = fold.state as StateOf<P>;
  return {
    state,
    rows: fold.content,
    view: fold.view,
    unknown: fold.unknown,
    when: (decide) => outcomeOf(() => decide({ [projection.name]: state } as StatesOf<[P]>)),
  };
}

/** No registry stands behind given events: they are taken as they are, whatever their version. */
const asGiven: EventReading = { upcast: (event) => event, newestVersion: () => undefined };

/** Events as the log would hold them. */
function recorded(events: readonly GivenEvent[]): RecordedEvent[] {
  let seq = 0;
  return events.map((event) => {
    seq = event.seq ?? seq + 1;
    const time = new Date(Date.UTC(2026, 0, 1) + seq * 1000).toISOString();
    // Through JSON, like everything that is read from a log.
    const data = JSON.parse(JSON.stringify(event.data)) as JsonObject;
    return { time, v: 1, by: "test", ...event, seq, data };
  });
}

function outcomeOf<Result>(decide: () => Decided<Result>): Outcome {
  let decided: { readonly events: readonly NewEvent<string, object>[]; readonly result: unknown } | undefined;
  let failure: unknown;
  try {
    const value = decide();
    decided = "events" in value ? value : { events: value, result: undefined };
  } catch (error) {
    failure = error;
  }
  const made = (): NonNullable<typeof decided> => {
    if (decided === undefined) throw failure;
    return decided;
  };
  return {
    thenEvents: (expected) => assert.deepStrictEqual(made().events, expected),
    thenResult: (expected) => assert.deepStrictEqual(made().result, expected),
    thenThrows: (code) => {
      if (decided !== undefined) assert.fail(`expected ${code}, but the decision was ${JSON.stringify(decided.events)}`);
      if (!isDaybookError(failure, code)) throw failure;
    },
  };
}
