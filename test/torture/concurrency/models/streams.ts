import { objectModel } from "./object-model.js";
import type { ObjectModel } from "./object-model.js";

/** Where the events of an append stand in the log as it was at the end. */
export interface Landing {
  readonly first: number;
  readonly last: number;
}

/**
 * A stream that is appended to by compare-and-append: all its seqs. Where a call that never returned landed is known from the log;
 * without that, the state after it would not be.
 */
export function streamModel(landings: ReadonlyMap<string, Landing>): ObjectModel {
  return objectModel({
    name: "stream",
    kinds: ["append-expecting", "read-stream"],
    objectOf: ({ input: { stream } }) => stream,
    init: [] as readonly number[],
    step: (state, operation) => {
      const last = state.at(-1) ?? 0;
      if (operation.kind === "read-stream") return operation.output === undefined || operation.output.join() === state.join() ? state : undefined;
      const { output, input } = operation;
      if (output !== undefined && "conflict" in output) return output.conflict === last && input.expect !== last ? state : undefined;
      const landed = output ?? landings.get(operation.op);
      if (landed === undefined) return state;
      return input.expect === last && landed.first > last ? [...state, ...seqsOf(landed)] : undefined;
    },
    key: (state) => state.join(),
  });
}

const seqsOf = ({ first, last }: Landing): number[] => Array.from({ length: last - first + 1 }, (_, index) => first + index);

/** One idempotency key: the payload that was first, or none. */
export const idModel = objectModel({
  name: "id",
  kinds: ["append-once"],
  objectOf: ({ input: { id } }) => id,
  init: 0,
  step: (winner, { input: { payload }, output }) => {
    if (output === undefined) return winner === 0 ? payload : winner;
    if (output === "reused") return winner !== 0 && winner !== payload ? winner : undefined;
    return output.duplicate ? (winner === payload ? winner : undefined) : winner === 0 ? payload : undefined;
  },
  key: String,
});

/** A counter that is raised by decisions on a projection. */
export const counterModel = objectModel({
  name: "counter",
  kinds: ["raise-counter", "read-counter"],
  objectOf: ({ input: { counter } }) => counter,
  init: 0,
  step: (value, operation) => {
    const next = operation.kind === "raise-counter" ? value + 1 : value;
    return operation.output === undefined || operation.output === next ? next : undefined;
  },
  key: String,
});
