import { isDaybookError } from "../../base/errors.js";
import type { Status } from "../../events/status.js";
import type { AttemptEnding } from "./decide-runs.js";

/** What a lease does to the log. */
export interface LeaseActions {
  /** A sign of life; false when the attempt no longer holds the run. */
  beat(beatWithinMs: number): Promise<boolean>;
  end(ending: AttemptEnding, status: Status | undefined): Promise<void>;
  /** Told once, when this lease is over. */
  over(): void;
}

/** How a lease ends. */
export interface EndOptions extends AttemptEnding {
  /** The status to record with it. Default: as it is. */
  readonly status?: Status;
}

/**
 * The holding of a run by this process: taken by `RunLedger.start`, kept by beats in the background, given up by `end`,
 * by logging DONE or ERROR, or by dying. The beats do not keep the process alive.
 */
export class RunLease {
  readonly #over = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<void> = Promise.resolve();

  constructor(
    readonly identifier: string,
    readonly relpath: string,
    readonly uid: string,
    /** From 1. */
    readonly attempt: number,
    /** Absolute path of the run's folder, which exists. */
    readonly folder: string,
    readonly beatWithinMs: number,
    readonly actions: LeaseActions,
  ) {
    // Three tries before the promise is broken.
    this.#timer = setInterval(() => this.#beatSoon(), Math.max(10, beatWithinMs / 4));
    this.#timer.unref();
  }

  /** Aborts when this lease is over: ended here, or lost to somebody who took the run up. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /**
   * A sign of life now, and a promise of the next within `beatWithinMs` (default: the lease's own). Worth calling before
   * work that blocks the event loop for longer than that.
   * @returns false when the lease has been lost
   */
  async beat(beatWithinMs = this.beatWithinMs): Promise<boolean> {
    if (this.signal.aborted) return false;
    const held = await this.actions.beat(beatWithinMs);
    if (!held) this.release();
    return held;
  }

  /** Lets go of the run. Twice is once. @throws LeaseLostError when another process has taken it up */
  async end(options: EndOptions = {}): Promise<void> {
    if (this.signal.aborted) return;
    const { status, exitCode, signal } = options;
    this.release();
    await this.#beating;
    await this.actions.end({ ...(exitCode === undefined ? {} : { exitCode }), ...(signal === undefined ? {} : { signal }) }, status);
  }

  /** Stops the beats and says nothing to the log. */
  release(): void {
    clearInterval(this.#timer);
    if (this.signal.aborted) return;
    this.#over.abort();
    this.actions.over();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }

  #beatSoon(): void {
    this.#beating = this.beat().then(
      () => undefined,
      (error: unknown) => {
        // A busy lock or a full disk passes; the next beat tries again. A closed daybook does not come back.
        if (isDaybookError(error, "LOG_CLOSED") || isDaybookError(error, "SYNC_FAILED")) this.release();
      },
    );
  }
}
