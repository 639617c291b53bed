import { constants } from "node:os";
import { CallFailedError, CallPendingError, InvalidOptionError, preview } from "../../base/errors.js";
import type { CallCore, CallOutcome } from "./call-core.js";
import { errorText } from "./call-error.js";
import type { WorkerProcess } from "./workers/worker-host.js";

/** What its handle needs of a call: results only come out of it, so that a call of numbers is one of anything. */
type Settling<T> = Pick<CallCore<unknown>, "callId" | "startedAt" | "done" | "cancel"> & { readonly options: { readonly description: string | undefined }; readonly outcome: CallOutcome<T> | undefined };

/** A call that is worked on in the background. Made by `Operation.spawnCall`, and by those that run worker processes. */
export class SpawnedCall<T = unknown> {
  readonly #core: Settling<T>;
  readonly #worker: { readonly current?: WorkerProcess };

  /** @internal */
  constructor(core: Settling<T>, worker: { readonly current?: WorkerProcess } = {}) {
    this.#core = core;
    this.#worker = worker;
  }

  /** Unique in its operation, such as `spawn_build_2_9f3c21d0`. */
  get callId(): string {
    return this.#core.callId;
  }

  get description(): string | undefined {
    return this.#core.options.description;
  }

  /** When it was spawned, by this process's clock. */
  get startedAt(): Date {
    return this.#core.startedAt;
  }

  /** Whether it is settled: a success, failed or cancelled. */
  get isCompleted(): boolean {
    return this.#core.outcome !== undefined;
  }

  /** Whether there is a result, be it the work's own or that of `onCallCrashed`. */
  get isSuccess(): boolean {
    return this.#core.outcome?.kind === "ended";
  }

  get isFailed(): boolean {
    return this.#core.outcome?.kind === "failed";
  }

  get isCancelled(): boolean {
    return this.#core.outcome?.kind === "cancelled";
  }

  /** @throws CallPendingError before it is settled @throws CallFailedError when it failed or was cancelled, with the error as its `cause` */
  get result(): T {
    const { callId } = this;
    const { outcome } = this.#core;
    if (outcome === undefined) throw new CallPendingError(callId);
    if (outcome.kind === "ended") return outcome.value;
    throw new CallFailedError(callId, outcome.kind === "failed" ? `failed: ${errorText(outcome.error)}` : "was cancelled", outcome.error);
  }

  /** The result; null where there is none, or none yet. */
  get resultOrNull(): T | null {
    return this.resultOr(null);
  }

  /** The result; `otherwise` where there is none, or none yet. */
  resultOr<U>(otherwise: U): T | U {
    const { outcome } = this.#core;
    return outcome?.kind === "ended" ? outcome.value : otherwise;
  }

  /** What the work threw, also where a fallback took its place; of a cancelled call what stopped it. Undefined before it is settled, and of a success. */
  get error(): unknown {
    const { outcome } = this.#core;
    return outcome === undefined ? undefined : outcome.kind === "ended" ? outcome.replaced : outcome.error;
  }

  /** Resolves once the call is settled, the log has it and its callbacks have run. Never rejects: ask `isSuccess`, or use {@link await}. */
  get future(): Promise<void> {
    return this.#core.done;
  }

  /** Waits for the result. @throws what the work threw, or a CallFailedError of a cancelled call */
  async await(): Promise<T> {
    await this.#core.done;
    const { outcome } = this.#core;
    if (outcome === undefined) throw new CallPendingError(this.callId);
    if (outcome.kind === "ended") return outcome.value;
    throw outcome.error;
  }

  /** The pid of its worker process, once that has started; undefined of other calls. */
  get pid(): number | undefined {
    return this.#worker.current?.pid;
  }

  /**
   * Gives the call up: `isCancelled` holds at once, its work's signal aborts, a worker process is killed with all that it started; what the work still does changes nothing.
   * It does not fail the operation. Nothing where the call is settled.
   * @returns once the log has it
   */
  async cancel(reason?: string): Promise<void> {
    if (reason !== undefined && typeof reason !== "string") throw new InvalidOptionError("reason", `must be a text, not ${preview(reason)}`);
    await this.#core.cancel(reason);
  }

  /** Sends a signal to the worker process and all that it started. @returns whether there was one to send it to @throws InvalidOptionError */
  kill(signal: NodeJS.Signals = "SIGTERM"): boolean {
    if (!Object.hasOwn(constants.signals, signal)) throw new InvalidOptionError("signal", `must be the name of a signal, not ${preview(signal)}`);
    return !this.isCompleted && this.#worker.current !== undefined && this.#worker.current.kill(signal);
  }
}

/** @internal Does the work of a call, and tells the log what became of it. Never rejects. @param signal the caller's own: it stops this call alone */
export async function workOn<T>(core: CallCore<T>, work: () => T | Promise<T>, signal?: AbortSignal): Promise<void> {
  try {
    await core.start();
    if (core.outcome !== undefined) return;
    let value: T;
    try {
      value = await work();
    } catch (error) {
      // Who stops because it was told to has not failed.
      await (core.signal.aborted || signal?.aborted === true ? core.cancel(errorText(error), { error }) : core.fail(error));
      return;
    }
    await core.end(value);
  } catch (error) {
    // Settled in the meantime, it stays what it is.
    if (core.outcome === undefined) core.give(error);
  }
}
