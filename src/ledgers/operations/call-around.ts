import type { CallCore } from "./call-core.js";
import { errorText } from "./call-error.js";

/** Starts a call. @throws what the decision throws */
export async function begin<T>(core: CallCore<T>): Promise<void> {
  try {
    await core.start();
  } catch (error) {
    core.give(error);
    throw error;
  }
}

/**
 * A call around work: it ends with what the work gives, fails with what that throws, and is cancelled by what it throws once its signal has aborted; unless the work has settled it
 * itself. @returns what the work gave, or the fallback @throws what the work threw, and what the decision throws
 */
export async function callAround<T>(core: CallCore<T>, work: () => T | Promise<T>): Promise<T> {
  await begin(core);
  let value: T;
  try {
    value = await work();
  } catch (error) {
    const { outcome } = await failedWith(core, error);
    if (outcome?.kind === "ended" && "replaced" in outcome) return outcome.value;
    throw error;
  }
  // The work may have ended it without waiting for that.
  await core.settling;
  if (core.outcome === undefined) await core.end(value);
  return value;
}

/** What the work threw matters more to its caller than what becomes of telling the log. */
async function failedWith<T>(core: CallCore<T>, error: unknown): Promise<CallCore<T>> {
  try {
    await core.settling;
    if (core.signal.aborted) await core.cancel(errorText(error), { error });
    else if (core.outcome === undefined) await core.fail(error);
  } catch (refused) {
    await core.host.guarded.report(refused, { callback: "call", callId: core.callId });
  }
  return core;
}
