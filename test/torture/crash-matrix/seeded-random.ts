/** Randomness that can be repeated: mulberry32. */
export class SeededRandom {
  #state: number;

  constructor(seed: number, stream = 0) {
    // Streams of one seed start far apart, and not along a line.
    this.#state = Math.imul(seed ^ Math.imul(stream + 1, 0x9e3779b1), 0x85ebca6b) >>> 0;
    for (let index = 0; index < 3; index += 1) this.next();
  }

  /** From 0, below 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number from 0, below `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T;
  }

  shuffled<T>(from: readonly T[]): T[] {
    const all = [...from];
    for (let index = all.length - 1; index > 0; index -= 1) {
      const other = this.below(index + 1);
      [all[index], all[other]] = [all[other] as T, all[index] as T];
    }
    return all;
  }
}
