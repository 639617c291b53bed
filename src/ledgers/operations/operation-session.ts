import {
  CallsOpenError, isDaybookError, OperationAbortedError, OperationClosedError, OperationNotFoundError, SessionExpiredError, SessionInactiveError,
} from "../../base/errors.js";
import type { CallKind, LogLevel } from "../../events/operation-events.js";
import type { OperationRow, OperationState } from "../../projections/views/operations.js";
import type { SessionRow } from "../../projections/views/operation-sessions.js";
import { CallCore } from "./call-core.js";
import type { CallCommand, CallHost, CallOutcome } from "./call-core.js";
import type { ResolvedCall } from "./call-options.js";
import type { OperationCommand } from "./commands.js";
import type { CommandOf } from "./commands-of.js";
import { Deferred } from "./deferred.js";
import { failedError, failedInfo } from "./failed-info.js";
import type { OperationFailedInfo } from "./failed-info.js";
import type { GuardedCallbacks } from "./guarded-callbacks.js";
import { CallIds } from "./operation-ids.js";
import { RunningWorkers } from "./running-workers.js";
import { sendPatiently } from "./send-patiently.js";
import type { SessionEnd, SessionSettings } from "./session-settings.js";
import type { CommandResult, OperationSnapshot, OperationTransport } from "./transport.js";

/**
 * One joining of an operation by this process: its calls, and what it has seen become of the operation. It learns from looks at the log and from the answers to its own
 * commands; both may come late or twice, so everything here happens once.
 */
export class OperationSession implements CallHost {
  readonly session: string;
  readonly cleanupWithinMs: number;
  readonly guarded: GuardedCallbacks;
  readonly #settings: SessionSettings;
  readonly #ids: CallIds;
  readonly #calls = new Map<string, CallCore<unknown>>();
  readonly #abort = new AbortController();
  readonly #aborted = new Deferred<void>();
  readonly #failed = new Deferred<OperationFailedInfo>();
  readonly #interrupts = new Set<() => void>();
  readonly #sends = new Set<Promise<unknown>>();
  #row: OperationRow;
  #abortedBy: OperationAbortedError | undefined;
  #failure: OperationFailedInfo | undefined;
  #end: SessionEnd | undefined;
  #leaving = false;
  /** Those that were open when the operation failed or the session expired: they are cleaned up after. */
  #toClean: readonly CallCore<unknown>[] = [];
  #told: Promise<unknown> = Promise.resolve();
  readonly workers = new RunningWorkers();

  constructor(settings: SessionSettings, row: OperationRow) {
    this.#settings = settings;
    this.session = settings.session;
    this.cleanupWithinMs = settings.cleanupWithinMs;
    this.guarded = settings.guarded;
    this.#ids = new CallIds(settings.participantId, settings.random);
    this.#row = row;
  }

  get operationId(): string {
    return this.#settings.operationId;
  }

  get transport(): OperationTransport {
    return this.#settings.transport;
  }

  /** The operation as last seen. */
  get row(): OperationRow {
    return this.#row;
  }

  get state(): OperationState {
    return this.#row.state;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get whenAborted(): Promise<void> {
    return this.#aborted.promise;
  }

  get whenFailed(): Promise<OperationFailedInfo> {
    return this.#failed.promise;
  }

  get failure(): OperationFailedInfo | undefined {
    return this.#failure;
  }

  get abortedBy(): OperationAbortedError | undefined {
    return this.#abortedBy;
  }

  get end(): SessionEnd | undefined {
    return this.#end;
  }

  /** Whether who waits here would wait in vain: the operation has failed or is aborted, or the session has expired. */
  get interrupted(): boolean {
    return this.#failure !== undefined || this.#abortedBy !== undefined || this.#end === "expired";
  }

  /** Its calls that are open, the oldest first. */
  get calls(): readonly CallCore<unknown>[] {
    return [...this.#calls.values()];
  }

  /** What everything that needs an open session is refused with; undefined while it is open. */
  get refusal(): Error | undefined {
    const { operationId, session } = this;
    if (this.#end === "expired") return new SessionExpiredError(operationId, session);
    if (this.#end === "ended") return new OperationClosedError(operationId, this.state);
    return this.#end === "left" || this.#leaving ? new SessionInactiveError(operationId, session) : undefined;
  }

  /** Calls back at once and once, when the operation fails or is aborted, or the session expires. Gives the way to take that back. */
  onInterrupt(interrupted: () => void): () => void {
    this.#interrupts.add(interrupted);
    return () => void this.#interrupts.delete(interrupted);
  }

  /** A new call, which is not in the log yet. */
  newCall<T>(kind: CallKind, options: ResolvedCall<T>): CallCore<T> {
    const call = new CallCore<T>(this, this.#ids.next(kind === "call" ? "call" : "spawn"), kind, new Date(this.#settings.now()), options);
    this.#calls.set(call.callId, call as CallCore<unknown>);
    return call;
  }

  settled(call: CallCore<unknown>): void {
    this.#calls.delete(call.callId);
  }

  /** @throws what the decision throws */
  async send(command: CallCommand): Promise<CommandResult> {
    if (command.kind === "start-call" && this.refusal !== undefined) throw this.refusal;
    const sent = this.command(command);
    this.#sends.add(sent);
    const answered = (): void => void this.#sends.delete(sent);
    sent.then(answered, answered);
    return sent;
  }

  /** A command in this session's name. @throws what the decision throws */
  async command(command: OperationCommand, signal?: AbortSignal): Promise<CommandResult> {
    try {
      const result = await sendPatiently(this.transport, this.operationId, command, signal);
      this.saw(result.operation);
      return result;
    } catch (error) {
      if (isDaybookError(error, "SESSION_EXPIRED")) this.#expire();
      throw error;
    }
  }

  /** The operation as the log has it. `own`: this session's row, where it is known. */
  saw(row: OperationRow, own?: SessionRow): void {
    // An answer may be older than a look; an operation never goes back.
    if (rank[row.state] >= rank[this.#row.state]) this.#row = row;
    if (row.aborted !== undefined) this.abort(row.aborted.reason);
    if (own?.state === "crashed") this.#expire();
    const failure = failedInfo(row);
    if (failure !== undefined) this.#fail(failure);
    if (own?.state === "closed" || (own === undefined && isEnded(row))) this.#closeWith(row);
  }

  /** Everything of this session stops, whatever the others do. */
  abort(reason?: string): void {
    if (this.#abortedBy !== undefined || this.#end !== undefined) return;
    this.#abortedBy = new OperationAbortedError(this.operationId, reason);
    this.#interrupt();
    this.#abort.abort(this.#abortedBy);
    this.#aborted.resolve();
    this.#settings.events.aborted();
  }

  /** Runs the clean-ups of the calls that were open when the operation failed, each once. @returns what was wrong with them. Never rejects */
  async cleanUp(): Promise<string[]> {
    await this.#told;
    const problems = await Promise.all(this.#toClean.map((call) => call.cleanUp()));
    return problems.filter((problem) => problem !== undefined);
  }

  /** Leaves; nothing the first time where the operation has ended, and the session with it. @throws what the decision throws, and then it has not left */
  async leave(command: CommandOf<"leave">): Promise<void> {
    // A call that is just ending is open no longer.
    if (this.refusal === undefined && this.calls.length > 0) await this.#answered();
    if (this.#end === "ended" && !this.#leaving) {
      this.#leaving = true;
      return;
    }
    if (this.#leaving) throw new SessionInactiveError(this.operationId, this.session);
    if (this.refusal !== undefined) throw this.refusal;
    const open = this.calls.map(({ callId }) => callId);
    if (open.length > 0 && command.cancelPendingCalls !== true) throw new CallsOpenError(this.operationId, open.slice(0, 100), "end them, or leave with cancelPendingCalls");
    this.#leaving = true;
    try {
      if (command.cancelPendingCalls === true) await Promise.all(this.calls.map((call) => call.cancel(command.reason)));
      // What is on its way goes first, so that nothing comes after.
      await this.#answered();
      await this.command(command);
    } catch (error) {
      this.#leaving = false;
      throw error;
    }
    this.#finish("left", { kind: "cancelled", error: new SessionInactiveError(this.operationId, this.session) });
  }

  /** Leaves without waiting for anything before: the command is given before this returns, for a log that takes none after that. @throws what the decision throws */
  async leaveAtOnce(reason: string): Promise<void> {
    if (this.#end !== undefined) return;
    await this.leaveSilently(reason);
    this.abandon();
  }

  /** As {@link leaveAtOnce}, and nobody here is told: {@link abandon} does that. @throws what the decision throws */
  async leaveSilently(reason: string, signal?: NodeJS.Signals): Promise<void> {
    this.#leaving = true;
    await this.command({ kind: "leave", session: this.session, cancelPendingCalls: true, reason, ...(signal === undefined ? {} : { signal }) });
  }

  /** Completes the operation. @throws what the decision throws */
  async complete(force: boolean): Promise<void> {
    await this.#answered();
    await this.command({ kind: "complete", session: this.session, ...(force ? { force } : {}) });
  }

  /** The operation as it is now. @throws OperationNotFoundError */
  async look(): Promise<OperationSnapshot> {
    const snapshot = await this.transport.snapshot(this.operationId, [this.session]);
    if (snapshot === undefined) throw new OperationNotFoundError(this.operationId);
    this.take(snapshot);
    return snapshot;
  }

  /** Takes note of a look at the log. */
  take({ operation, sessions }: OperationSnapshot): void {
    this.saw(operation, sessions.find(({ session }) => session === this.session));
  }

  /** Notes a line in the operation's log, in this session's name while it is open. @throws what the decision throws */
  note(level: LogLevel, message: string): Promise<CommandResult> {
    return this.command({ kind: "log", level, message, ...(this.refusal === undefined ? { session: this.session } : {}) });
  }

  /** Gives the session up here; the log learns of it by its silence. */
  abandon(): void {
    this.#finish("left", { kind: "cancelled", error: new SessionInactiveError(this.operationId, this.session) });
  }

  /** What is on its way to the log now was answered. Calls go on to be made meanwhile, so it is not waited for silence. */
  async #answered(): Promise<void> {
    await Promise.allSettled([...this.#sends]);
  }

  #fail(info: OperationFailedInfo): void {
    if (this.#failure !== undefined || this.#end !== undefined) return;
    this.#failure = info;
    this.#toClean = this.calls;
    // The one whose failure it was is no open call any more, though the answer to it is still on the way.
    this.#calls.get(info.failedCallId ?? "")?.failed();
    const open = this.calls;
    this.#interrupt();
    this.#abort.abort(failedError(info));
    this.#failed.resolve(info);
    this.#told = Promise.all(open.map((call) => call.operationFailed(info)));
    this.#settings.events.failed(info);
  }

  #expire(): void {
    if (this.#end !== undefined) return;
    const error = new SessionExpiredError(this.operationId, this.session);
    this.#toClean = [...new Set([...this.#toClean, ...this.calls])];
    this.#finish("expired", { kind: "failed", error }, error);
  }

  #closeWith(row: OperationRow): void {
    const error = this.#failure === undefined ? new OperationClosedError(this.operationId, row.state, "its calls are over") : failedError(this.#failure);
    this.#finish("ended", { kind: "cancelled", error });
  }

  #finish(end: SessionEnd, outcome: CallOutcome<unknown>, refusal?: Error): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    if (end === "expired") {
      this.#interrupt();
      this.#abort.abort(refusal);
    }
    for (const call of this.calls) call.close(outcome, refusal);
    this.#settings.events.over(end);
  }

  #interrupt(): void {
    for (const interrupted of [...this.#interrupts]) interrupted();
    this.#interrupts.clear();
  }
}

const rank: Readonly<Record<OperationState, number>> = { running: 0, cleanup: 1, failed: 2, completed: 2 };

const isEnded = ({ state }: OperationRow): boolean => state === "failed" || state === "completed";
