import { counters, idsPerRound, params, reportedRuns, scopes, streams } from "../operations.js";
import type { InputOf, Kind, Operation } from "../operations.js";
import type { Random } from "../random.js";

/** How often each kind is chosen; drawn for each round, so that some rounds quarrel about one thing alone. */
export type Mix = Readonly<Record<Kind, number>>;

/** What a client remembers between its operations. */
export interface Memory {
  /** The last seq it has seen of each stream. */
  readonly lastOf: Map<string, number>;
}

/** The next thing that a client does. */
export function chooseOperation(random: Random, mix: Mix, memory: Memory, op: string): Operation {
  const kind = random.weighted(mix);
  return { kind, op, input: choosers[kind](random, memory) } as Operation;
}

const choosers: { readonly [K in Kind]: (random: Random, memory: Memory) => InputOf<K> } = {
  allocate: (random) => ({ scope: random.pick(scopes) }),
  "find-or-allocate": (random) => ({ scope: random.pick(scopes), param: random.pick(params) }),
  "count-runs": (random) => ({ scope: random.pick(scopes) }),
  "run-exists": (random) => ({ scope: random.pick(scopes), uid: random.whole(1, 40) }),
  "find-by-param": (random) => ({ scope: random.pick(scopes), param: random.pick(params) }),
  report: (random) => ({ run: random.pick(reportedRuns), status: random.pick(["PENDING", "RUNNING", "DONE", "ERROR"] as const) }),
  "read-run": (random) => ({ run: random.pick(reportedRuns) }),
  "append-expecting": (random, { lastOf }) => {
    const stream = random.pick(streams);
    return { stream, expect: lastOf.get(stream) ?? 0 };
  },
  "read-stream": (random) => ({ stream: random.pick(streams) }),
  "append-once": (random) => ({ id: `once-${random.whole(1, idsPerRound)}`, payload: random.chance(0.8) ? 2 : 3 }),
  "raise-counter": (random) => ({ counter: random.pick(counters) }),
  "read-counter": (random) => ({ counter: random.pick(counters) }),
  transfer: (random) => {
    const amounts = Array.from({ length: random.whole(1, 4) }, () => random.whole(-50, 50));
    return { amounts: [...amounts, amounts.reduce((sum, amount) => sum - amount, 0)] };
  },
  "read-balance": () => ({}),
  head: () => ({}),
};
