import { CallsOpenError } from "../../../base/errors.js";
import type { SessionCommand } from "../commands.js";
import { failedAfterCleanup, failedByAbort, failedByDesertion } from "./end.js";
import { shortened } from "./fitting.js";
import type { OperationNews, OperationView } from "./view.js";

type Beat = Extract<SessionCommand, { readonly kind: "beat" }>;
type Leave = Extract<SessionCommand, { readonly kind: "leave" }>;

/** `heartbeat.recorded`. @throws SessionInactiveError @throws SessionExpiredError @throws OperationClosedError */
export function decideBeat(view: OperationView, { session, nextWithinMs, staleAfterMs }: Beat): readonly OperationNews[] {
  view.requireOpen(session);
  return [view.news("heartbeat.recorded", { session, nextWithinMs, staleAfterMs })];
}

/**
 * `participant.left`; its open calls before it, cancelled. A coordinator hands the clean-up over. Whoever leaves last ends it, or the operation, where that is
 * aborted or its initiator has crashed. Nothing where the operation has ended: the session is over with it.
 * @throws CallsOpenError @throws SessionInactiveError @throws SessionExpiredError
 */
export function decideLeave(view: OperationView, { session, cancelPendingCalls = false, reason, signal }: Leave): readonly OperationNews[] {
  if (view.requireKnown(session).state === "closed") return [];
  const { id, operation } = view;
  const calls = view.openCalls([session]);
  if (calls.length > 0 && !cancelPendingCalls) {
    throw new CallsOpenError(id, calls.slice(0, 100).map(({ call }) => call), "end them, or leave with cancelPendingCalls");
  }
  const left = view.news("participant.left", { session, ...(reason === undefined ? {} : { reason }), ...(signal === undefined ? {} : { signal }) });
  const events = [...view.cancelled(calls, reason === undefined ? "its session left" : shortened(reason)), left];
  const others = operation.openSessions.filter((one) => one !== session);
  const [next] = others;
  if (operation.cleanup === undefined) {
    const end = next !== undefined ? undefined : operation.aborted !== undefined ? failedByAbort(view, operation.aborted.reason) : failedByDesertion(view);
    if (end !== undefined) events.push(end);
  } else if (next === undefined) {
    events.push(failedAfterCleanup(view, operation.cleanup, []));
  } else if (operation.cleanup.coordinator === session) {
    events.push(view.news("operation.coordinator-replaced", { coordinator: next, from: session }));
  }
  return events;
}
