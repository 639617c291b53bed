import type { GuardedCallbacks } from "./guarded-callbacks.js";
import type { LedgerContext } from "./ledger-context.js";
import { paceOf } from "./ledger-options.js";
import { CleanupHandler } from "./liveness/cleanup-handler.js";
import type { HeartbeatError, HeartbeatResult } from "./liveness/heartbeat-result.js";
import { startLiveness } from "./liveness/liveness.js";
import type { Liveness } from "./liveness/liveness.js";
import { OwnResources } from "./liveness/own-resources.js";
import type { Operation } from "./operation.js";
import type { OperationCallback } from "./operation-callback.js";
import type { OperationSession } from "./operation-session.js";
import type { OperationWatcher } from "./operation-watch.js";

/** What the life of a session is about. */
export interface LifeParts {
  readonly ledger: LedgerContext;
  readonly session: OperationSession;
  readonly watcher: OperationWatcher;
  readonly callback: OperationCallback;
  readonly guarded: GuardedCallbacks;
  readonly operation: Operation;
}

const reasonOf = (signal: NodeJS.Signals | undefined): string => (signal === undefined ? "its process cleaned up" : `its process was ended by ${signal}`);

/** What a session does in the background: it beats, looks after the others, and has its part in cleaning up. Its process's signals end it in order. */
export class SessionLife {
  readonly #parts: LifeParts;
  readonly #resources: OwnResources;
  readonly #liveness: Liveness;
  #handler: number | undefined;
  #stopped = false;
  #cleaned: Promise<readonly string[]> | undefined;

  constructor(parts: LifeParts) {
    const { ledger, session, watcher } = parts;
    const { transport, times } = ledger;
    this.#parts = parts;
    this.#resources = new OwnResources({ transport, operationId: session.operationId, session: session.session }, (command) => session.command(command));
    this.#liveness = startLiveness({
      transport,
      session: session.session,
      watcher,
      send: (command) => session.command(command),
      pace: paceOf(times),
      cleanup: { run: () => this.cleanUp() },
      listener: {
        beat: (result) => this.#beat(result),
        // The first look tells while this is still being made.
        beatError: (error) => queueMicrotask(() => this.#beatError(error)),
        error: (error) => void parts.guarded.report(error, { callback: "liveness" }),
      },
    });
    this.#liveness.startBeats();
    this.#handler = CleanupHandler.instance.register((signal) => this.#end(signal));
  }

  /** @throws what the decision throws */
  beatNow(): Promise<HeartbeatResult> {
    return this.#liveness.beatNow();
  }

  startBeats(): void {
    this.#liveness.startBeats();
  }

  stopBeats(): void {
    this.#liveness.stopBeats();
  }

  /** Resolves when this session has done its part in a clean-up that has begun. Bounded in time. Never rejects */
  whenCleanedUp(): Promise<void> {
    return this.#liveness.whenCleanedUp();
  }

  /** @throws InvalidOptionError and what the decision throws */
  register(path: unknown): Promise<void> {
    return this.#resources.register(path);
  }

  /** @throws InvalidOptionError and what the decision throws */
  async unregister(path: unknown): Promise<void> {
    await this.#resources.unregister(path);
    if (this.#stopped && !this.holdsResources) this.forget();
  }

  /** Whether there is something to remove when the process ends. */
  get holdsResources(): boolean {
    return this.#resources.paths.length > 0;
  }

  /** Runs the clean-ups of the calls, then the operation's own, and removes the temporary resources; once. @returns what was wrong. Never rejects */
  cleanUp(): Promise<readonly string[]> {
    this.#cleaned ??= this.#cleanUp();
    return this.#cleaned;
  }

  /** Nothing goes on in the background any more. Temporary resources that are registered stay, until the process ends. Twice is once. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (!this.holdsResources) this.forget();
    await this.#liveness.stop();
  }

  /** Signals of the process are no matter any more. */
  forget(): void {
    if (this.#handler !== undefined) CleanupHandler.instance.unregister(this.#handler);
    this.#handler = undefined;
  }

  async #cleanUp(): Promise<readonly string[]> {
    const { session, guarded, callback, operation } = this.#parts;
    const { onCleanup } = callback;
    const ofCalls = await session.cleanUp();
    const { problem } = await guarded.run("onCleanup", undefined, onCleanup && (() => onCleanup(operation)));
    // They have been told to end. What one still writes would bring back what is taken away.
    if (this.holdsResources) await session.workers.whenEnded(session.cleanupWithinMs / 2);
    const ofResources = await this.#resources.removeAll();
    return [...ofCalls, ...(problem === undefined ? [] : [problem]), ...ofResources];
  }

  /** The process is about to end. */
  async #end(signal: NodeJS.Signals | undefined): Promise<void> {
    this.#handler = undefined;
    const { session, guarded } = this.#parts;
    // Before the resources: what one still writes would bring back what is taken away.
    await session.workers.end();
    for (const problem of await this.#resources.removeAll()) await guarded.report(new Error(problem), { callback: "cleanup" });
    if (session.refusal !== undefined) return;
    try {
      await session.leaveSilently(reasonOf(signal), signal);
    } finally {
      // Told earlier, a call that somebody waits for would reject, and end the process in the middle of the other clean-ups.
      CleanupHandler.instance.ifAlive(() => session.abandon());
    }
  }

  #beat(result: HeartbeatResult): void {
    const { guarded, callback, operation } = this.#parts;
    const { onHeartbeatSuccess } = callback;
    if (result.abortFlag || result.isStale) return;
    void guarded.run("onHeartbeatSuccess", undefined, onHeartbeatSuccess && (() => onHeartbeatSuccess(operation, result)));
  }

  #beatError(error: HeartbeatError): void {
    const { guarded, callback, operation, ledger } = this.#parts;
    const { onHeartbeatError } = callback;
    const { onGlobalHeartbeatError } = ledger.callback;
    void guarded.run("onHeartbeatError", undefined, onHeartbeatError && (() => onHeartbeatError(operation, error)));
    void guarded.run("onGlobalHeartbeatError", undefined, onGlobalHeartbeatError && (() => onGlobalHeartbeatError(operation, error)));
  }
}
