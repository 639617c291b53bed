import { orderProblems } from "./real-time-order.js";
import type { Placed } from "./real-time-order.js";
import type { LogAtRest } from "./log-at-rest.js";
import type { Landing } from "./models/streams.js";
import { counterModel, idModel, streamModel } from "./models/streams.js";
import { allocatorModel, reportModel } from "./models/runs.js";
import type { ObjectVerdict } from "./models/object-model.js";
import type { Kind, Performed, Scope } from "./operations.js";

/** How long the search may take for one object. */
const timeLimitMs = 5000;

/** Operations that several can have had a hand in: nobody knows whose effect it was. */
const shared: ReadonlySet<Kind> = new Set<Kind>(["find-or-allocate", "append-once"]);
/** Operations whose own name stands in the log if, and only if, they took effect. */
const named: ReadonlySet<Kind> = new Set<Kind>(["allocate", "report", "append-expecting", "raise-counter", "transfer"]);

/** Each object of a round, checked for linearisability. */
export function checkObjects(history: readonly Performed[], { landings }: LogAtRest): ObjectVerdict[] {
  // What never returned and is known to have had no effect says nothing, and would make the search longer: each could be anywhere.
  const telling = history.filter(({ output, kind, op }) => output !== undefined || shared.has(kind) || (named.has(kind) && landings.has(op)));
  return [allocatorModel, reportModel(landings), streamModel(landings), idModel, counterModel].flatMap((model) => model.check(telling, timeLimitMs));
}

/** What a history and the log say of each other: what was acknowledged is there, where it was said to be, and in the order of time. */
export function holdAgainstLog(history: readonly Performed[], log: LogAtRest): string[] {
  const problems: string[] = [];
  const placed: Placed[] = [];
  for (const one of history) {
    const landing = landingOf(one, log);
    const problem = one.output === undefined ? undefined : acknowledgedProblem(one, landing, log);
    if (problem !== undefined) problems.push(`${one.op} (${one.kind}) ${problem}`);
    const { op, called, returned } = one;
    if (landing !== undefined) placed.push({ what: `${op} (${one.kind})`, place: landing.first, called, returned });
    if (one.kind === "head" && one.output !== undefined) placed.push({ what: `${op} (head)`, place: one.output.seq + 0.5, called, returned });
  }
  return [...problems, ...orderProblems(placed)];
}

/** Where the events of an operation stand; undefined for one that appended nothing. */
function landingOf(one: Performed, { landings, allocations }: LogAtRest): Landing | undefined {
  if (one.kind === "find-or-allocate") {
    const seq = one.output?.created === true ? allocations.get(runOf(one.input.scope, one.output.uid)) : undefined;
    return seq === undefined ? undefined : { first: seq, last: seq };
  }
  if (one.kind !== "append-once") return landings.get(one.op);
  // Whose of several it was is known only from the answer.
  const appended = one.output !== undefined && one.output !== "reused" && !one.output.duplicate;
  return appended ? landings.get(`${one.input.id}-${one.input.payload}`) : undefined;
}

const runOf = ({ identifier, relpath }: Scope, uid: number): string => `${identifier}${relpath === "" ? "" : `/${relpath}`}/${uid}`;

function acknowledgedProblem(one: Performed, landing: Landing | undefined, log: LogAtRest): string | undefined {
  switch (one.kind) {
    case "allocate": {
      const there = landing !== undefined && landing.first === log.allocations.get(runOf(one.input.scope, one.output as number));
      return there ? undefined : `gave uid ${one.output}, which is not in the log`;
    }
    case "find-or-allocate":
      return log.allocations.has(runOf(one.input.scope, one.output?.uid ?? 0)) ? undefined : `gave uid ${one.output?.uid}, which is not in the log`;
    case "report":
    case "raise-counter":
      return landing === undefined ? "was acknowledged and is not in the log" : undefined;
    case "append-expecting":
      if (one.output === undefined || !("conflict" in one.output)) return landingProblem(one.output, landing);
      return landing === undefined ? undefined : "was refused and is in the log";
    case "transfer":
      return landingProblem(one.output, landing);
    case "append-once":
      return one.output === undefined || one.output === "reused" ? undefined : landingProblem(one.output, log.landings.get(`${one.input.id}-${one.input.payload}`));
    case "read-balance":
      return one.output === 0 ? undefined : `saw an append in part: the balance was ${one.output}`;
    case "head": {
      const { seq, token } = one.output ?? { seq: 0, token: "" };
      return seq === 0 || log.commitEnds.get(seq) === token ? undefined : `was at seq ${seq} with token ${token}, where no commit of the log ends`;
    }
    case "count-runs":
    case "run-exists":
    case "find-by-param":
    case "read-run":
    case "read-stream":
    case "read-counter":
      return undefined;
  }
}

function landingProblem(said: Landing | undefined, landing: Landing | undefined): string | undefined {
  if (landing === undefined) return "was acknowledged and is not in the log";
  if (said?.first === landing.first && said.last === landing.last) return undefined;
  return `was acknowledged at seq ${said?.first} to ${said?.last}, and is at ${landing.first} to ${landing.last}`;
}
