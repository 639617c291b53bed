import { checkLinearisable } from "./check.js";
import type { Verdict } from "./check.js";
import type { Call, SequentialModel } from "./model.js";

/** The calls of one object: a history is linearisable if those of each object are. */
export interface Partition<Input, Output> {
  readonly name: string;
  readonly calls: readonly Call<Input, Output>[];
}

/** Sorts calls by the object that they were made on. */
export function partitionsOf<Input, Output>(calls: readonly Call<Input, Output>[], objectOf: (input: Input) => string): Partition<Input, Output>[] {
  const byName = new Map<string, Call<Input, Output>[]>();
  for (const call of calls) {
    const name = objectOf(call.input);
    const known = byName.get(name);
    if (known === undefined) byName.set(name, [call]);
    else known.push(call);
  }
  return [...byName].map(([name, own]) => ({ name, calls: own }));
}

/** Checks each object for itself; the time limit is for each. */
export function checkPartitions<State, Input, Output>(
  model: SequentialModel<State, Input, Output>,
  partitions: readonly Partition<Input, Output>[],
  options: { readonly timeLimitMs?: number } = {},
): { readonly partition: Partition<Input, Output>; readonly verdict: Verdict<Input, Output> }[] {
  return partitions.map((partition) => ({ partition, verdict: checkLinearisable(model, partition.calls, options) }));
}

/** A history that is not linearisable, in words: the call that fits nowhere, what could be placed last, and what else was going on. */
export function describeStuck<Input, Output>({ stuck, placed }: Extract<Verdict<Input, Output>, { kind: "not-linearisable" }>): string {
  const last = placed.slice(-6).map(describeCall).join("; ");
  return `${describeCall(stuck)} fits nowhere after ${placed.length} calls that end in [${last}]`;
}

/** A call in a few words; times in microseconds. */
export function describeCall<Input, Output>({ client, input, output, called, returned }: Call<Input, Output>): string {
  const time = (at: number): string => (Number.isFinite(at) ? (at / 1000).toFixed(0) : "never");
  return `${client} ${JSON.stringify(input)} -> ${output === undefined ? "?" : JSON.stringify(output)} (${time(called)}..${time(returned)} us)`;
}
