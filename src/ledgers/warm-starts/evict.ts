import type { EvictionReason } from "../../events/warm-start-events.js";
import { checkedFlag, checkKnown, checkObject, checkSignal } from "../../base/checks.js";
import { warmStartEventTypes, warmStartsProjection } from "../../projections/views/warm-starts.js";
import { assertWritable, policyNow } from "./context.js";
import type { WarmStartContext } from "./context.js";
import { decideEviction } from "./decide-eviction.js";
import { deleteFiles } from "./entry-files.js";
import { allRows } from "./list-entries.js";
import { planEviction } from "./plan-eviction.js";
import type { EvictionPlan, Victim } from "./plan-eviction.js";

/** How entries are given up. */
export interface EvictOptions {
  /** Only say which ones would go; also of a daybook opened read-only, or as of a moment. Default false. */
  readonly dryRun?: boolean;
  /** Gives up where it is. */
  readonly signal?: AbortSignal | undefined;
}

/** An entry that was given up. */
export interface EvictedEntry {
  readonly key: string;
  readonly run: string;
  readonly reason: EvictionReason;
  readonly bytes: number;
}

/** What became of a sweep. */
export interface EvictReport {
  /** In the order in which they were given up. */
  readonly evicted: readonly EvictedEntry[];
  /** Of the payloads that are left. */
  readonly bytes: number;
  /** How many entries are left. */
  readonly entries: number;
}

/** Gives up what has expired, then the oldest, until the rest fits the budget: first in the log, then on the disk. @throws InvalidOptionError @throws LogReadOnlyError */
export async function evict(context: WarmStartContext, options: EvictOptions = {}): Promise<EvictReport> {
  checkObject(options);
  checkKnown(options, ["dryRun", "signal"]);
  const { signal } = options;
  checkSignal(signal);
  if (checkedFlag("dryRun", options.dryRun)) {
    const plan = planEviction(await allRows(context), policyNow(context), undefined, Infinity);
    return reportOf(plan.victims, plan);
  }
  assertWritable(context);
  const evicted: Victim[] = [];
  // Read before anybody waits for the lock.
  await context.host.query(warmStartsProjection);
  for (;;) {
    const policy = policyNow(context);
    const { result: plan } = await context.host.transact([warmStartsProjection], (states) => decideEviction(states, policy), { types: warmStartEventTypes, ...(signal === undefined ? {} : { signal }) });
    await deleteFiles(context, plan.victims.map(({ row }) => row));
    evicted.push(...plan.victims);
    if (!plan.more) return reportOf(evicted, plan);
  }
}

const reportOf = (evicted: readonly Victim[], { bytes, entries }: EvictionPlan): EvictReport => ({ evicted: evicted.map(({ row: { key, run, file }, reason }) => ({ key, run, reason, bytes: file.bytes })), bytes, entries });
