import type { TortureFailure } from "../suite.js";

/** Counts of what was tried, and what was found. */
export class Tally {
  readonly #tried = new Map<string, number>();
  readonly failures: TortureFailure[] = [];

  count(what: string, by = 1): void {
    this.#tried.set(what, (this.#tried.get(what) ?? 0) + by);
  }

  /** By name. */
  get tried(): Record<string, number> {
    return Object.fromEntries([...this.#tried].sort(([a], [b]) => a.localeCompare(b)));
  }

  fail(where: string, problems: readonly string[]): void {
    for (const problem of problems.slice(0, 5)) this.failures.push({ where, problem });
  }
}
