import { defineProjection } from "../../../src/index.js";

/** What stands in the data of every event that a client appends: whose it is, and which of how many of its append. */
export interface EventMark {
  readonly op: string;
  readonly index: number;
  readonly of: number;
}

/** The value of each counter, by stream. */
export const countersProjection = defineProjection({
  name: "counters",
  version: 1,
  types: ["counter.raised"],
  keys: (event) => [event.stream],
  evolve: (_row: number | undefined, event) => event.data["value"] as number,
});

/** The sum of all amounts; 0 wherever an append ends. */
export const balanceProjection = defineProjection({
  name: "balance",
  version: 1,
  types: ["amount.moved"],
  initialState: 0,
  evolve: (sum: number, event) => sum + (event.data["amount"] as number),
});
