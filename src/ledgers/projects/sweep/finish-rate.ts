/** How many of the latest ends the rate is taken from. */
const kept = 100;

/** How fast sets come to an end: over the latest hundred, so that it follows a change without jumping with every set. Times in milliseconds. */
export class FinishRate {
  readonly #times: number[] = [];
  #began: number | undefined;
  #count = 0;

  /** Work has begun; what comes before the first time is no work. */
  begin(nowMs: number): void {
    this.#began ??= nowMs;
  }

  /** One has come to an end. */
  finish(nowMs: number): void {
    this.begin(nowMs);
    this.#times[this.#count % kept] = nowMs;
    this.#count += 1;
  }

  /** Sets per second, falling while none comes to an end; undefined before the first. */
  perSecond(nowMs: number): number | undefined {
    if (this.#count === 0 || this.#began === undefined) return undefined;
    const all = this.#count <= kept;
    // Of a full window the oldest end is where the measured time begins.
    const from = all ? this.#began : (this.#times[this.#count % kept] ?? this.#began);
    return ((all ? this.#count : kept - 1) * 1000) / Math.max(1, nowMs - from);
  }
}
