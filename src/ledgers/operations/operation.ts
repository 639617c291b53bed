import { checkedFlag, checkKnown, checkObject, checkWhole } from "../../base/checks.js";
import { InvalidOptionError, preview } from "../../base/errors.js";
import { logLevels } from "../../events/operation-events.js";
import type { LogLevel } from "../../events/operation-events.js";
import type { OpenCallRow } from "../../projections/views/open-calls.js";
import type { SessionRow } from "../../projections/views/operation-sessions.js";
import type { OperationState } from "../../projections/views/operations.js";
import { Call } from "./call.js";
import { begin, callAround } from "./call-around.js";
import { checkText, resolveCall } from "./call-options.js";
import type { CallOptions, ResolvedCall } from "./call-options.js";
import type { OperationFailedInfo } from "./failed-info.js";
import type { HeartbeatResult } from "./liveness/heartbeat-result.js";
import { depthLine, formatElapsed, logLine } from "./log-lines.js";
import type { OperationSession } from "./operation-session.js";
import { checkWork, resolveSpawn } from "./spawn-options.js";
import { callOf, spawnWorker } from "./spawn-worker.js";
import { SpawnedCall, workOn } from "./spawned-call.js";
import { calls$, participants$, state$ } from "./streams/operation-streams.js";
import { sync } from "./sync.js";
import type { SyncOptions, SyncResult } from "./sync.js";
import { waitForCompletion } from "./wait-for-completion.js";
import type { WaitOptions } from "./wait-for-completion.js";
import { fileResultWorker } from "./workers/file-result-worker.js";
import { pollFile, pollFiles, pollUntil } from "./workers/pollers.js";
import type { Poll, PollFileOptions, PollOptions } from "./workers/pollers.js";
import { serverRequest } from "./workers/server-request.js";
import type { ServerRequestOptions } from "./workers/server-request.js";
import { stdioWorker } from "./workers/stdio-worker.js";
import type { FileResultWorkerOptions, StdioWorkerOptions } from "./workers/worker-options.js";

/** Work in the background. `signal` aborts with the operation, and when the call is cancelled: work that throws after that was cancelled, and has not failed. */
export type Work<T> = (call: SpawnedCall<T>, operation: Operation, signal: AbortSignal) => T | Promise<T>;

/** A call to be spawned. */
export interface SpawnOptions<T> extends CallOptions<T> {
  readonly work: Work<T>;
}

/** Leaving an operation. */
export interface LeaveOptions {
  /** Cancel the calls of this session that are open. Default false: with open calls the leaving is refused. */
  readonly cancelPendingCalls?: boolean;
  /** For people, kept in the log. */
  readonly reason?: string;
}

/** @internal The life of a session in the background. */
export interface OperationLife {
  beatNow(): Promise<HeartbeatResult>;
  startBeats(): void;
  stopBeats(): void;
  whenCleanedUp(): Promise<void>;
  register(path: unknown): Promise<void>;
  unregister(path: unknown): Promise<void>;
}

/** @internal What an operation is made of. */
export interface OperationParts {
  readonly session: OperationSession;
  readonly life: () => OperationLife;
  readonly participantId: string;
  readonly isInitiator: boolean;
  readonly token: string | undefined;
  /** Milliseconds since the operation began. */
  readonly elapsedMs: () => number;
  readonly onLogLine: ((line: string) => unknown) | undefined;
}

/**
 * One joining of an operation: work that many processes do together. Made by `Ledger.createOperation` and `Ledger.joinOperation`; each is a session of its own, with its own calls
 * and its own sign of life, also where one process joins twice.
 */
export class Operation {
  readonly #parts: OperationParts;

  /** @internal */
  constructor(parts: OperationParts) {
    this.#parts = parts;
  }

  get #session(): OperationSession {
    return this.#parts.session;
  }

  get operationId(): string {
    return this.#session.operationId;
  }

  /** Unique in the operation. */
  get sessionId(): string {
    return this.#session.session;
  }

  get participantId(): string {
    return this.#parts.participantId;
  }

  /** Whether this session created the operation: then it may complete it. */
  get isInitiator(): boolean {
    return this.#parts.isInitiator;
  }

  /** Of who created the operation: with it a later process may complete it (`Ledger.completeOperation`). 32 hex digits, of which the log has only the digest; else undefined. */
  get token(): string | undefined {
    return this.#parts.token;
  }

  get description(): string | undefined {
    return this.#session.row.description;
  }

  /** When the operation was created, as the log has it. */
  get startTime(): Date {
    return new Date(this.#session.row.time);
  }

  /** Milliseconds since it was created, counted by this process's monotonic clock since the joining. */
  get elapsedMs(): number {
    return this.#parts.elapsedMs();
  }

  /** {@link elapsedMs} in seconds: `012.345`. */
  get elapsedFormatted(): string {
    return formatElapsed(this.elapsedMs);
  }

  /** As last seen. */
  get state(): OperationState {
    return this.#session.state;
  }

  /** Whether this session was told to stop, by the operation's flag or by {@link triggerAbort}. It stays so. */
  get isAborted(): boolean {
    return this.#session.abortedBy !== undefined;
  }

  /** Aborts when the operation is aborted (with an OperationAbortedError), has failed (an OperationFailedError), or when this session was declared crashed (a SessionExpiredError). */
  get signal(): AbortSignal {
    return this.#session.signal;
  }

  /** Resolves when {@link isAborted} becomes true. */
  get onAbort(): Promise<void> {
    return this.#session.whenAborted;
  }

  /** Resolves when the operation's failure is decided, in whoever's process that was. */
  get onFailure(): Promise<OperationFailedInfo> {
    return this.#session.whenFailed;
  }

  /**
   * Starts a call that the caller works on. Resolves once the log has it.
   * @throws InvalidOptionError @throws OperationClosedError @throws SessionInactiveError @throws SessionExpiredError
   */
  async startCall<T = unknown>(options: CallOptions<T> = {}): Promise<Call<T>> {
    const core = this.#session.newCall("call", resolveCall(options));
    await begin(core);
    return new Call(core);
  }

  /**
   * A call around `work`: it ends with what that gives, and fails with what that throws, unless the work has settled it itself. Work that throws once its signal has aborted was
   * cancelled.
   * @returns what the work gave, or the fallback @throws what the work threw, and as {@link startCall}
   */
  async call<T>(description: string, work: (call: Call<T>, operation: Operation, signal: AbortSignal) => T | Promise<T>, options: Omit<CallOptions<T>, "description"> = {}): Promise<T> {
    checkText("description", description);
    checkWork(work);
    const core = this.#session.newCall("call", resolveCall<T>({ ...options, description }));
    return callAround(core, () => work(new Call(core), this, core.signal));
  }

  /**
   * Starts work in the background, and returns at once: the call's id is there, the work begins when the log has the call. What it throws fails the call. A call that cannot
   * begin (the operation is over, say) fails with that error.
   * @throws InvalidOptionError
   */
  spawnCall<T>(options: SpawnOptions<T>): SpawnedCall<T>;
  spawnCall<T>(work: Work<T>, options?: CallOptions<T>): SpawnedCall<T>;
  spawnCall<T>(first: SpawnOptions<T> | Work<T>, options?: CallOptions<T>): SpawnedCall<T> {
    const { work, ...resolved } = resolveSpawn<T, Work<T>>(first, options);
    return this.#spawn(resolved, work);
  }

  /**
   * Runs a process as a spawned call whose result is a file that it writes, taken only when it is complete and newer than the start. The call fails when the process cannot be
   * started, ends without its result, with another exit code than 0, or by a signal; cancelling it kills the process and all that it started.
   * @throws InvalidOptionError
   */
  execFileResultWorker<T = unknown>(options: FileResultWorkerOptions<T> & CallOptions<T>): SpawnedCall<T> {
    return spawnWorker(this.#session, fileResultWorker(options), options);
  }

  /** As {@link execFileResultWorker}; the result is what the process writes to stdout. @throws InvalidOptionError */
  execStdioWorker<T = unknown>(options: StdioWorkerOptions<T> & CallOptions<T>): SpawnedCall<T> {
    return spawnWorker(this.#session, stdioWorker(options), options);
  }

  /** Spawns work with a time limit: after `timeoutMs` the call fails with TIMED_OUT, and the work's signal aborts. @throws InvalidOptionError */
  execServerRequest<T>(options: ServerRequestOptions<Work<T>> & CallOptions<T>): SpawnedCall<T> {
    const { description, work } = serverRequest<[SpawnedCall<T>, Operation], T>(options);
    return this.#spawn(callOf(options, description), work, options.signal);
  }

  /** Work that waits for a file and reads it: to be spawned, waited for, or called. @throws InvalidOptionError */
  pollFile<T = unknown>(options: PollFileOptions<T> & { readonly path: string }): Poll<T> {
    return pollFile(options);
  }

  /** Work that waits for files and reads them, in the order of the paths. @throws InvalidOptionError */
  pollFiles<T = unknown>(options: PollFileOptions<T> & { readonly paths: readonly string[] }): Poll<T[]> {
    return pollFiles(options);
  }

  /** Work that asks until there is something. @throws InvalidOptionError */
  pollUntil<T>(check: () => T | undefined | null | Promise<T | undefined | null>, options: PollOptions = {}): Poll<T> {
    return pollUntil(check, options);
  }

  /**
   * Waits until all these calls are settled. A failure or an abort of the operation ends the wait: `operationFailed`, `operationAborted`.
   * @throws InvalidOptionError and the reason of `signal`
   */
  async sync(calls: readonly SpawnedCall<unknown>[], options: SyncOptions = {}): Promise<SyncResult> {
    return sync(this.#session, calls, options);
  }

  /** {@link sync} of one call. */
  async awaitCall(call: SpawnedCall<unknown>, options: SyncOptions = {}): Promise<SyncResult> {
    return sync(this.#session, [call], options);
  }

  /**
   * Does work that is no call, and waits for it no longer than the operation goes on.
   * @returns what the work gave, or `onError`
   * @throws what the work throws @throws OperationFailedError @throws OperationAbortedError @throws SessionExpiredError @throws InvalidOptionError and the reason of `signal`
   */
  async waitForCompletion<T>(work: (operation: Operation, signal: AbortSignal) => T | Promise<T>, options: WaitOptions<T> = {}): Promise<T> {
    checkWork(work);
    return waitForCompletion(this.#session, () => work(this, this.signal), options);
  }

  /** Whether calls of this session are open. */
  hasPendingCalls(): boolean {
    return this.#session.calls.length > 0;
  }

  /** Ids of the calls of this session that are open, the oldest first; spawned ones are in it. */
  getPendingCalls(): string[] {
    return this.#session.calls.map(({ callId }) => callId);
  }

  /** Ids of those of them that were spawned. */
  getPendingSpawnedCalls(): string[] {
    return this.#session.calls.filter(({ kind }) => kind !== "call").map(({ callId }) => callId);
  }

  /**
   * Ends this session; the operation goes on. While it is being cleaned up after a failure, this session first does its part in that, at most for as long as that may take: what
   * is called back during the clean-up must not wait for it. Nothing where the operation has ended, and the session with it.
   * @throws CallsOpenError naming the open calls of this session @throws SessionInactiveError when it was left already @throws SessionExpiredError
   */
  async leave(options: LeaveOptions = {}): Promise<void> {
    checkObject(options);
    checkKnown(options, ["cancelPendingCalls", "reason"]);
    const cancelPendingCalls = checkedFlag("cancelPendingCalls", options.cancelPendingCalls);
    checkText("reason", options.reason);
    const { reason } = options;
    if (this.#session.refusal === undefined) await this.#parts.life().whenCleanedUp();
    await this.#session.leave({ kind: "leave", session: this.sessionId, cancelPendingCalls, ...(reason === undefined ? {} : { reason }) });
  }

  /**
   * The operation is done, for everybody: nothing new begins in it, and all that it was can still be looked at. Twice is once.
   * @param options `force`: with calls open, which are cancelled. Default false
   * @throws NotInitiatorError @throws CallsOpenError @throws OperationClosedError when it has failed, or is about to
   */
  async complete(options: { readonly force?: boolean } = {}): Promise<void> {
    checkObject(options);
    checkKnown(options, ["force"]);
    const force = checkedFlag("force", options.force);
    await this.#session.complete(force);
  }

  /**
   * Tells everybody to stop, or takes that back: who has been told stays so. Any participant may.
   * @throws OperationClosedError @throws SessionInactiveError @throws SessionExpiredError
   */
  async setAbortFlag(value: boolean, options: { readonly reason?: string } = {}): Promise<void> {
    if (typeof value !== "boolean") throw new InvalidOptionError("value", `must be true or false, not ${preview(value)}`);
    checkObject(options);
    checkKnown(options, ["reason"]);
    const { reason } = options;
    checkText("reason", reason);
    await this.#session.command({ kind: "request-abort", value, session: this.sessionId, ...(reason === undefined ? {} : { reason }) });
  }

  /** The operation's abort flag, as the log has it now. */
  async checkAbort(): Promise<boolean> {
    return (await this.#session.look()).operation.aborted !== undefined;
  }

  /** Aborts this session, and nothing else: the operation's flag stays as it is. */
  triggerAbort(reason?: string): void {
    checkText("reason", reason);
    this.#session.abort(reason);
  }

  /** Notes a line in the operation's log, also after it is over. @param options `level`: default `"info"` */
  async log(message: string, options: { readonly level?: LogLevel } = {}): Promise<void> {
    if (typeof message !== "string") throw new InvalidOptionError("message", `must be a text, not ${preview(message)}`);
    checkObject(options);
    checkKnown(options, ["level"]);
    const { level = "info" } = options;
    if (!logLevels.includes(level)) throw new InvalidOptionError("level", `must be one of ${logLevels.join(", ")}, not ${preview(level)}`);
    const { time } = await this.#session.note(level, message);
    const { onLogLine } = this.#parts;
    await this.#session.guarded.run("onLogLine", undefined, onLogLine && (() => onLogLine(logLine(time, level, message))));
  }

  /** Notes a line with the time elapsed, indented by `depth`, and the participant: `012.345 |     [build] text`. */
  async logMessage(depth: number, message: string): Promise<void> {
    checkWhole("depth", depth ?? Number.NaN, 0, 100);
    if (typeof message !== "string") throw new InvalidOptionError("message", `must be a text, not ${preview(message)}`);
    await this.log(depthLine(this.elapsedMs, depth, this.participantId, message));
  }

  /** A beat now, apart from those in the background; calls nothing back. @throws SessionExpiredError @throws SessionInactiveError */
  async heartbeat(): Promise<HeartbeatResult> {
    return this.#parts.life().beatNow();
  }

  /** Beats in the background again, after {@link stopHeartbeat}; they go on by themselves from the joining. */
  startHeartbeat(): void {
    this.#parts.life().startBeats();
  }

  /** No beats in the background until {@link startHeartbeat}: without any of its own the session is declared crashed after a while. */
  stopHeartbeat(): void {
    this.#parts.life().stopBeats();
  }

  /** Remembers a file or folder that is to go when this process dies. It must be unregistered before somebody else may use the path. @throws InvalidOptionError */
  async registerTempResource(options: { readonly path: string }): Promise<void> {
    await this.#parts.life().register(resourcePath(options));
  }

  /** The resource is gone, or is to stay. @throws InvalidOptionError */
  async unregisterTempResource(options: { readonly path: string }): Promise<void> {
    await this.#parts.life().unregister(resourcePath(options));
  }

  /** Sessions that are open, in the order in which they began. */
  async participants(): Promise<readonly SessionRow[]> {
    return (await this.#session.look()).sessions.filter(({ state }) => state === "open");
  }

  /** Calls of all sessions that are open, the oldest first. */
  async calls(): Promise<readonly OpenCallRow[]> {
    return this.#session.transport.openCalls(this.operationId);
  }

  /** Its state, and each that follows; completes with the operation. */
  get state$(): ReturnType<typeof state$> {
    return state$(this.#session.transport, this.operationId);
  }

  /** Sessions that are open, and again whenever one comes or goes. */
  get participants$(): ReturnType<typeof participants$> {
    return participants$(this.#session.transport, this.operationId);
  }

  /** Calls of all sessions that are open, and again whenever one starts or ends. */
  get calls$(): ReturnType<typeof calls$> {
    return calls$(this.#session.transport, this.operationId);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#session.refusal === undefined) await this.leave({ cancelPendingCalls: true });
  }

  #spawn<T>(options: ResolvedCall<T>, work: Work<T>, signal?: AbortSignal): SpawnedCall<T> {
    const core = this.#session.newCall("spawned", options);
    const call = new SpawnedCall(core);
    void workOn(core, () => work(call, this, core.signal), signal);
    return call;
  }
}

function resourcePath(options: { readonly path: string }): string {
  checkObject(options);
  checkKnown(options, ["path"]);
  return options.path;
}
