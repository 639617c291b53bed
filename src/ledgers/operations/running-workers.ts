/** The processes that work for a session. */
export class RunningWorkers {
  readonly #workers = new Set<Promise<void>>();

  /** One works, until that resolves; it never rejects. */
  add(worker: Promise<void>): void {
    this.#workers.add(worker);
    void worker.then(() => this.#workers.delete(worker));
  }

  /** Resolves when none of them works any more, after so long at the latest. Never rejects. */
  async whenEnded(withinMs: number): Promise<void> {
    if (this.#workers.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([Promise.all(this.#workers), new Promise((resolve) => (timer = setTimeout(resolve, withinMs)))]);
    clearTimeout(timer);
  }
}
