import { checkPartitions, describeStuck, partitionsOf } from "../linearisability/partitions.js";
import type { Call, SequentialModel } from "../linearisability/model.js";
import type { Answered, Kind, Operation, Performed } from "../operations.js";

/** What the check of one object said. */
export interface ObjectVerdict {
  readonly object: string;
  readonly calls: number;
  readonly kind: "linearisable" | "not-linearisable" | "unknown";
  /** Of one that is not linearisable: what fits nowhere. */
  readonly problem: string | undefined;
}

/** A sort of object, of which a history may have several. */
export interface ObjectModel {
  check(history: readonly Performed[], timeLimitMs: number): ObjectVerdict[];
}

/** Ties a model to the operations that it is about. `step` gets each with its answer. */
export function objectModel<State, const K extends Kind>(options: {
  readonly name: string;
  readonly kinds: readonly K[];
  readonly objectOf: (operation: Operation<K>) => string;
  readonly init: State;
  readonly step: (state: State, operation: Answered<K>) => State | undefined;
  readonly key: (state: State) => string;
}): ObjectModel {
  const { name, kinds, objectOf, init, step, key } = options;
  const model: SequentialModel<State, Operation<K>, Performed["output"]> = {
    name,
    init: () => init,
    step: (state, operation, output) => step(state, { ...operation, output }),
    key,
  };
  const known: ReadonlySet<string> = new Set(kinds);
  return {
    check: (history, timeLimitMs) => {
      const calls = history.filter(({ kind }) => known.has(kind)).map(callOf<K>);
      return checkPartitions(model, partitionsOf(calls, objectOf), { timeLimitMs }).map(({ partition, verdict }) => ({
        object: `${name} ${partition.name}`,
        calls: partition.calls.length,
        kind: verdict.kind,
        problem: verdict.kind === "not-linearisable" ? describeStuck(verdict) : undefined,
      }));
    },
  };
}

function callOf<K extends Kind>({ kind, op, input, output, client, called, returned }: Performed): Call<Operation<K>, Performed["output"]> {
  return { client, input: { kind, op, input } as unknown as Operation<K>, output, called, returned };
}
