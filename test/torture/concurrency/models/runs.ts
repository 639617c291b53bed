import type { RunFace } from "../operations.js";
import { objectModel } from "./object-model.js";

/** How many uids were given out, and which of them to which parameters. */
interface Allocations {
  readonly count: number;
  readonly byParam: Readonly<Record<number, number>>;
}

const nothingYet: Allocations = { count: 0, byParam: {} };
const noReport: RunFace = { status: "PENDING", note: null };

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

/** The last report on one run: a register. */
export const reportModel = objectModel({
  name: "report on run",
  kinds: ["report", "read-run"],
  objectOf: ({ input: { run } }) => String(run),
  init: noReport,
  step: (state, operation) => {
    if (operation.kind === "report") return { status: operation.input.status, note: operation.op };
    const { output } = operation;
    return output === undefined || (output.status === state.status && output.note === state.note) ? state : undefined;
  },
  key: ({ status, note }) => `${status} ${note}`,
});
