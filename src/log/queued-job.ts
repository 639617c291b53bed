import type { ExclusiveJob } from "./port.js";

/** A job in the queue, and the caller that waits for it. */
export class QueuedJob {
  /** Until when it may wait for its turn, in milliseconds of `performance.now()`. */
  readonly deadline: number;
  /** In the queue. */
  waiting = true;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (error: unknown) => void;
  #unlisten: (() => void) | undefined;
  #value: unknown;
  /** The head this caller saw: it resolves when that is durable. */
  #seenSeq = 0;

  constructor(
    readonly job: ExclusiveJob<unknown>,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
  ) {
    this.deadline = performance.now() + job.context.lockTimeoutMs;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Gives up when `signal` aborts, if `takeBack` still can take the job out of the queue. */
  listen(signal: AbortSignal, takeBack: () => boolean): void {
    const onAbort = (): void => {
      if (takeBack()) this.reject(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    this.#unlisten = () => {
      try {
        signal.removeEventListener("abort", onAbort);
      } catch {
        // A signal that somebody made himself; the other callers of the commit are owed their answers all the same.
      }
    };
  }

  /** It is in the commit. */
  accept(value: unknown, seenSeq: number): void {
    this.#value = value;
    this.#seenSeq = seenSeq;
  }

  needsSync(durableSeq: number): boolean {
    return this.#seenSeq > durableSeq && this.job.context.durability === "fsync";
  }

  resolve(): void {
    this.#unlisten?.();
    this.#resolve(this.#value);
    this.job.settled?.();
  }

  reject(error: unknown): void {
    this.#unlisten?.();
    this.#reject(error);
    this.job.settled?.();
  }
}

/** The answer to a job that never gets into the queue. */
export function refuse<T>(job: ExclusiveJob<T>, error: unknown): Promise<T> {
  job.settled?.();
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- a signal's reason may be anything
  return Promise.reject(error);
}
