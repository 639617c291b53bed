import type { SessionCommand } from "../commands.js";
import { failedAfterCleanup } from "./end.js";
import { fitting, shortened } from "./fitting.js";
import type { OperationNews, OperationView } from "./view.js";

type Of<Kind extends SessionCommand["kind"]> = Extract<SessionCommand, { readonly kind: Kind }>;

/** Why a clean-up begins, and with whom. `crashed`: sessions that are dead by the same append. */
export interface NewCleanup {
  readonly coordinator: string;
  readonly reason: string;
  readonly crashed: readonly string[];
  readonly crashedCalls: readonly string[];
  readonly withinMs: number;
  readonly failedCall?: string;
}

/** `operation.cleanup-started`. Whoever is in it has to report, but for rescuers: they have nothing of their own to clean up. */
export function cleanupStarted(view: OperationView, { coordinator, reason, crashed, crashedCalls, withinMs, failedCall }: NewCleanup): OperationNews {
  const survivors = view.operation.openSessions.filter((session) => !crashed.includes(session) && view.session(session)?.rescuer === false);
  return view.news("operation.cleanup-started", { coordinator, reason, survivors, crashedCalls, withinMs, ...(failedCall === undefined ? {} : { failedCall }) });
}

/** `participant.cleaned-up`, once for each survivor; nothing else. @throws SessionInactiveError @throws SessionExpiredError */
export function decideReportCleanup(view: OperationView, { session, problems }: Of<"report-cleanup">): readonly OperationNews[] {
  view.requireKnown(session);
  const { state, cleanup } = view.operation;
  if (state !== "cleanup" || cleanup?.survivors.includes(session) !== true || cleanup.reported.includes(session)) return [];
  return [view.news("participant.cleaned-up", { session, ...(problems.length === 0 ? {} : { problems: fitting(problems.map(shortened)) }) })];
}

/** `operation.coordinator-replaced`, where the coordinator's session is over; else nothing. @throws SessionInactiveError @throws SessionExpiredError */
export function decideTakeOver(view: OperationView, { session }: Of<"take-over">): readonly OperationNews[] {
  view.requireKnown(session);
  const { state, cleanup, openSessions } = view.operation;
  if (state !== "cleanup" || cleanup === undefined || openSessions.includes(cleanup.coordinator)) return [];
  return [view.news("operation.coordinator-replaced", { coordinator: session, from: cleanup.coordinator })];
}

/** `operation.failed`; open calls before it, cancelled. Nothing where the session does not coordinate a clean-up. @throws SessionInactiveError @throws SessionExpiredError */
export function decideFinishCleanup(view: OperationView, { session }: Of<"finish-cleanup">): readonly OperationNews[] {
  view.requireKnown(session);
  const { state, cleanup, openSessions } = view.operation;
  if (state !== "cleanup" || cleanup?.coordinator !== session) return [];
  return [...view.cancelled(view.openCalls(), "the operation failed"), failedAfterCleanup(view, cleanup, openSessions)];
}
