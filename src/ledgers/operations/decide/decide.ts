import { assertNever } from "../../../base/assert-never.js";
import type { OperationCommand } from "../commands.js";
import { decideCreate, decideJoin } from "./begin.js";
import { decideCancelCall, decideEndCall, decideFailCall, decideStartCall, decideWorkerExited, decideWorkerStarted } from "./calls.js";
import { decideFinishCleanup, decideReportCleanup, decideTakeOver } from "./cleanup.js";
import { decideReportCrash } from "./crash.js";
import { decideAbort, decideComplete } from "./end.js";
import { decideRegisterResource, decideReleaseResource, decideResourceRemoved } from "./resources.js";
import { decideBeat, decideLeave } from "./session.js";
import { OperationView } from "./view.js";
import type { OperationNews, OperationStates } from "./view.js";

/**
 * What follows from a command, on what the log says of the operation: events that are appended together, or none where it is so already. Pure.
 * `by`: the participant that asks; it speaks for its own sessions only.
 * @throws OperationNotFoundError @throws OperationClosedError @throws SessionInactiveError @throws SessionExpiredError @throws CallSettledError
 * @throws CallsOpenError @throws NotInitiatorError @throws InvalidOptionError
 */
export function decideOperation(states: OperationStates, operationId: string, command: OperationCommand, by: string): readonly OperationNews[] {
  if (command.kind === "create") return decideCreate(states, operationId, command, by);
  const view = OperationView.of(states, operationId, by);
  switch (command.kind) {
    case "join":
      return decideJoin(view, command.joining);
    case "beat":
      return decideBeat(view, command);
    case "leave":
      return decideLeave(view, command);
    case "start-call":
      return decideStartCall(view, command);
    case "end-call":
      return decideEndCall(view, command);
    case "fail-call":
      return decideFailCall(view, command);
    case "cancel-call":
      return decideCancelCall(view, command);
    case "worker-started":
      return decideWorkerStarted(view, command);
    case "worker-exited":
      return decideWorkerExited(view, command);
    case "register-resource":
      return decideRegisterResource(view, command);
    case "release-resource":
      return decideReleaseResource(view, command);
    case "resource-removed":
      return decideResourceRemoved(view, command);
    case "report-crash":
      return decideReportCrash(view, command);
    case "report-cleanup":
      return decideReportCleanup(view, command);
    case "take-over":
      return decideTakeOver(view, command);
    case "finish-cleanup":
      return decideFinishCleanup(view, command);
    case "complete":
      return decideComplete(view, command);
    case "request-abort":
      return decideAbort(view, command);
    case "log":
      return decideLog(view, command);
    default:
      return assertNever(command);
  }
}

/** `operation.logged`, also when the operation has ended. @throws SessionInactiveError @throws SessionExpiredError */
function decideLog(view: OperationView, { level, message, session }: Extract<OperationCommand, { readonly kind: "log" }>): readonly OperationNews[] {
  if (session !== undefined) view.requireKnown(session);
  return [view.news("operation.logged", { level, message, ...(session === undefined ? {} : { session }) })];
}
