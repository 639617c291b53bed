import { assertNever } from "../../../base/assert-never.js";
import type { CrashEvidence } from "../../../events/operation-events.js";
import type { OpenCallRow } from "../../../projections/views/open-calls.js";
import type { SessionRow } from "../../../projections/views/operation-sessions.js";
import type { SessionCommand } from "../commands.js";
import { cleanupStarted } from "./cleanup.js";
import { fitting } from "./fitting.js";
import type { OperationNews, OperationView } from "./view.js";

type ReportCrash = Extract<SessionCommand, { readonly kind: "report-crash" }>;

/**
 * `operation.crash-detected` for those that are open, and `call.crashed` for their calls. Where the crash is not contained the clean-up begins with it, coordinated by
 * the session that reports; in a clean-up that session takes the coordinator's place, if that is who died. Nothing where somebody else was first, or where they have
 * given a sign of life since.
 * @throws SessionInactiveError @throws SessionExpiredError
 */
export function decideReportCrash(view: OperationView, { session, crashed, evidence, lastBeats, cleanupWithinMs }: ReportCrash): readonly OperationNews[] {
  if (view.requireKnown(session).state === "closed") return [];
  const { operation } = view;
  const beatsSince = (one: string): boolean => (view.session(one)?.beat.seq ?? 0) > (lastBeats?.[one] ?? Infinity);
  const dead = operation.openSessions.filter((one) => one !== session && crashed.includes(one) && !beatsSince(one));
  if (dead.length === 0) return [];
  const rows = dead.flatMap((one) => view.session(one) ?? []);
  const calls = view.openCalls(dead);
  const events = [
    view.news("operation.crash-detected", { sessions: dead, evidence, observer: session }),
    ...calls.map(({ session: owner, call }) => view.news("call.crashed", { session: owner, call })),
  ];
  if (operation.cleanup !== undefined) {
    const { coordinator } = operation.cleanup;
    if (dead.includes(coordinator)) events.push(view.news("operation.coordinator-replaced", { coordinator: session, from: coordinator }));
  } else if (!isContained(rows, calls) || onlyRescuersAreLeft(view, dead)) {
    const crashedCalls = fitting(calls.filter(({ failOnCrash }) => failOnCrash).map(({ call }) => call));
    events.push(cleanupStarted(view, { coordinator: session, reason: reasonOf(rows, evidence), crashed: dead, crashedCalls, withinMs: cleanupWithinMs }));
  }
  return events;
}

/** True when the operation goes on without them: none has a call open that is to fail it; of a session without calls, its own word counts. */
function isContained(dead: readonly SessionRow[], calls: readonly OpenCallRow[]): boolean {
  return dead.every(({ session, failOnCrash }) => {
    const own = calls.filter((call) => call.session === session);
    return own.length === 0 ? !failOnCrash : own.every((call) => !call.failOnCrash);
  });
}

/** Nobody is there to go on with it. */
function onlyRescuersAreLeft(view: OperationView, dead: readonly string[]): boolean {
  return view.operation.openSessions.every((session) => dead.includes(session) || view.session(session)?.rescuer === true);
}

/** In words: who, and how that was seen. */
function reasonOf(dead: readonly SessionRow[], evidence: CrashEvidence): string {
  const names = [...new Set(dead.map(({ participant }) => participant))];
  const who = `${names.slice(0, 6).join(", ")}${names.length > 6 ? ` and ${names.length - 6} more` : ""}`;
  switch (evidence) {
    case "gone":
      return `${who} crashed: ${dead.length === 1 ? "its process is" : "their processes are"} gone`;
    case "silent":
      return `${who} crashed: silent for longer than promised`;
    default:
      return assertNever(evidence);
  }
}
