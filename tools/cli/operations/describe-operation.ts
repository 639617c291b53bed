import type { OperationRow, SessionRow, TempResourceRow } from "../../../src/operations.js";
import { aligned } from "../aligned.js";
import { sections } from "../checkpoints/sections.js";
import { coloursOf } from "../colours.js";
import { terminalWidth } from "../table.js";
import { clean, counted, duration, localTime, shorten } from "../text.js";
import type { ShownCall } from "./calls-of.js";
import { callsOf, spanOf, stateOf } from "./operations-table.js";
import { sessionsTable } from "./sessions-table.js";
import type { Sight } from "./sessions-table.js";
import { timeChart } from "./time-chart.js";

/** What there is to say of an operation. */
export interface ShownOperation {
  readonly operation: OperationRow;
  readonly sessions: readonly SessionRow[];
  readonly calls: readonly ShownCall[];
  readonly resources: readonly TempResourceRow[];
}

/** How to look at it. */
export interface View {
  readonly nowMs: number;
  /** At most so many calls, the newest. */
  readonly calls: number;
  readonly sees: (session: SessionRow) => Sight;
}

/** How wide a chart is where no terminal says. */
const widest = 100;
const longestError = 160;

/** Everything about an operation, as lines for a person. */
export async function describeOperation({ operation, sessions, calls, resources }: ShownOperation, { nowMs, calls: most, sees }: View): Promise<string[]> {
  const colours = coloursOf();
  const { cleanup, ended, aborted } = operation;
  const facts = aligned([
    ["what", clean(operation.description ?? "")],
    ["created", `${localTime(operation.time)} by ${clean(operation.initiator)}`],
    ["ended", ended === undefined ? "" : `${localTime(ended.time)} by ${clean(ended.by)}, after ${duration(spanOf(operation, nowMs))}${ended.forced === true ? ", with open calls cancelled" : ""}`],
    ["failed", ended?.reason === undefined ? "" : colours.red(clean(ended.reason))],
    ["cleaning up", cleanup === undefined || ended !== undefined ? "" : colours.yellow(`since ${localTime(cleanup.time)}: ${clean(cleanup.reason)}; ${cleanup.reported.length} of ${counted(cleanup.survivors.length, "session")} have reported`)],
    ["unreported", (ended?.unreported ?? []).map(clean).join(", ")],
    ["aborted", aborted === undefined ? "" : `${localTime(aborted.time)} by ${clean(aborted.by)}${aborted.reason === undefined ? "" : `: ${clean(aborted.reason)}`}`],
    ["calls", callsOf(operation)],
  ]);
  const shown = calls.slice(Math.max(0, calls.length - most));
  const bars = shown.map((call) => ({
    what: call.description ?? call.call,
    who: call.participant,
    fromMs: Date.parse(call.started),
    toMs: call.ended === undefined ? nowMs : Date.parse(call.ended),
    outcome: call.outcome,
  }));
  // The time in which something was done.
  const fromMs = bars[0]?.fromMs ?? 0;
  const chart = bars.length === 0 ? [] : timeChart(bars, { fromMs, toMs: bars.reduce((last, { toMs }) => Math.max(last, toMs), fromMs), columns: (terminalWidth() ?? widest) - 2, colours });
  const problems = shown.flatMap(({ call, description, error, outcome }) =>
    error === undefined ? [] : [`${clean(description ?? call)}: ${shorten(clean(`${error.name === undefined ? "" : `${error.name}: `}${error.message}`), longestError)}${outcome === "replaced" ? colours.dim(" (a fallback stands for it)") : ""}`],
  );
  return [
    `${colours.bold(clean(operation.operationId))}  ${stateOf(operation, colours)}`,
    ...facts.map((line) => `  ${line}`),
    ...sections(colours, [
      ["Calls", [...(shown.length < calls.length ? [colours.dim(`${counted(calls.length - shown.length, "earlier call")} left out: --calls`)] : []), ...chart]],
      ["Errors", problems],
      ["Sessions", sessions.length === 0 ? [] : await sessionsTable(sessions, nowMs, sees, colours)],
      ["Temporary resources that are still registered", resources.map(({ path, session, problem }) => `${clean(path)}  ${colours.dim(`of session ${clean(session)}`)}${problem === undefined ? "" : `  ${colours.red(clean(problem))}`}`)],
    ]),
  ];
}
