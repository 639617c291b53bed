import type { TortureFailure } from "../suite.js";

/** Counts of what was tried, and what was found. */
export class Tally {
  readonly tried: Record<string, number> = {};
  readonly failures: TortureFailure[] = [];

  count(what: string, by = 1): void {
    this.tried[what] = (this.tried[what] ?? 0) + by;
  }

  fail(where: string, problems: readonly string[]): void {
    for (const problem of problems.slice(0, 5)) this.failures.push({ where, problem });
  }
}
