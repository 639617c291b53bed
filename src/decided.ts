import { InvalidOptionError } from "./base/errors.js";
import type { NewEvent } from "./events/recorded-event.js";
import type { Projection, StatesOf } from "./projections/projection.js";

/** What a decision of an application gives: events, or events and a result. */
export type Decided<Result> = readonly NewEvent<string, object>[] | { readonly events: readonly NewEvent<string, object>[]; readonly result: Result };

/** States by projection name: typed for definitions, unknown for names. */
export type StatesByName<P extends readonly (Projection | string)[]> = StatesOf<Extract<P[number], Projection>[]> & {
  readonly [Name in Extract<P[number], string>]: unknown;
};

/** A decision in its long form. @throws InvalidOptionError for anything else, such as the promise of an asynchronous `decide` */
export function decisionOf<Result>(decided: Decided<Result>): { readonly events: readonly NewEvent[]; readonly result: Result } {
  if (Array.isArray(decided)) return { events: decided as readonly NewEvent[], result: undefined as Result };
  if (typeof decided === "object" && decided !== null && "events" in decided && Array.isArray(decided.events)) {
    return decided as { readonly events: readonly NewEvent[]; readonly result: Result };
  }
  throw new InvalidOptionError("decide", "must give a list of events, or { events, result }, and cannot be asynchronous");
}
