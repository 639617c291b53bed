import type { TortureFailure } from "../suite.js";
import type { Sample } from "./messages.js";
import type { Plan } from "./plan.js";
import type { LoadProcess } from "./processes.js";
import { percentile } from "./sampler.js";

/** How much of each may have grown from after warm-up to the end. Stated in the suite's method. */
export const bounds = {
  memoryFactor: 1.3,
  memoryMore: 30 * 1024 * 1024,
  aliveMore: 10 * 1024 * 1024,
  descriptorsMore: 4,
  latencyFactor: 2,
  loopFactor: 2,
  loopMoreMs: 50,
} as const;

/** What a process was like during a part of the load. */
interface Window {
  readonly rss: number;
  readonly alive: number;
  readonly descriptors: number | undefined;
  readonly loopDelayMs: number;
  readonly appendP50: number | undefined;
  readonly appendP99: number | undefined;
  readonly probeP50: number | undefined;
}

/** Compares each process at the end with itself after warm-up. */
export function compareEnds(processes: readonly Pick<LoadProcess, "by" | "samples">[], plan: Pick<Plan, "loadMs" | "warmUpMs" | "windowMs">): { facts: Record<string, string>; failures: TortureFailure[]; compared: number } {
  const facts: Record<string, string> = {};
  const failures: TortureFailure[] = [];
  const windows = processes.map(({ by, samples }) => ({
    by,
    samples,
    early: windowOf(samples, plan.warmUpMs, plan.warmUpMs + plan.windowMs),
    late: windowOf(samples, plan.loadMs - plan.windowMs, Infinity),
  }));
  // A disk or a machine that has become slower for everybody is no fault of the log.
  const slower = Math.max(1, ...windows.map(({ early, late }) => (early?.probeP50 === undefined || late?.probeP50 === undefined ? 1 : late.probeP50 / early.probeP50)));
  facts["how much slower a bare write and sync has become"] = `${slower.toFixed(2)} times`;
  let compared = 0;
  for (const { by, samples, early, late } of windows) {
    if (early === undefined || late === undefined) {
      failures.push({ where: by, problem: `${samples.length} samples are too few to compare the end with what was after warm-up` });
      continue;
    }
    compared += 1;
    facts[`${by}: resident memory, MB, after warm-up and at the end`] = `${megabytes(early.rss)}, ${megabytes(late.rss)}`;
    facts[`${by}: alive after collection, MB`] = `${megabytes(early.alive)}, ${megabytes(late.alive)}`;
    facts[`${by}: descriptors`] = `${early.descriptors ?? "?"}, ${late.descriptors ?? "?"}`;
    facts[`${by}: event loop delay, p99, ms`] = `${fixed(early.loopDelayMs)}, ${fixed(late.loopDelayMs)}`;
    if (early.appendP50 !== undefined) facts[`${by}: durable append, p50 / p99, ms`] = `${fixed(early.appendP50)} / ${fixed(early.appendP99)}, ${fixed(late.appendP50)} / ${fixed(late.appendP99)}`;
    if (early.probeP50 !== undefined) facts[`${by}: bare write and sync, p50, ms`] = `${fixed(early.probeP50)}, ${fixed(late.probeP50)}`;
    failures.push(...problemsOf(early, late, slower).map((problem) => ({ where: `${by}, after warm-up and at the end`, problem })));
  }
  return { facts, failures, compared };
}

function problemsOf(early: Window, late: Window, slower: number): string[] {
  const problems: string[] = [];
  if (late.rss > early.rss * bounds.memoryFactor + bounds.memoryMore) problems.push(`resident memory grew from ${megabytes(early.rss)} to ${megabytes(late.rss)} MB`);
  if (late.alive > early.alive * bounds.memoryFactor + bounds.aliveMore) problems.push(`what is alive in memory grew from ${megabytes(early.alive)} to ${megabytes(late.alive)} MB`);
  if (late.descriptors !== undefined && early.descriptors !== undefined && late.descriptors > early.descriptors + bounds.descriptorsMore) {
    problems.push(`open descriptors grew from ${early.descriptors} to ${late.descriptors}`);
  }
  if (late.appendP50 !== undefined && early.appendP50 !== undefined && late.appendP50 > early.appendP50 * bounds.latencyFactor * slower) {
    problems.push(`the median durable append went from ${fixed(early.appendP50)} to ${fixed(late.appendP50)} ms, while a bare write and sync took ${slower.toFixed(2)} times as long`);
  }
  if (late.loopDelayMs > early.loopDelayMs * bounds.loopFactor * slower + bounds.loopMoreMs) problems.push(`the event loop's delay went from ${fixed(early.loopDelayMs)} to ${fixed(late.loopDelayMs)} ms`);
  return problems;
}

/** Medians over the samples of a part of the load; descriptors at their lowest: one that opens and closes has more of them while it is at it, and what is not given back raises that, too. */
function windowOf(samples: readonly Sample[], from: number, to: number): Window | undefined {
  const inside = samples.filter(({ atMs }) => atMs >= from && atMs < to);
  if (inside.length < 5) return undefined;
  const median = (pick: (sample: Sample) => number | undefined): number | undefined => {
    const values = inside.map(pick).filter((value) => value !== undefined);
    return values.length === 0 ? undefined : percentile(values, 0.5);
  };
  const descriptors = inside.map((sample) => sample.descriptors).filter((count) => count !== undefined);
  return {
    rss: median(({ rss }) => rss) ?? 0,
    alive: median(({ alive }) => alive) ?? 0,
    descriptors: descriptors.length === 0 ? undefined : Math.min(...descriptors),
    loopDelayMs: median(({ loopDelayMs }) => loopDelayMs) ?? 0,
    appendP50: median(({ append }) => append?.p50),
    appendP99: median(({ append }) => append?.p99),
    probeP50: median(({ probeP50 }) => probeP50),
  };
}

const megabytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1);
const fixed = (ms: number | undefined): string => (ms === undefined ? "?" : ms.toFixed(2));
