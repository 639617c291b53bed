import type { OperationRow } from "../../projections/views/operations.js";
import { GuardedCallbacks } from "./guarded-callbacks.js";
import type { LedgerContext } from "./ledger-context.js";
import { Operation } from "./operation.js";
import type { OperationCallback } from "./operation-callback.js";
import { OperationSession } from "./operation-session.js";
import { OperationWatcher } from "./operation-watch.js";
import { beginLife } from "./session-life.js";
import type { Life } from "./session-life.js";

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
  /** Everything in the background stops. Twice is once. */
  readonly stop: () => Promise<void>;
}

/** Makes the handle of a session, watches its operation, and begins its beats. `over`: told once the session is over. */
export async function enterOperation(ledger: LedgerContext, { row, session: id, callback, token }: NewEntry, over: (session: OperationSession) => void): Promise<EnteredOperation> {
  const { transport, participantId, times, clock, random } = ledger;
  const { operationId } = row;
  const guarded = new GuardedCallbacks(callback.onCallbackError, ledger.callback.onCallbackError);
  const call = <T>(name: string, told: ((operation: Operation, about: T) => unknown) | undefined, about: T): void => void guarded.run(name, undefined, told && (() => told(operation, about)));
  const started: { watcher?: OperationWatcher; life?: Life } = {};
  const stop = async (): Promise<void> => {
    started.watcher?.stop();
    await started.life?.stop();
  };
  const session = new OperationSession(
    {
      transport,
      operationId,
      session: id,
      participantId,
      cleanupWithinMs: times.cleanupTimeoutMs,
      guarded,
      now: clock,
      random,
      events: {
        aborted: () => call("onAbort", callback.onAbort, undefined),
        failed: (info) => call("onFailure", callback.onFailure, info),
        over: () => {
          void stop();
          over(session);
        },
      },
    },
    row,
  );
  const elapsedAtEntry = Math.max(0, clock() - Date.parse(row.time));
  const enteredAt = performance.now();
  const life = beginLife({ ledger, session, callback, guarded, operation: () => operation });
  const operation = new Operation({
    session,
    life,
    participantId,
    isInitiator: token !== undefined,
    token,
    elapsedMs: () => elapsedAtEntry + performance.now() - enteredAt,
    onLogLine: ledger.callback.onLogLine,
  });
  started.life = life;
  try {
    const watcher = await OperationWatcher.start(transport, operationId, { own: [id], onError: (error) => void guarded.report(error, { callback: "watch" }) });
    started.watcher = watcher;
    session.take(watcher.snapshot);
    watcher.subscribe(({ snapshot }) => session.take(snapshot));
    if (session.end === undefined) await life.start(watcher);
    else await stop();
  } catch (error) {
    await stop();
    throw error;
  }
  return { operation, session, stop };
}
