/** What becomes of operations, their sessions and calls. */
import { DaybookError, preview } from "./daybook-error.js";

/** The log has no event of an operation with that id. */
export class OperationNotFoundError extends DaybookError {
  readonly code = "OPERATION_NOT_FOUND";
  constructor(readonly operation: string) {
    super(`There is no operation ${preview(operation)}`);
  }
}

/** The operation is over, or is being cleaned up after a failure: nothing new begins in it. `state` says which. */
export class OperationClosedError extends DaybookError {
  readonly code = "OPERATION_CLOSED";
  constructor(
    readonly operation: string,
    readonly state: string,
    what = "nothing new begins in it",
  ) {
    super(`Operation ${preview(operation)} is ${state === "cleanup" ? "being cleaned up after a failure" : state}: ${what}`);
  }
}

/** An operation failed. `reason` says why; `crashedCalls` are the calls whose processes died, `failedCall` the one whose failure was the cause. */
export class OperationFailedError extends DaybookError {
  readonly code = "OPERATION_FAILED";
  constructor(
    readonly operation: string,
    readonly reason: string,
    readonly crashedCalls: readonly string[] = [],
    readonly failedCall?: string,
  ) {
    super(`Operation ${preview(operation)} failed: ${reason}`);
  }
}

/** The operation was aborted: by its shared flag, or by this session for itself. */
export class OperationAbortedError extends DaybookError {
  readonly code = "OPERATION_ABORTED";
  constructor(
    readonly operation: string,
    readonly reason?: string,
  ) {
    super(`Operation ${preview(operation)} was aborted${reason === undefined ? "" : `: ${reason}`}`);
  }
}

/** Only the initiator of an operation, or who has its token, may complete it. */
export class NotInitiatorError extends DaybookError {
  readonly code = "NOT_INITIATOR";
  constructor(
    readonly operation: string,
    readonly initiator: string,
  ) {
    super(`Only the initiator of operation ${preview(operation)}, ${preview(initiator)}, may complete it, or who has its token`);
  }
}

/** The session was left, or its operation has ended. */
export class SessionInactiveError extends DaybookError {
  readonly code = "SESSION_INACTIVE";
  constructor(
    readonly operation: string,
    readonly session: string,
  ) {
    super(`Session ${session} of operation ${preview(operation)} is not active: it was left`);
  }
}

/** The session was declared crashed: it had been silent for longer than it promised. What it appends is refused; join anew. */
export class SessionExpiredError extends DaybookError {
  readonly code = "SESSION_EXPIRED";
  constructor(
    readonly operation: string,
    readonly session: string,
  ) {
    super(`Session ${session} of operation ${preview(operation)} was declared crashed, since it was silent for longer than it had promised; join the operation anew`);
  }
}

/** Calls are open where none may be. `calls` are their ids, the first hundred of them. */
export class CallsOpenError extends DaybookError {
  readonly code = "CALLS_OPEN";
  constructor(
    readonly operation: string,
    readonly calls: readonly string[],
    advice: string,
  ) {
    super(`Operation ${preview(operation)} has open calls: ${calls.slice(0, 10).join(", ")}${calls.length > 10 ? ` and ${calls.length - 10} more` : ""}; ${advice}`);
  }
}

/** The call has ended, failed, or was cancelled before. */
export class CallSettledError extends DaybookError {
  readonly code = "CALL_SETTLED";
  constructor(readonly call: string) {
    super(`Call ${preview(call)} is settled: it ends or fails once`);
  }
}

/** The call has no result yet. */
export class CallPendingError extends DaybookError {
  readonly code = "CALL_PENDING";
  constructor(readonly call: string) {
    super(`Call ${preview(call)} has no result yet: wait for its future`);
  }
}

/** The call failed or was cancelled, so there is no result. `cause` is the error it failed with. */
export class CallFailedError extends DaybookError {
  readonly code = "CALL_FAILED";
  constructor(
    readonly call: string,
    problem: string,
    cause?: unknown,
  ) {
    super(`Call ${preview(call)} ${problem}`, cause);
  }
}

/** A worker process could not be started, ended with another exit code than 0, by a signal, or without its result. `stderr` is the last of what it wrote there. */
export class WorkerFailedError extends DaybookError {
  readonly code = "WORKER_FAILED";
  constructor(
    problem: string,
    readonly exitCode?: number,
    readonly signal?: string,
    readonly stderr?: string,
    cause?: unknown,
  ) {
    super(problem, cause);
  }
}

/** What was waited for did not come in time. */
export class TimedOutError extends DaybookError {
  readonly code = "TIMED_OUT";
  constructor(
    readonly what: string,
    readonly timeoutMs: number,
  ) {
    super(`${what} took longer than ${timeoutMs} ms`);
  }
}
