/** Watching one operation: a look at it whenever the log may have grown, and what has changed since the look before. */
import { OperationNotFoundError } from "../../base/errors.js";
import { changesBetween } from "./operation-changes.js";
import type { OperationChange } from "./operation-changes.js";
import type { OperationSnapshot, OperationTransport } from "./transport.js";

/** One look at an operation. `changes` may be empty: a beat changes only a session's row. */
export interface OperationLook {
  readonly snapshot: OperationSnapshot;
  readonly changes: readonly OperationChange[];
}

/** How to watch. */
export interface WatchOptions {
  /** Sessions whose rows stay in every snapshot after they are over: those of this process. */
  readonly own?: readonly string[];
  /** A look that failed, or a listener that threw. The next change of the log is looked at all the same. */
  readonly onError: (error: unknown) => void;
}

/**
 * Looks at an operation: at once, then after every growth of the log, by whomever. One look at a time; what grows meanwhile is seen by the next. Listeners are called in the
 * order in which they subscribed, each with every look from then on.
 */
export class OperationWatcher {
  readonly operationId: string;
  readonly #transport: OperationTransport;
  readonly #own: readonly string[];
  readonly #onError: (error: unknown) => void;
  readonly #listeners = new Set<(look: OperationLook) => void>();
  readonly #unwatch: () => void;
  #snapshot: OperationSnapshot | undefined;
  #current: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #stopped = false;

  private constructor(transport: OperationTransport, operationId: string, { own = [], onError }: WatchOptions) {
    this.operationId = operationId;
    this.#transport = transport;
    this.#own = own;
    this.#onError = onError;
    this.#unwatch = transport.watch(() => {
      this.refresh().catch((error: unknown) => this.#report(error));
    });
  }

  /** Watches from now on; resolves after the first look. @throws OperationNotFoundError, and what the transport rejects with */
  static async start(transport: OperationTransport, operationId: string, options: WatchOptions): Promise<OperationWatcher> {
    const watcher = new OperationWatcher(transport, operationId, options);
    try {
      await watcher.refresh();
    } catch (error) {
      watcher.stop();
      throw error;
    }
    return watcher;
  }

  /** The operation at the last look. */
  get snapshot(): OperationSnapshot {
    // Nobody has a watcher before its first look.
    return this.#snapshot as OperationSnapshot;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Calls back with every look from the next one on. Gives the way to stop that. */
  subscribe(listener: (look: OperationLook) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** A look that begins after this call: resolves when the listeners have had it. At once after `stop`. Rejects as the transport does, and with OPERATION_NOT_FOUND. */
  refresh(): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    if (this.#current === undefined) {
      this.#current = this.#look().finally(() => (this.#current = undefined));
      return this.#current;
    }
    const again = (): Promise<void> => {
      this.#next = undefined;
      return this.refresh();
    };
    this.#next ??= this.#current.then(again, again);
    return this.#next;
  }

  /** Looks no more. Twice is once. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#unwatch();
    this.#listeners.clear();
  }

  async #look(): Promise<void> {
    const before = this.#snapshot;
    // Sessions that were open are asked for once more: so that it is seen how they ended.
    const also = [...new Set([...this.#own, ...(before?.operation.openSessions ?? [])])];
    const snapshot = await this.#transport.snapshot(this.operationId, also);
    if (this.#stopped) return;
    if (snapshot === undefined) throw new OperationNotFoundError(this.operationId);
    this.#snapshot = snapshot;
    const look = { snapshot, changes: changesBetween(before, snapshot) };
    for (const listener of [...this.#listeners]) {
      try {
        listener(look);
      } catch (error) {
        this.#report(error);
      }
    }
  }

  #report(error: unknown): void {
    if (!this.#stopped) this.#onError(error);
  }
}
