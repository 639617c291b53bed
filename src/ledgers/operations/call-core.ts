import { CallFailedError, CallSettledError, isDaybookError } from "../../base/errors.js";
import type { LinkedSignal } from "../../base/link-signals.js";
import { linkSignals } from "../../base/link-signals.js";
import type { CallKind } from "../../events/operation-events.js";
import type { OperationRow } from "../../projections/views/operations.js";
import { toCallError } from "./call-error.js";
import type { ResolvedCall } from "./call-options.js";
import { loggedResult } from "./call-result.js";
import type { CommandOf } from "./commands-of.js";
import { Deferred } from "./deferred.js";
import type { OperationFailedInfo } from "./failed-info.js";
import type { GuardedCallbacks } from "./guarded-callbacks.js";
import type { CommandResult } from "./transport.js";

/** What became of a call. */
export type CallOutcome<T> =
  /** `replaced`: the error that a fallback stands for. */
  | { readonly kind: "ended"; readonly value: T; readonly replaced?: unknown }
  | { readonly kind: "failed"; readonly error: unknown }
  | { readonly kind: "cancelled"; readonly error: unknown };

/** Commands about one call. */
export type CallCommand = CommandOf<"start-call" | "end-call" | "fail-call" | "cancel-call" | "worker-started" | "worker-exited">;

/** What a call needs of its session. */
export interface CallHost {
  readonly session: string;
  readonly cleanupWithinMs: number;
  /** Aborts with the operation. */
  readonly signal: AbortSignal;
  readonly guarded: GuardedCallbacks;
  /** Decides and appends; passing troubles are tried again. */
  send(command: CallCommand): Promise<CommandResult>;
  /** Takes note of what the log says of the operation. */
  saw(operation: OperationRow): void;
  /** The call is open no longer. */
  settled(call: CallCore<unknown>): void;
}

/** A call of this process: what its handles show, and how it gets into the log. Its outcome is what the log has acknowledged, but for a cancellation, which holds at once. */
export class CallCore<T> {
  readonly #abort = new AbortController();
  readonly #link: LinkedSignal;
  readonly #done = new Deferred<void>();
  #started: Promise<unknown> = Promise.resolve();
  #outcome: CallOutcome<T> | undefined;
  #settling: Promise<void> | undefined;
  /** The log closed it while that was on the way: holds if the end is refused. */
  #closed: CallOutcome<T> | undefined;
  #failing: { readonly error: unknown } | undefined;
  /** What an end is refused with, once the log has closed it. */
  #refusal: Error | undefined;
  #cleaning: Promise<string | undefined> | undefined;

  constructor(
    readonly host: CallHost,
    readonly callId: string,
    readonly kind: CallKind,
    readonly startedAt: Date,
    readonly options: ResolvedCall<T>,
  ) {
    this.#link = linkSignals(host.signal, this.#abort.signal);
  }

  /** Aborts with the operation, and when the call is cancelled or closed from outside. */
  get signal(): AbortSignal {
    return this.#link.signal ?? this.#abort.signal;
  }

  get outcome(): CallOutcome<T> | undefined {
    return this.#outcome;
  }

  /** While its end is on the way to the log: resolves when that was answered. Never rejects. */
  get settling(): Promise<void> | undefined {
    return this.#settling;
  }

  /** Resolves once the outcome is in the log and the callbacks have run. Never rejects. */
  get done(): Promise<void> {
    return this.#done.promise;
  }

  /** @throws what the decision throws */
  start(): Promise<void> {
    const { host, callId: call, kind: callKind, options } = this;
    const { description, failOnCrash } = options;
    const started = host.send({ kind: "start-call", session: host.session, call, callKind, failOnCrash, ...(description === undefined ? {} : { description }) });
    this.#started = started.catch(() => undefined);
    return started.then(() => undefined);
  }

  /** It never began, or its end cannot get into the log. */
  give(error: unknown): void {
    this.#become({ kind: "failed", error });
    this.#done.resolve();
  }

  /** @throws CallSettledError and what the decision throws */
  async end(value: T): Promise<void> {
    await this.#once(async () => {
      const result = loggedResult(value);
      await this.#send({ kind: "end-call", ...this.#named, ...(result === undefined ? {} : { result }) });
      this.#become({ kind: "ended", value });
    });
    await this.#callBack();
  }

  /** With a fallback it is a success after all. @throws CallSettledError and what the decision throws */
  async fail(error: unknown): Promise<void> {
    await this.#once(async () => {
      const { onCallCrashed } = this.options.callback;
      const { value } = await this.host.guarded.run("onCallCrashed", this.callId, onCallCrashed);
      await (value === undefined ? this.#fail(error) : this.#replace(error, value));
    });
    await this.#callBack();
  }

  /**
   * Holds at once; resolves once it is in the log. Nothing where the call is settled, or about to be.
   * @param thrown what a work threw after its signal had aborted
   */
  async cancel(reason?: string, thrown?: { readonly error: unknown }): Promise<void> {
    if (this.#outcome !== undefined || this.#settling !== undefined) return;
    const error = new CallFailedError(this.callId, `was cancelled${reason === undefined ? "" : `: ${reason}`}`);
    this.#become({ kind: "cancelled", error: thrown === undefined ? error : thrown.error }, error);
    try {
      await this.#started;
      await this.#send({ kind: "cancel-call", ...this.#named, ...(reason === undefined ? {} : { reason }) });
    } catch (refused) {
      // Somebody has closed it already, or it never began.
      if (!isOver(refused)) throw refused;
    } finally {
      this.#done.resolve();
    }
  }

  /** The log has closed it, by somebody else's word. `refusal`: what an end is answered with from now on. */
  close(outcome: CallOutcome<T>, refusal?: Error): void {
    this.#refusal ??= refusal;
    if (this.#outcome !== undefined) return;
    if (this.#settling !== undefined) {
      this.#closed ??= outcome;
      return;
    }
    this.#become(outcome, "error" in outcome ? outcome.error : undefined);
    this.#done.resolve();
  }

  /** The log says that it has failed the operation: the answer to its own command is on the way. */
  failed(): void {
    if (this.#failing !== undefined) this.#become({ kind: "failed", error: this.#failing.error });
  }

  /** The operation has failed while it was open, as far as was known. Never rejects. */
  async operationFailed(info: OperationFailedInfo): Promise<void> {
    // Its end may have been first, with the answer still on the way.
    await this.#settling;
    if (this.#outcome?.kind === "ended" || this.#outcome?.kind === "failed") return;
    const { onOperationFailed } = this.options.callback;
    await this.host.guarded.run("onOperationFailed", this.callId, onOperationFailed && (() => onOperationFailed(info)));
  }

  /** Runs its clean-up, once; a success has none. @returns what was wrong with it. Never rejects */
  cleanUp(): Promise<string | undefined> {
    this.#cleaning ??= this.#cleanUp();
    return this.#cleaning;
  }

  get #named(): { readonly session: string; readonly call: string } {
    return { session: this.host.session, call: this.callId };
  }

  async #cleanUp(): Promise<string | undefined> {
    await this.#settling;
    if (this.#outcome?.kind === "ended") return undefined;
    const { problem } = await this.host.guarded.run("onCleanup", this.callId, this.options.callback.onCleanup);
    return problem;
  }

  async #replace(error: unknown, value: T): Promise<void> {
    const result = loggedResult(value);
    await this.#send({ kind: "end-call", ...this.#named, ...(result === undefined ? {} : { result }), replaced: toCallError(error) });
    this.#become({ kind: "ended", value, replaced: error });
  }

  async #fail(error: unknown): Promise<void> {
    this.#failing = { error };
    const { operation } = await this.#send({ kind: "fail-call", ...this.#named, error: toCallError(error), cleanupWithinMs: this.host.cleanupWithinMs });
    this.#become({ kind: "failed", error });
    this.host.saw(operation);
  }

  /** One end is taken; one that could not get into the log may be repeated. */
  async #once(settle: () => Promise<void>): Promise<void> {
    if (this.#refusal !== undefined) throw this.#refusal;
    if (this.#outcome !== undefined || this.#settling !== undefined) throw new CallSettledError(this.callId);
    const answered = new Deferred<void>();
    this.#settling = answered.promise;
    try {
      await settle();
    } catch (error) {
      const closed = this.#closed ?? (isOver(error) ? ({ kind: "cancelled", error } as const) : undefined);
      if (closed !== undefined) {
        this.#become(closed);
        this.#done.resolve();
      }
      throw error;
    } finally {
      this.#settling = undefined;
      answered.resolve();
    }
  }

  async #send(command: CallCommand): Promise<CommandResult> {
    return this.host.send(command);
  }

  async #callBack(): Promise<void> {
    const outcome = this.#outcome;
    const { onCompletion } = this.options.callback;
    if (outcome?.kind === "ended") await this.host.guarded.run("onCompletion", this.callId, onCompletion && (() => onCompletion(outcome.value)));
    else await this.cleanUp();
    this.#done.resolve();
  }

  /** @param abortWith what its work is stopped with, where that goes on */
  #become(outcome: CallOutcome<T>, abortWith?: unknown): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = outcome;
    if (abortWith !== undefined) this.#abort.abort(abortWith);
    this.#link.unlink();
    this.host.settled(this as CallCore<unknown>);
  }
}

/** The log has nothing open to end: the call, its session or its operation is over. */
export function isOver(error: unknown): boolean {
  return (["CALL_SETTLED", "OPERATION_CLOSED", "SESSION_EXPIRED", "SESSION_INACTIVE", "LOG_CLOSED"] as const).some((code) => isDaybookError(error, code));
}
