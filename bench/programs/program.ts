import type { Metrics } from "../row.js";
import { quantile } from "../statistics.js";

/** The arguments of a program: one JSON object on the command line. */
export function argumentsOf<Args>(): Args {
  return JSON.parse(process.argv[2] ?? "{}") as Args;
}

/** Tells what was measured: the last line of the standard output. */
export function report(metrics: Metrics): void {
  process.stdout.write(`${JSON.stringify(metrics)}\n`);
}

/** Rate and latencies of operations, from milliseconds. */
export function latencyMetrics(latenciesMs: Float64Array, elapsedMs: number): Metrics {
  const sorted = latenciesMs.slice().sort();
  return {
    perSecond: (latenciesMs.length / elapsedMs) * 1000,
    p50us: quantile(sorted, 0.5) * 1000,
    p99us: quantile(sorted, 0.99) * 1000,
    maxMs: quantile(sorted, 1),
  };
}

/** The most memory that this process has had resident, in MB (10^6 bytes). */
export const peakResidentMb = (): number => (process.resourceUsage().maxRSS * 1024) / 1e6;

/** Does an operation `count` times, one after another. */
export async function oneAfterAnother(count: number, operation: (index: number) => unknown): Promise<Metrics> {
  const latencies = new Float64Array(count);
  const begin = performance.now();
  for (let index = 0; index < count; index += 1) {
    const before = performance.now();
    await operation(index);
    latencies[index] = performance.now() - before;
  }
  return latencyMetrics(latencies, performance.now() - begin);
}

/** Does an operation `count` times for `callers` who each wait for their own and then come again. */
export async function byManyCallers(count: number, callers: number, operation: (index: number) => Promise<unknown>): Promise<Metrics> {
  const latencies = new Float64Array(count);
  let next = 0;
  const begin = performance.now();
  const caller = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      const before = performance.now();
      await operation(index);
      latencies[index] = performance.now() - before;
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return latencyMetrics(latencies, performance.now() - begin);
}

/** @throws when the work was not done */
export function expectEqual(what: string, found: unknown, wanted: unknown): void {
  if (found !== wanted) throw new Error(`${what}: ${String(found)} instead of ${String(wanted)}`);
}

/** The entry of a table of ways to do it. @throws for a name that is not there */
export function wayOf<Way>(ways: Readonly<Record<string, Way>>, name: string): Way {
  const way = ways[name];
  if (way === undefined) throw new Error(`no way ${name}: ${Object.keys(ways).join(", ")}`);
  return way;
}
