import type { RunFace } from "../operations.js";
import { objectModel } from "./object-model.js";
import type { ObjectModel } from "./object-model.js";
import type { Landing } from "./streams.js";

/** How many uids were given out, and which of them to which parameters. */
interface Allocations {
  readonly count: number;
  readonly byParam: Readonly<Record<number, number>>;
}

const nothingYet: Allocations = { count: 0, byParam: {} };

/** The uids of one scope: 1, 2, 3, and the same for the same parameters. */
export const allocatorModel = objectModel({
  name: "uids of",
  kinds: ["allocate", "find-or-allocate", "count-runs", "run-exists", "find-by-param"],
  objectOf: ({ input: { scope } }) => `${scope.identifier}/${scope.relpath}`,
  init: nothingYet,
  step: (state, operation) => {
    const { count, byParam } = state;
    switch (operation.kind) {
      case "allocate":
        return operation.output === undefined || operation.output === count + 1 ? { count: count + 1, byParam } : undefined;
      case "find-or-allocate": {
        const { output, input } = operation;
        const known = byParam[input.param];
        const uid = known ?? count + 1;
        if (output !== undefined && (output.uid !== uid || output.created !== (known === undefined))) return undefined;
        return known === undefined ? { count: uid, byParam: { ...byParam, [input.param]: uid } } : state;
      }
      case "count-runs":
        return operation.output === undefined || operation.output === count ? state : undefined;
      case "run-exists":
        return operation.output === undefined || operation.output === operation.input.uid <= count ? state : undefined;
      case "find-by-param":
        return operation.output === undefined || operation.output === (byParam[operation.input.param] ?? null) ? state : undefined;
    }
  },
  key: ({ count, byParam }) => `${count} ${JSON.stringify(byParam)}`,
});

interface LastReport extends RunFace {
  /** Where it stands in the log, if that is known. */
  readonly at: number;
}

const noReport: LastReport = { status: "PENDING", note: null, at: 0 };

/**
 * The last report on one run: a register. Many reports at once could be in any order; the log says in which they were, and that one
 * has to fit, which also keeps the search short.
 */
export function reportModel(landings: ReadonlyMap<string, Landing>): ObjectModel {
  return objectModel({
    name: "report on run",
    kinds: ["report", "read-run"],
    objectOf: ({ input: { run } }) => String(run),
    init: noReport,
    step: (state, operation) => {
      if (operation.kind === "report") {
        const at = landings.get(operation.op)?.first ?? state.at;
        return at < state.at ? undefined : { status: operation.input.status, note: operation.op, at };
      }
      const { output } = operation;
      return output === undefined || (output.status === state.status && output.note === state.note) ? state : undefined;
    },
    key: ({ status, note }) => `${status} ${note}`,
  });
}
