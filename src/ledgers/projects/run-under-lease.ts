import { isDaybookError, LeaseLostError, preview } from "../../base/errors.js";
import { runAddress } from "../../events/names.js";
import { Status } from "../../events/status.js";
import type { RunLease } from "../runs/run-lease.js";

/** What is under way, and how it has been judged already. */
export interface Scope<T> {
  readonly lease: RunLease;
  /** The caller's own signal. */
  readonly caller: AbortSignal | undefined;
  readonly work: (signal: AbortSignal) => T | Promise<T>;
  /** Whether the work itself has reported ERROR in this attempt. */
  readonly failedByOwnWord: () => boolean;
}

type Settled<T> = { readonly value: T } | { readonly error: unknown };

/**
 * Does work under a lease, and records how it ended: DONE, or ERROR with what went wrong. What the work has said itself stands. When the
 * caller's signal has aborted by the time the work settles, it counts as aborted whatever it gave: work that breaks off early looks like
 * work that is done. Where the end could not be recorded the beats stop, so that the run is found lost.
 * @throws LeaseLostError when somebody else has taken the run up; nothing is written to it then
 * @throws what the work threw, the reason of an abort, or why DONE could not be recorded
 */
export async function runUnderLease<T>(scope: Scope<T>): Promise<T> {
  const { lease, caller } = scope;
  const settled = await settle(scope);
  if ("value" in settled && caller?.aborted !== true) {
    if (!lease.ended) await conclude(lease, () => lease.log({ status: Status.DONE }));
    return settled.value;
  }
  const error: unknown = "error" in settled ? settled.error : caller?.reason;
  if (lease.ended && scope.failedByOwnWord()) throw error;
  try {
    await conclude(lease, () => lease.log({ status: Status.ERROR, error: failureOf(error, caller) }));
  } catch (problem) {
    if (isDaybookError(problem, "LEASE_LOST")) {
      throw new LeaseLostError(runAddress(lease.identifier, lease.relpath, lease.uid), lease.attempt, error);
    }
    // What went wrong first says more; the run is found lost later on.
  }
  throw error;
}

/** The work, with a signal that aborts when nobody wants its result any more. */
async function settle<T>({ lease, caller, work }: Scope<T>): Promise<Settled<T>> {
  const stop = new AbortController();
  const onLease = (): void => {
    // Who has reported the end himself may go on and tidy up.
    if (!lease.ended) stop.abort(lease.signal.reason);
  };
  const onCaller = (): void => stop.abort(caller?.reason);
  lease.signal.addEventListener("abort", onLease);
  caller?.addEventListener("abort", onCaller);
  try {
    if (lease.signal.aborted) onLease();
    caller?.throwIfAborted();
    return { value: await work(stop.signal) };
  } catch (error) {
    return { error };
  } finally {
    lease.signal.removeEventListener("abort", onLease);
    caller?.removeEventListener("abort", onCaller);
  }
}

async function conclude(lease: RunLease, say: () => Promise<void>): Promise<void> {
  try {
    await say();
  } catch (error) {
    lease.abandon(error instanceof Error ? error : undefined);
    throw error;
  }
}

/** What is recorded of a failure; of an abort, that it was one. */
function failureOf(error: unknown, caller: AbortSignal | undefined): unknown {
  if (caller?.aborted !== true) return error === undefined ? "undefined was thrown" : error;
  const why: unknown = caller.reason;
  const { stack } = (typeof error === "object" && error !== null ? error : {}) as { stack?: unknown };
  const message = error === why || error === undefined ? `Aborted: ${textOf(why)}` : `Aborted (${textOf(why)}): ${textOf(error)}`;
  return { name: "AbortError", message, stack };
}

const textOf = (value: unknown): string => (value instanceof Error ? value.message : typeof value === "string" ? value : preview(value));
