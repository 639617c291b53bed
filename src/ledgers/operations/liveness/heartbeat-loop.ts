import type { LivenessTime } from "./time.js";

/** How often a loop goes round. */
export interface LoopPace {
  readonly intervalMs: number;
  /** Each pause is longer by up to this: so that processes that began together do not stay together. */
  readonly jitterMs: number;
}

/**
 * Goes round and round: one round at a time, each begun an interval after the one before has begun, or at once where that took longer. Stopped means stopped: no round begins
 * any more, also where one was under way; started again there is still one loop. A round that rejects does not end it.
 */
export class HeartbeatLoop {
  readonly #round: () => Promise<unknown>;
  readonly #pace: LoopPace;
  readonly #time: LivenessTime;
  readonly #random: () => number;
  /** Of the loop that runs; what an earlier one has left on the way finds that it is over. */
  #generation = 0;
  #running = false;
  #cancel: () => void = () => undefined;

  constructor(round: () => Promise<unknown>, pace: LoopPace, time: LivenessTime, random: () => number = Math.random) {
    this.#round = round;
    this.#pace = pace;
    this.#time = time;
    this.#random = random;
  }

  get running(): boolean {
    return this.#running;
  }

  /** The first round comes after one interval. Nothing where it runs already. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#generation += 1;
    this.#schedule(this.#generation, this.#time.now());
  }

  stop(): void {
    this.#running = false;
    this.#generation += 1;
    this.#cancel();
  }

  #schedule(generation: number, since: number): void {
    const { intervalMs, jitterMs } = this.#pace;
    const due = since + intervalMs + this.#random() * jitterMs;
    this.#cancel = this.#time.after(due - this.#time.now(), () => void this.#goRound(generation));
  }

  async #goRound(generation: number): Promise<void> {
    const began = this.#time.now();
    try {
      await this.#round();
    } catch {
      // Whoever gave the round hears of its errors in there.
    }
    if (generation === this.#generation) this.#schedule(generation, began);
  }
}
