/** Counts work that is under way, so that closing can wait for it. */
export class PendingWork {
  #count = 0;
  #idle: (() => void)[] = [];

  /** Notes `work`, and gives it back. */
  track<T>(work: Promise<T>): Promise<T> {
    this.enter();
    work.then(this.leave, this.leave);
    return work;
  }

  /** Something begins that calls {@link leave} itself. */
  enter(): void {
    this.#count += 1;
  }

  /** Resolves once nothing is under way, whatever became of it. */
  whenIdle(): Promise<void> {
    return this.#count === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Something that was entered is over. */
  readonly leave = (): void => {
    this.#count -= 1;
    if (this.#count > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  };
}
