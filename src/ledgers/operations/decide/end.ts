import { createHash } from "node:crypto";
import { CallsOpenError, NotInitiatorError, OperationClosedError } from "../../../base/errors.js";
import type { CleanupRow } from "../../../projections/views/operations.js";
import type { OutsideCommand } from "../commands.js";
import { shortened } from "./fitting.js";
import type { OperationNews, OperationView } from "./view.js";

type Complete = Extract<OutsideCommand, { readonly kind: "complete" }>;
type RequestAbort = Extract<OutsideCommand, { readonly kind: "request-abort" }>;

/**
 * `operation.completed`; open calls before it, cancelled, with `force`. Nothing where it is completed already.
 * @throws NotInitiatorError @throws CallsOpenError @throws OperationClosedError @throws SessionInactiveError @throws SessionExpiredError
 */
export function decideComplete(view: OperationView, { session, initiatorToken, force = false }: Complete): readonly OperationNews[] {
  const { id, operation } = view;
  const holdsToken = initiatorToken !== undefined && createHash("sha256").update(initiatorToken, "utf8").digest("hex") === operation.token;
  const row = session === undefined ? undefined : holdsToken ? view.session(session) : view.requireKnown(session);
  if (!holdsToken && row?.initiator !== true) throw new NotInitiatorError(id, operation.initiator);
  if (operation.state === "completed") return [];
  if (operation.state !== "running") throw new OperationClosedError(id, operation.state, "it cannot be completed");
  const calls = view.openCalls();
  if (calls.length > 0 && !force) throw new CallsOpenError(id, calls.slice(0, 100).map(({ call }) => call), "wait for them, or complete with force");
  const completed = { sessions: operation.openSessions, ...(session === undefined ? {} : { session }), ...(calls.length === 0 ? {} : { forced: true }) };
  return [...view.cancelled(calls, "the operation was completed"), view.news("operation.completed", completed)];
}

/**
 * `operation.abort-requested` or `operation.abort-withdrawn`; nothing where the flag stands so already. An operation that nobody is in fails with it.
 * @throws OperationClosedError once it has ended @throws SessionInactiveError @throws SessionExpiredError
 */
export function decideAbort(view: OperationView, { value, session, reason }: RequestAbort): readonly OperationNews[] {
  if (session !== undefined) view.requireKnown(session);
  const { id, operation } = view;
  if (view.ended) throw new OperationClosedError(id, operation.state, "it is too late to abort it");
  const who = session === undefined ? {} : { session };
  if (!value) return operation.aborted === undefined ? [] : [view.news("operation.abort-withdrawn", who)];
  const events: OperationNews[] = operation.aborted === undefined ? [view.news("operation.abort-requested", { ...who, ...(reason === undefined ? {} : { reason }) })] : [];
  if (operation.openSessions.length > 0) return events;
  const end = operation.cleanup === undefined ? failedByAbort(view, operation.aborted?.reason ?? reason) : failedAfterCleanup(view, operation.cleanup, []);
  return [...events, ...view.cancelled(view.openCalls(), "the operation was aborted"), end];
}

/** `operation.failed` of an aborted operation that nobody is in: there is nothing to clean up. */
export function failedByAbort(view: OperationView, reason: string | undefined): OperationNews {
  return view.news("operation.failed", { reason: reason === undefined ? "aborted" : `aborted: ${shortened(reason)}`, crashedCalls: [], sessions: [] });
}

/** `operation.failed` of an operation that nobody is in, and whose initiator did not leave it but died: nobody is there who would complete it. Else undefined. */
export function failedByDesertion(view: OperationView): OperationNews | undefined {
  const { initiatorSession } = view.operation;
  if (initiatorSession === undefined || view.session(initiatorSession)?.state !== "crashed") return undefined;
  return view.news("operation.failed", { reason: `its initiator ${view.operation.initiator} crashed, and everybody else has left`, crashedCalls: [], sessions: [] });
}

/** `operation.failed` at the end of a clean-up. `sessions`: those that are open. */
export function failedAfterCleanup(view: OperationView, { reason, crashedCalls, survivors, reported }: CleanupRow, sessions: readonly string[]): OperationNews {
  const unreported = survivors.filter((session) => !reported.includes(session));
  return view.news("operation.failed", { reason, crashedCalls, sessions, ...(unreported.length === 0 ? {} : { unreported }) });
}
