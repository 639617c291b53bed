import type { CallRecord, OperationHistory, SessionRow } from "../../../src/operations.js";
import { aligned } from "../aligned.js";
import { sections } from "../checkpoints/sections.js";
import { coloursOf } from "../colours.js";
import { terminalWidth } from "../table.js";
import { clean, counted, duration, localTime, shorten } from "../text.js";
import { callsOf, spanOf, stateOf } from "./operations-table.js";
import { sessionsTable } from "./sessions-table.js";
import type { Sight } from "./sessions-table.js";
import { timeChart } from "./time-chart.js";
import type { Outcome } from "./time-chart.js";

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
export async function describeOperation({ operation, sessions, calls, resources }: OperationHistory, { nowMs, calls: most, sees }: View): Promise<string[]> {
  const colours = coloursOf();
  const { failure, aborted, endedAt, forced = false } = operation;
  const facts = aligned([
    ["what", clean(operation.description ?? "")],
    ["created", `${localTime(operation.startedAt)} by ${clean(operation.initiator)}`],
    ["ended", endedAt === undefined ? "" : `${localTime(endedAt)}, after ${duration(spanOf(operation, nowMs))}${forced ? ", with open calls cancelled" : ""}`],
    [endedAt === undefined ? "fails" : "failed", failure === undefined ? "" : colours.red(clean(failure.reason))],
    ["cleaned up by", failure?.coordinator === undefined ? "" : `session ${clean(failure.coordinator)}${endedAt === undefined ? `, since ${localTime(failure.time)}` : ""}`],
    ["unreported", (failure?.unreported ?? []).map(clean).join(", ")],
    ["aborted", aborted === undefined ? "" : `${localTime(aborted.time)} by ${clean(aborted.by)}${aborted.reason === undefined ? "" : `: ${clean(aborted.reason)}`}`],
    ["calls", callsOf(operation)],
  ]);
  const shown = calls.slice(Math.max(0, calls.length - most));
  const bars = shown.map((call) => ({
    what: nameOf(call),
    who: call.participant,
    fromMs: Date.parse(call.startedAt),
    toMs: call.endedAt === undefined ? nowMs : Date.parse(call.endedAt),
    outcome: outcomeOf(call),
  }));
  // The time in which something was done.
  const fromMs = bars.reduce((first, bar) => Math.min(first, bar.fromMs), bars[0]?.fromMs ?? 0);
  const chart = bars.length === 0 ? [] : timeChart(bars, { fromMs, toMs: bars.reduce((last, { toMs }) => Math.max(last, toMs), fromMs), columns: (terminalWidth() ?? widest) - 2, colours });
  const problems = shown.flatMap(({ error, outcome, ...call }) =>
    error === undefined ? [] : [`${clean(nameOf(call))}: ${shorten(clean(`${error.name === undefined ? "" : `${error.name}: `}${error.message}`), longestError)}${outcome === "ended" ? colours.dim(" (a fallback stands for it)") : ""}`],
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

/** What people called it, else its id. */
const nameOf = ({ callId, description = "" }: Pick<CallRecord, "callId" | "description">): string => (description.trim() === "" ? callId : description);

/** What ended by a fallback has not just ended. */
const outcomeOf = ({ outcome, error }: CallRecord): Outcome => (outcome === "ended" && error !== undefined ? "replaced" : outcome);
