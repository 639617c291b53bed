import type { OperationCallback } from "./operation-callback.js";
import type { LedgerContext } from "./ledger-context.js";
import type { GuardedCallbacks } from "./guarded-callbacks.js";
import type { HeartbeatResult } from "./liveness/heartbeat-result.js";
import type { Operation, SessionLife } from "./operation.js";
import type { OperationSession } from "./operation-session.js";
import type { OperationWatcher } from "./operation-watch.js";

/** A session's life in the background, with its beginning and its end. */
export interface Life extends SessionLife {
  start(watcher: OperationWatcher): Promise<void>;
  stop(): Promise<void>;
}

/** What a life is about. */
export interface LifeParts {
  readonly ledger: LedgerContext;
  readonly session: OperationSession;
  readonly callback: OperationCallback;
  readonly guarded: GuardedCallbacks;
  readonly operation: () => Operation;
}

export function beginLife({ ledger, session }: LifeParts): Life {
  const { times } = ledger;
  const nextWithinMs = times.heartbeatIntervalMs + times.jitterMs;
  let timer: NodeJS.Timeout | undefined;
  const beat = () => session.command({ kind: "beat", session: session.session, nextWithinMs, staleAfterMs: times.staleThresholdMs });
  return {
    beatNow: async () => {
      await beat();
      return {} as HeartbeatResult;
    },
    startBeats: () => (timer ??= setInterval(() => void beat().catch(() => undefined), times.heartbeatIntervalMs).unref()),
    stopBeats: () => {
      clearInterval(timer);
      timer = undefined;
    },
    register: async (path) => void (await session.command({ kind: "register-resource", session: session.session, path })),
    unregister: async (path) => void (await session.command({ kind: "release-resource", session: session.session, path })),
    start() {
      this.startBeats();
      return Promise.resolve();
    },
    stop() {
      this.stopBeats();
      return Promise.resolve();
    },
  };
}
