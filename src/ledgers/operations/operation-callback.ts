import { checkCallbacks } from "./call-options.js";
import type { OperationFailedInfo } from "./failed-info.js";
import type { CallbackErrorListener } from "./guarded-callbacks.js";
import type { HeartbeatError, HeartbeatResult } from "./liveness/heartbeat-result.js";
import type { Operation } from "./operation.js";

/** What is called back about an operation, in each process that gave it, whoever's doing it was. What one throws is told to `onCallbackError`. */
export interface OperationCallback {
  /** After each beat of this session that found nothing wrong. */
  readonly onHeartbeatSuccess?: (operation: Operation, result: HeartbeatResult) => unknown;
  /** A beat could not be recorded, or found that the operation is aborted (told once) or that a session is silent or gone (once for each). */
  readonly onHeartbeatError?: (operation: Operation, error: HeartbeatError) => unknown;
  /** Once: the operation was aborted, or this session by `triggerAbort`. */
  readonly onAbort?: (operation: Operation) => unknown;
  /** Once, as soon as the failure is decided. */
  readonly onFailure?: (operation: Operation, info: OperationFailedInfo) => unknown;
  /** Once, when the operation is cleaned up after a failure, behind the `onCleanup` of the calls. */
  readonly onCleanup?: (operation: Operation) => unknown;
  /** What a callback threw, also one of a call. Default: the ledger's; without one a process warning. */
  readonly onCallbackError?: CallbackErrorListener;
}

/** What is called back about everything that goes on in a ledger. */
export interface LedgerCallback {
  /** Every line that this process logs, as `2026-11-28T09:30:00.123Z [INFO] text`. */
  readonly onLogLine?: (line: string) => unknown;
  /** What a callback threw, where its operation has no listener of its own, and what went wrong in the background. Default: a process warning. */
  readonly onCallbackError?: CallbackErrorListener;
  /** As `onHeartbeatError` of the operation, for all operations. */
  readonly onGlobalHeartbeatError?: (operation: Operation, error: HeartbeatError) => unknown;
}

/** @throws InvalidOptionError */
export function checkOperationCallback(callback: OperationCallback): void {
  checkCallbacks(callback, ["onHeartbeatSuccess", "onHeartbeatError", "onAbort", "onFailure", "onCleanup", "onCallbackError"]);
}

/** @throws InvalidOptionError */
export function checkLedgerCallback(callback: LedgerCallback): void {
  checkCallbacks(callback, ["onLogLine", "onCallbackError", "onGlobalHeartbeatError"]);
}
