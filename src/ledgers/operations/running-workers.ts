import type { WorkerProcess } from "./workers/worker-host.js";

/** A process that works, or will: undefined before it has started. */
export interface WorkerSlot {
  current?: WorkerProcess;
}

/** How long a worker may take to end when its owner ends. */
const graceMs = 1000;

/** The processes that work for a session. */
export class RunningWorkers {
  readonly #workers = new Map<Promise<unknown>, WorkerSlot>();
  #ownerEnds = false;

  /** One works, until its work settles. Gives what that gives; nothing any more once the owner is ending: its calls are closed by its leaving. */
  async add<T>(work: Promise<T>, slot: WorkerSlot): Promise<T> {
    this.#workers.set(work, slot);
    try {
      return await work;
    } finally {
      this.#workers.delete(work);
      if (this.#ownerEnds) await new Promise(() => undefined);
    }
  }

  /** Resolves when none of them works any more, after so long at the latest. Never rejects. */
  async whenEnded(withinMs: number): Promise<void> {
    if (this.#workers.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([Promise.allSettled(this.#workers.keys()), new Promise((resolve) => (timer = setTimeout(resolve, withinMs)))]);
    clearTimeout(timer);
  }

  /** Ends those that run, since their owner ends: asked first, then killed. Their calls are not told of it. Never rejects. */
  async end(): Promise<void> {
    this.#ownerEnds = true;
    const running = [...this.#workers].filter(([, { current }]) => current !== undefined);
    if (running.length === 0) return;
    const all = (signal: NodeJS.Signals): void => running.forEach(([, { current }]) => void current?.kill(signal));
    all("SIGTERM");
    all("SIGCONT");
    const late = setTimeout(() => all("SIGKILL"), graceMs);
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([Promise.allSettled(running.map(([work]) => work)), new Promise((resolve) => (timer = setTimeout(resolve, 2 * graceMs)))]);
    clearTimeout(timer);
    clearTimeout(late);
  }
}
