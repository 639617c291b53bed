import type { OperationRow } from "../../projections/views/operations.js";
import { GuardedCallbacks } from "./guarded-callbacks.js";
import type { LedgerContext } from "./ledger-context.js";
import { Operation } from "./operation.js";
import type { OperationCallback } from "./operation-callback.js";
import { OperationSession } from "./operation-session.js";
import { OperationWatcher } from "./operation-watch.js";
import { SessionLife } from "./session-life.js";
import type { SessionEvents } from "./session-settings.js";

/** A session that the log has just got. */
export interface NewEntry {
  readonly row: OperationRow;
  readonly session: string;
  readonly callback: OperationCallback;
  readonly token?: string;
}

/** An operation that was entered. */
export interface EnteredOperation {
  readonly operation: Operation;
  readonly session: OperationSession;
  readonly life: SessionLife;
}

/**
 * Makes the handle of a session, watches its operation, and begins its beats. `over`: told once the session is over.
 * @throws what the transport does, and then the session was left
 */
export async function enterOperation(ledger: LedgerContext, { row, session: id, callback, token }: NewEntry, over: (session: OperationSession) => void): Promise<EnteredOperation> {
  const { transport, participantId, times, clock, random } = ledger;
  const guarded = new GuardedCallbacks(callback.onCallbackError, ledger.callback.onCallbackError);
  const started: { watcher?: OperationWatcher; life?: SessionLife } = {};
  const { onAbort, onFailure } = callback;
  const events: SessionEvents = {
    aborted: () => void guarded.run("onAbort", undefined, onAbort && (() => onAbort(operation))),
    failed: (info) => void guarded.run("onFailure", undefined, onFailure && (() => onFailure(operation, info))),
    over: (end) => {
      started.watcher?.stop();
      // To the others this process is dead: nobody else can clean up in here.
      if (end === "expired") void started.life?.cleanUp();
      void started.life?.stop();
      over(session);
    },
  };
  const session = new OperationSession(
    { transport, operationId: row.operationId, session: id, participantId, cleanupWithinMs: times.cleanupTimeoutMs, guarded, now: clock, random, events },
    row,
  );
  const agedMs = Math.max(0, clock() - Date.parse(row.time));
  const enteredAtMs = performance.now();
  const life = (): SessionLife => started.life as SessionLife;
  const elapsedMs = (): number => agedMs + performance.now() - enteredAtMs;
  // Whoever has left does not look any more.
  const watchFailed = (error: unknown): void => void (session.refusal === undefined && guarded.report(error, { callback: "watch" }));
  const operation = new Operation({ session, life, participantId, isInitiator: token !== undefined, token, elapsedMs, onLogLine: ledger.callback.onLogLine });
  try {
    const watcher = await OperationWatcher.start(transport, row.operationId, { own: [id], onError: (error) => watchFailed(error) });
    started.watcher = watcher;
    // First of all that listen: whoever cleans up finds what there is to clean up.
    watcher.subscribe(({ snapshot }) => session.take(snapshot));
    started.life = new SessionLife({ ledger, session, watcher, callback, guarded, operation });
    // What is called back for what was so before the joining finds a handle that is whole.
    session.take(watcher.snapshot);
    if (session.end !== undefined) await started.life.stop();
  } catch (error) {
    started.watcher?.stop();
    // Nobody has the handle: it is better left than found dead.
    await session.leave({ kind: "leave", session: id, cancelPendingCalls: true }).catch(() => session.abandon());
    throw error;
  }
  return { operation, session, life: started.life };
}
