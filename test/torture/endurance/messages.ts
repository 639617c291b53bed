import type { Plan } from "./plan.js";

export const roles = ["appender", "ledger", "reader", "opener", "visitor"] as const;
export type Role = (typeof roles)[number];

/** What a process of the load is told when it is started. */
export interface Assignment {
  readonly role: Role;
  /** Its participant. */
  readonly by: string;
  readonly root: string;
  /** Where it notes what was acknowledged: outside of the root. */
  readonly notes: string;
  readonly seed: number;
  readonly plan: Plan;
}

/** What a process looks like at one moment. */
export interface Sample {
  /** Since the load began. */
  readonly atMs: number;
  readonly rss: number;
  /** What is alive on the heap and in buffers outside of it, where garbage was collected before (`--expose-gc`). */
  readonly alive: number;
  /** Open descriptors; undefined where the system does not tell. */
  readonly descriptors: number | undefined;
  /** Event loop, since the sample before: 99th percentile of the delay, ms. */
  readonly loopDelayMs: number;
  /** Durable appends since the sample before, ms. */
  readonly append: { readonly count: number; readonly p50: number; readonly p99: number } | undefined;
  /** Writing and syncing a file of the process's own, to tell a slow disk from a slow log, ms. */
  readonly probeP50: number | undefined;
}

/** What a process says in the end. */
export interface Summary {
  /** What it has done, by kind. */
  readonly counts: Readonly<Record<string, number>>;
  /** What must not happen and did. */
  readonly problems: readonly string[];
  readonly cpuMs: number;
}

export type WorkerMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "sample"; readonly sample: Sample }
  | { readonly kind: "summary"; readonly summary: Summary };

export type SupervisorMessage = "go" | "stop";
