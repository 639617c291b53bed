import type { LivenessTime } from "../../../../src/ledgers/operations/liveness/time.js";

/** Time that passes when the test says so. */
export class ManualTime implements LivenessTime {
  #now = 1000;
  #timers: { readonly at: number; readonly callback: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms), callback };
    this.#timers.push(timer);
    return () => void (this.#timers = this.#timers.filter((other) => other !== timer));
  }

  /** Whether somebody waits for time to pass. */
  get awaited(): number {
    return this.#timers.length;
  }

  /** Lets time pass; what is due is called, in order, and everything that follows from it without IO has happened. */
  async pass(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      const [next] = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#now = Math.max(this.#now, next.at);
      this.#timers = this.#timers.filter((timer) => timer !== next);
      next.callback();
      await settle();
    }
    this.#now = Math.max(this.#now, until);
    await settle();
  }

  /** The process was stopped for so long: time has passed, and no timer has run meanwhile. */
  stall(ms: number): void {
    this.#now += ms;
  }
}

/** Lets everything happen that needs no IO. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
