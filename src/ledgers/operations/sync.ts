import { checkFunction, checkKnown, checkObject, checkSignal } from "../../base/checks.js";
import { InvalidOptionError, preview } from "../../base/errors.js";
import type { OperationFailedInfo } from "./failed-info.js";
import type { OperationSession } from "./operation-session.js";
import { SpawnedCall } from "./spawned-call.js";
import { untilInterrupted } from "./until-interrupted.js";

/** How to wait for calls. */
export interface SyncOptions {
  /** The operation has failed, and the wait with it. Only during this wait. */
  readonly onOperationFailed?: (info: OperationFailedInfo) => unknown;
  /** Everything is settled, with or without success, and the operation has not failed. */
  readonly onCompletion?: (result: SyncResult) => unknown;
  /** Ends the wait; the calls go on. */
  readonly signal?: AbortSignal;
}

/** What became of the calls that were waited for, each in the order in which they were given. */
export interface SyncResult {
  readonly successfulCalls: readonly SpawnedCall<unknown>[];
  /** Failed or cancelled. */
  readonly failedCalls: readonly SpawnedCall<unknown>[];
  /** Not settled when the wait was ended from outside. */
  readonly unknownCalls: readonly SpawnedCall<unknown>[];
  readonly operationFailed: boolean;
  /** Aborted by its flag, or by this session for itself. */
  readonly operationAborted: boolean;
  /** Every call is a success, and the operation has neither failed nor been aborted. */
  readonly allSucceeded: boolean;
  /** Some call failed or was cancelled, or the operation failed. */
  readonly hasFailed: boolean;
  /** Every call is settled. */
  readonly allResolved: boolean;
}

/** Waits until every call is settled, or the operation fails, is aborted, or the session is over. @throws InvalidOptionError and the reason of `signal` */
export async function sync(session: OperationSession, calls: readonly SpawnedCall<unknown>[], options: SyncOptions = {}): Promise<SyncResult> {
  const { onOperationFailed, onCompletion, signal } = checkedSync(calls, options);
  signal?.throwIfAborted();
  if (calls.some(({ isCompleted }) => !isCompleted) || !session.interrupted) {
    await untilInterrupted(session, Promise.all(calls.map(({ future }) => future)), signal);
  }
  const result = resultOf(calls, session);
  const { failure, guarded } = session;
  if (failure !== undefined) await guarded.run("onOperationFailed", undefined, onOperationFailed && (() => onOperationFailed(failure)));
  else if (result.allResolved) await guarded.run("onCompletion", undefined, onCompletion && (() => onCompletion(result)));
  return result;
}

function resultOf(calls: readonly SpawnedCall<unknown>[], { failure, abortedBy }: OperationSession): SyncResult {
  const successfulCalls = calls.filter(({ isSuccess }) => isSuccess);
  const failedCalls = calls.filter(({ isFailed, isCancelled }) => isFailed || isCancelled);
  const unknownCalls = calls.filter(({ isCompleted }) => !isCompleted);
  const operationFailed = failure !== undefined;
  const operationAborted = abortedBy !== undefined;
  return {
    successfulCalls,
    failedCalls,
    unknownCalls,
    operationFailed,
    operationAborted,
    allSucceeded: successfulCalls.length === calls.length && !operationFailed && !operationAborted,
    hasFailed: failedCalls.length > 0 || operationFailed,
    allResolved: unknownCalls.length === 0,
  };
}

function checkedSync(calls: readonly SpawnedCall<unknown>[], options: SyncOptions): SyncOptions {
  if (!Array.isArray(calls) || !calls.every((call) => call instanceof SpawnedCall)) throw new InvalidOptionError("calls", `must be a list of spawned calls, not ${preview(calls)}`);
  checkObject(options);
  checkKnown(options, ["onOperationFailed", "onCompletion", "signal"]);
  const { onOperationFailed, onCompletion, signal } = options;
  checkFunction("onOperationFailed", onOperationFailed);
  checkFunction("onCompletion", onCompletion);
  checkSignal(signal);
  return options;
}
