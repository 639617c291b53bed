import { closeSync, fdatasyncSync, openSync, readdirSync, writeSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Sample } from "./messages.js";

/** How many descriptors this process has open; undefined where the system does not tell. The one that looks is always among them. */
export function openDescriptors(): number | undefined {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return undefined;
  }
}

/** Measures the process it is in. */
export class Sampler {
  readonly #loop = monitorEventLoopDelay({ resolution: 10 });
  readonly #probe: number;
  readonly #probes: number[] = [];
  readonly #appends: number[] = [];
  #started = performance.now();

  /** `probeFile`: on the same file system as the log. */
  constructor(probeFile: string) {
    this.#probe = openSync(probeFile, "w");
    this.#loop.enable();
  }

  begin(): void {
    this.#started = performance.now();
    this.#loop.reset();
  }

  /** Waits for a durable append and notes how long it took. */
  async timed<T>(append: () => Promise<T>): Promise<T> {
    const before = performance.now();
    const result = await append();
    this.#appends.push(performance.now() - before);
    return result;
  }

  /** What the disk itself takes for so much. */
  probeDisk(): void {
    const before = performance.now();
    writeSync(this.#probe, Buffer.alloc(300, 0x78), 0, 300, 0);
    fdatasyncSync(this.#probe);
    this.#probes.push(performance.now() - before);
  }

  /** The state now, garbage not counted where the process may collect it (`--expose-gc`). */
  sample(): Sample {
    // Before the collection, which holds the loop up on its own account.
    const loopDelayMs = this.#loop.percentile(99) / 1e6;
    globalThis.gc?.();
    const append = this.#appends.length === 0 ? undefined : { count: this.#appends.length, p50: percentile(this.#appends, 0.5), p99: percentile(this.#appends, 0.99) };
    const probeP50 = this.#probes.length === 0 ? undefined : percentile(this.#probes, 0.5);
    this.#appends.length = 0;
    this.#probes.length = 0;
    const { rss, heapUsed, external } = process.memoryUsage();
    const sample = { atMs: performance.now() - this.#started, rss, alive: heapUsed + external, descriptors: openDescriptors(), loopDelayMs, append, probeP50 };
    this.#loop.reset();
    return sample;
  }

  close(): void {
    this.#loop.disable();
    closeSync(this.#probe);
  }
}

/** The value below which that share of the values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}
