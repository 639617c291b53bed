import { checkObject } from "../../base/checks.js";
import { isDaybookError, LeaseLostError } from "../../base/errors.js";
import { runAddress } from "../../events/names.js";
import type { AttemptEnding } from "./decide-runs.js";
import type { RunReport } from "./run-input.js";

/** How a lease stands in the log: `lost` to somebody who took the run up, or `ended` by its own process. */
export type LeaseStanding = "held" | "ended" | "lost";

/** What a lease does to the log. */
export interface LeaseActions {
  /** A sign of life; says nothing when the attempt no longer holds the run. */
  beat(beatWithinMs: number): Promise<LeaseStanding>;
  /** @throws LeaseLostError */
  end(ending: AttemptEnding, report: RunReport): Promise<void>;
  log(report: RunReport): Promise<void>;
  /** Told once, when this lease was given up. A lost one is not over: its holder still has to learn of it. */
  over(): void;
}

/** The longest delay that a timer takes; a longer one would fire at once. */
const longestDelay = 2 ** 31 - 1;

/** What a lease's holder says of its run; see `RunLedger.log`. */
export type LeaseReport = Omit<RunReport, "relpath" | "attempt" | "signal">;

/** How a lease ends, and what there is to say at the end; without a status, that stays as it is. One atomic append. */
export interface EndOptions extends AttemptEnding, LeaseReport {}

/**
 * The holding of a run by this process: taken by `RunLedger.start`, kept by beats in the background, given up by `end`,
 * by logging DONE or ERROR, or by dying. The beats do not keep the process alive.
 */
export class RunLease {
  readonly #over = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #beating: Promise<void> = Promise.resolve();
  #ending: Promise<void> | undefined;
  #given = false;
  #lost = false;

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
    this.#timer = setInterval(() => this.#beatSoon(), Math.min(Math.max(10, beatWithinMs / 4), longestDelay));
    this.#timer.unref();
  }

  /**
   * Aborts when this lease is over: ended here, lost to somebody who took the run up (its reason is a LeaseLostError), or no longer
   * kept since the daybook was closed (a LogClosedError).
   */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** True once this process has let go of the run by its own word: by `end`, or by reporting DONE or ERROR. */
  get ended(): boolean {
    return this.#given;
  }

  /**
   * A sign of life now, and a promise of the next within `beatWithinMs` (default: the lease's own). Worth calling before
   * work that blocks the event loop for longer than that.
   * @returns false when the lease has been lost
   */
  async beat(beatWithinMs = this.beatWithinMs): Promise<boolean> {
    if (this.signal.aborted) return false;
    const standing = await this.actions.beat(beatWithinMs);
    if (standing === "lost") this.#lose();
    else if (standing === "ended") this.release();
    return standing === "held";
  }

  /**
   * Reports on the run, as `RunLedger.log` does; DONE and ERROR end the lease. What comes after the end is taken too, as long as
   * nobody has taken the run up since.
   * @throws LeaseLostError when somebody has, and what `RunLedger.log` throws
   */
  async log(report: LeaseReport): Promise<void> {
    try {
      await this.actions.log(report);
    } catch (error) {
      if (isDaybookError(error, "LEASE_LOST") && !this.#given) this.#lose();
      throw error;
    }
  }

  /**
   * Lets go of the run. Twice is once; one that failed can be repeated.
   * @throws LeaseLostError when another process has taken it up @throws LogClosedError when the daybook was closed before
   */
  async end(options: EndOptions = {}): Promise<void> {
    checkObject(options);
    if (this.#lost) throw this.#lossError();
    if (this.#ending === undefined && this.#given) return;
    this.#ending ??= this.#endNow(options).finally(() => (this.#ending = undefined));
    return this.#ending;
  }

  /** @internal The log knows that this lease has ended. */
  release(): void {
    const first = !this.#given;
    // Before the signal: who hears it can tell an end from a loss.
    this.#given = true;
    this.abandon();
    if (first) this.actions.over();
  }

  /** Stops the beats and says nothing to the log: after the promised time the run counts as lost. */
  abandon(reason?: Error): void {
    clearInterval(this.#timer);
    this.#over.abort(reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }

  async #endNow({ exitCode, signal, ...report }: EndOptions): Promise<void> {
    try {
      await this.actions.end({ ...(exitCode === undefined ? {} : { exitCode }), ...(signal === undefined ? {} : { signal }) }, report);
    } catch (error) {
      if (isDaybookError(error, "LEASE_LOST")) this.#lose();
      throw error;
    }
    this.release();
    await this.#beating;
  }

  #lose(): void {
    this.#lost = true;
    this.abandon(this.#lossError());
  }

  #lossError(): LeaseLostError {
    return new LeaseLostError(runAddress(this.identifier, this.relpath, this.uid), this.attempt);
  }

  #beatSoon(): void {
    this.#beating = this.beat().then(
      () => undefined,
      (error: unknown) => {
        // A busy lock or a full disk passes; the next beat tries again. A closed daybook does not come back.
        if (isDaybookError(error, "LOG_CLOSED") || isDaybookError(error, "SYNC_FAILED")) this.abandon(error);
      },
    );
  }
}
