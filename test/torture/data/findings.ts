import type { SuiteReport, TortureFailure } from "../suite.js";

/** More of one kind say nothing new. */
const most = 200;

/** Counts what a suite tries, and keeps what it finds. */
export class Findings {
  readonly #tried = new Map<string, number>();
  readonly #failures: TortureFailure[] = [];
  #left = 0;

  constructor(readonly seed: number) {}

  get failed(): number {
    return this.#failures.length + this.#left;
  }

  count(what: string, times = 1): void {
    this.#tried.set(what, (this.#tried.get(what) ?? 0) + times);
  }

  fail(where: string, problem: string): void {
    if (this.#failures.length < most) this.#failures.push({ where: `seed ${this.seed}: ${where}`, problem });
    else this.#left += 1;
  }

  report(facts: Readonly<Record<string, string>> = {}): SuiteReport {
    const more = this.#left === 0 ? [] : [{ where: `seed ${this.seed}`, problem: `${this.#left} further failures are left out` }];
    return { tried: Object.fromEntries(this.#tried), facts, failures: [...this.#failures, ...more] };
  }
}
