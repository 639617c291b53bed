/**
 * Property tests draw a new seed each time. A failure's message ends in `{ seed: ..., path: ... }` and the seed is printed beside it;
 * FAST_CHECK_SEED=<seed> repeats the very run. FAST_CHECK_RUNS=<n> sets how many cases each property tries (fast-check's default: 100).
 */
import fc from "fast-check";
import { afterEach } from "vitest";

const seed = integerFrom("FAST_CHECK_SEED") ?? Math.floor(Math.random() * 0x7fffffff);
const numRuns = integerFrom("FAST_CHECK_RUNS");

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed, ...(numRuns === undefined ? {} : { numRuns }) });

afterEach((context) => {
  const errors = context.task.result?.errors ?? [];
  // Tests without properties fail too; the seed would only confuse there.
  if (errors.some((error) => error.message.includes("Property failed after"))) console.error(`Repeat with FAST_CHECK_SEED=${seed}`);
});

function integerFrom(variable: string): number | undefined {
  const text = process.env[variable];
  if (text === undefined || text === "") return undefined;
  if (!/^-?\d+$/.test(text)) throw new Error(`${variable} must be an integer, not ${text}`);
  return Number(text);
}
