import { checkFunction, checkKnown, checkObject, checkSignal } from "../../base/checks.js";
import { InvalidOptionError, preview, SessionExpiredError } from "../../base/errors.js";
import { failedError } from "./failed-info.js";
import type { OperationFailedInfo } from "./failed-info.js";
import type { OperationSession } from "./operation-session.js";
import { untilInterrupted } from "./until-interrupted.js";

/** How to wait for work that is no call. */
export interface WaitOptions<T> {
  /** The operation has failed, and the wait with it. */
  readonly onOperationFailed?: (info: OperationFailedInfo) => unknown;
  /** The work has thrown: what this gives takes the place of its result. What it throws itself is told to `onCallbackError`, and the work's error is thrown. */
  readonly onError?: (error: unknown) => T | Promise<T>;
  /** Ends the wait; the work goes on. */
  readonly signal?: AbortSignal;
}

/**
 * Does `work`, and waits for it no longer than the operation goes on.
 * @returns what the work gave, or `onError`
 * @throws what the work throws @throws OperationFailedError @throws OperationAbortedError @throws SessionExpiredError and the reason of `signal`
 */
export async function waitForCompletion<T>(session: OperationSession, work: () => T | Promise<T>, options: WaitOptions<T> = {}): Promise<T> {
  if (typeof work !== "function") throw new InvalidOptionError("work", `must be a function, not ${preview(work)}`);
  const { onOperationFailed, onError, signal } = checkedWait(options);
  signal?.throwIfAborted();
  if (!session.interrupted) {
    if (session.refusal !== undefined) throw session.refusal;
    const done = await untilInterrupted(session, settledWork(work), signal);
    if (done !== undefined) {
      if ("result" in done.value) return done.value.result;
      const { error } = done.value;
      const instead = await session.guarded.run("onError", undefined, onError && (() => onError(error)));
      if ("value" in instead) return instead.value;
      throw error;
    }
  }
  const { failure, abortedBy, refusal } = session;
  if (failure !== undefined) {
    await session.guarded.run("onOperationFailed", undefined, onOperationFailed && (() => onOperationFailed(failure)));
    throw failedError(failure);
  }
  throw abortedBy ?? refusal ?? new SessionExpiredError(session.operationId, session.session);
}

/** It never rejects: what comes after the wait has ended is heard by nobody. */
async function settledWork<T>(work: () => T | Promise<T>): Promise<{ readonly result: T } | { readonly error: unknown }> {
  try {
    return { result: await work() };
  } catch (error) {
    return { error };
  }
}

function checkedWait<T>(options: WaitOptions<T>): WaitOptions<T> {
  checkObject(options);
  checkKnown(options, ["onOperationFailed", "onError", "signal"]);
  const { onOperationFailed, onError, signal } = options;
  checkFunction("onOperationFailed", onOperationFailed);
  checkFunction("onError", onError);
  checkSignal(signal);
  return options;
}
