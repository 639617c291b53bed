import { CallSettledError, InvalidOptionError } from "../../../base/errors.js";
import { callKey } from "../../../projections/views/open-calls.js";
import type { OpenCallRow } from "../../../projections/views/open-calls.js";
import type { SessionCommand } from "../commands.js";
import { cleanupStarted } from "./cleanup.js";
import { fitting, shortened } from "./fitting.js";
import type { OperationNews, OperationView } from "./view.js";

type Of<Kind extends SessionCommand["kind"]> = Extract<SessionCommand, { readonly kind: Kind }>;

/** `call.started`. A call of the session that is open under that id is that one. @throws OperationClosedError @throws SessionInactiveError @throws SessionExpiredError */
export function decideStartCall(view: OperationView, { session, call, callKind, failOnCrash, description }: Of<"start-call">): readonly OperationNews[] {
  view.requireOpen(session);
  view.requireRunning();
  const known = view.states["open-calls"].get(callKey(view.id, call));
  if (known !== undefined) {
    if (known.session === session) return [];
    throw new InvalidOptionError("call", `${call} is open already, in session ${known.session}`);
  }
  return [view.news("call.started", { session, call, kind: callKind, failOnCrash, ...(description === undefined ? {} : { description }) })];
}

/** `call.ended`. @throws CallSettledError @throws SessionInactiveError @throws SessionExpiredError */
export function decideEndCall(view: OperationView, { session, call, result, replaced }: Of<"end-call">): readonly OperationNews[] {
  requireOpenCall(view, session, call);
  return [view.news("call.ended", { session, call, ...(result === undefined ? {} : { result }), ...(replaced === undefined ? {} : { replaced }) })];
}

/** `call.failed`; with it the clean-up begins, where the call is one that fails the operation. @throws CallSettledError @throws SessionInactiveError @throws SessionExpiredError */
export function decideFailCall(view: OperationView, { session, call, error, cleanupWithinMs }: Of<"fail-call">): readonly OperationNews[] {
  const { failOnCrash } = requireOpenCall(view, session, call);
  const failed = view.news("call.failed", { session, call, error });
  if (!failOnCrash || view.operation.state !== "running") return [failed];
  const reason = `Call ${call} failed: ${shortened(error.message)}`;
  return [failed, cleanupStarted(view, { coordinator: session, reason, crashed: [], crashedCalls: [], withinMs: cleanupWithinMs, failedCall: call })];
}

/** `call.cancelled`. @throws CallSettledError @throws SessionInactiveError @throws SessionExpiredError */
export function decideCancelCall(view: OperationView, { session, call, reason }: Of<"cancel-call">): readonly OperationNews[] {
  requireOpenCall(view, session, call);
  return [view.news("call.cancelled", { session, call, ...(reason === undefined ? {} : { reason }) })];
}

/** Bytes of a command line that the log keeps: the system takes some MiB. */
const maxCommandBytes = 64 * 1024;

/** `call.worker-started`. @throws CallSettledError @throws SessionInactiveError @throws SessionExpiredError */
export function decideWorkerStarted(view: OperationView, { session, call, pid, processStart, command }: Of<"worker-started">): readonly OperationNews[] {
  requireOpenCall(view, session, call);
  const told = fitting(command, maxCommandBytes);
  const rest = command.length - told.length;
  return [view.news("call.worker-started", { session, call, pid, processStart, command: rest === 0 ? told : [...told, `… ${rest} more`] })];
}

/** `call.worker-exited`, also of a call that is settled; nothing where the operation has ended. @throws SessionInactiveError @throws SessionExpiredError */
export function decideWorkerExited(view: OperationView, { session, call, pid, exitCode, signal }: Of<"worker-exited">): readonly OperationNews[] {
  if (view.requireKnown(session).state === "closed") return [];
  return [view.news("call.worker-exited", { session, call, pid, ...(exitCode === undefined ? {} : { exitCode }), ...(signal === undefined ? {} : { signal }) })];
}

/** A call of the session that is open. @throws CallSettledError @throws SessionInactiveError @throws SessionExpiredError */
function requireOpenCall(view: OperationView, session: string, call: string): OpenCallRow {
  view.requireKnown(session);
  const row = view.states["open-calls"].get(callKey(view.id, call));
  // Of an operation that has ended nothing is open, whatever another writer put behind its end.
  if (row === undefined || view.ended) throw new CallSettledError(call);
  if (row.session !== session) throw new InvalidOptionError("call", `${call} is one of session ${row.session}`);
  return row;
}
