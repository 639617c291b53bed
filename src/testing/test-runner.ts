/** The two functions of a test runner that a suite needs; vitest, node:test, Jest and Mocha all have them. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (name: string, body: () => Promise<void>) => unknown;
}

// Only where vitest runs: everybody else uses this entry without having it.
const vitest: TestRunner | undefined = (process.env["VITEST"] ?? "") === "" ? undefined : await import("vitest").catch(() => undefined);

/** The runner that is running: vitest, or whatever has put `describe` and `it` into the global scope. @throws Error when there is none */
export function currentRunner(): TestRunner {
  const { describe, it } = globalThis as Partial<TestRunner>;
  const found = vitest ?? (describe !== undefined && it !== undefined ? { describe, it } : undefined);
  if (found === undefined) throw new Error("No test runner found: pass its { describe, it }");
  return found;
}
