import type { CallCore } from "./call-core.js";

/** A call that its caller works on. Made by `Operation.startCall`. */
export class Call<T = unknown> {
  readonly #core: CallCore<T>;

  /** @internal */
  constructor(core: CallCore<T>) {
    this.#core = core;
  }

  /** Unique in its operation, such as `call_build_1_9f3c21d0`. */
  get callId(): string {
    return this.#core.callId;
  }

  get description(): string | undefined {
    return this.#core.options.description;
  }

  /** When it was started, by this process's clock. */
  get startedAt(): Date {
    return this.#core.startedAt;
  }

  /** Whether it has ended, failed, or was cancelled. */
  get isCompleted(): boolean {
    return this.#core.outcome !== undefined;
  }

  /** Aborts when the operation is aborted or fails, when the session is over, and when the call is cancelled. */
  get signal(): AbortSignal {
    return this.#core.signal;
  }

  /**
   * The call is a success. Resolves once the log has it and `onCompletion` has run. The log keeps the result where it is JSON of at most 64 KiB. What could not get into the log
   * may be repeated.
   * @throws CallSettledError when it is settled already @throws SessionExpiredError @throws SessionInactiveError
   */
  async end(result?: T): Promise<void> {
    await this.#core.end(result as T);
  }

  /**
   * The call has failed, and with `failOnCrash` the operation with it, for everybody; unless `onCallCrashed` gives a result instead. Resolves once the log has it and `onCleanup`
   * has run.
   * @param error whatever was thrown
   * @throws as {@link end}
   */
  async fail(error: unknown): Promise<void> {
    await this.#core.fail(error);
  }
}
