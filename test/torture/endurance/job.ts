import { setTimeout as sleep } from "node:timers/promises";
import type { Assignment, SupervisorMessage } from "./messages.js";
import type { Notes } from "./notes.js";
import type { Sampler } from "./sampler.js";
import type { Random } from "../../../examples/penguins/random.js";

/** After so many problems a process gives up: more of them say no more. */
const mostProblems = 20;

/** What a role works with. */
export class Job {
  readonly counts: Record<string, number> = {};
  /** With how often each came. */
  readonly #problems = new Map<string, number>();
  #problemCount = 0;
  readonly #stop = new AbortController();

  constructor(
    readonly assignment: Assignment,
    readonly random: Random,
    readonly notes: Notes,
    readonly sampler: Sampler,
  ) {
    process.on("message", (message: SupervisorMessage) => {
      if (message === "stop") this.stop();
    });
    // Whoever started this process is gone.
    process.on("disconnect", () => process.exit(1));
  }

  get stopped(): boolean {
    return this.#stop.signal.aborted;
  }

  stop(): void {
    this.#stop.abort();
  }

  count(what: string, by = 1): void {
    this.counts[what] = (this.counts[what] ?? 0) + by;
  }

  /** What must not happen and did; the same again is counted. */
  get problems(): string[] {
    return Array.from(this.#problems, ([problem, times]) => (times === 1 ? problem : `${problem} (${times} times)`));
  }

  problem(where: string, error: unknown): void {
    const problem = `${where}: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`;
    this.#problems.set(problem, (this.#problems.get(problem) ?? 0) + 1);
    this.#problemCount += 1;
    if (this.#problemCount >= mostProblems) this.stop();
  }

  /** A whole number from 0, below `end`. */
  below(end: number): number {
    return Math.floor(this.random() * end);
  }

  /** Does something again and again at a pace, until the load ends. What is late is not made up for. */
  async every(ms: number, what: string, work: () => void | Promise<void>): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const began = performance.now();
      try {
        await work();
      } catch (error) {
        this.problem(what, error);
      }
      // Uneven, so that processes do not march in step; and at least a turn of the event loop.
      await pause(Math.max(0, ms * (0.5 + this.random()) - (performance.now() - began)), signal);
    }
  }
}

/** Sleeps, or wakes when the load ends. */
const pause = (ms: number, signal: AbortSignal): Promise<void> => sleep(ms, undefined, { signal }).catch(() => undefined);
