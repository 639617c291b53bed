import type { ArtifactRef } from "../../events/checkpoint-events.js";
import type { WarmStartEvents } from "../../events/warm-start-events.js";
import { warmStartStream } from "../../events/warm-start-names.js";
import type { Decision } from "../../projections/engine.js";
import { slotKey } from "../../projections/views/warm-starts.js";
import type { WarmStartTotals } from "../../projections/views/warm-starts.js";
import { rowsIn } from "./decide-eviction.js";
import type { SlotStates } from "./decide-eviction.js";
import { evictionEvent, planEviction } from "./plan-eviction.js";
import type { EvictionPlan, EvictionPolicy } from "./plan-eviction.js";

/** What is to be in a slot. Its file is durable already. */
export type NewEntry = Omit<WarmStartEvents["warm-start.saved"], "replaced" | "save"> & { readonly key: string };

/** How it is saved. */
export interface SaveTerms {
  /** The slot has to be a new one. */
  readonly isNew: boolean;
  /** What is expired or over the budget goes in any case; else only once the budget is passed. */
  readonly sweeps: boolean;
  readonly policy: EvictionPolicy;
}

/** What became of it. */
export interface SaveOutcome {
  /** The slot was to be new, and is not: nothing was saved. */
  readonly taken: boolean;
  /** The file that the slot had before. */
  readonly former: ArtifactRef | undefined;
  /** Undefined where nobody was looked for. */
  readonly plan: EvictionPlan | undefined;
}

/**
 * `warm-start.saved`, and in the same append `warm-start.evicted` for what has to go for it: the log is never over the budget in between. What is saved is the newest,
 * so nothing that stays is older than what goes.
 */
export function decideSave(states: SlotStates & { readonly "warm-start-totals": WarmStartTotals }, entry: NewEntry, { isNew, sweeps, policy }: SaveTerms): Decision<SaveOutcome> {
  const { key, ...rest } = entry;
  const before = states["warm-starts"].get(slotKey(key, entry.run));
  if (isNew && before !== undefined) return { events: [], result: { taken: true, former: undefined, plan: undefined } };
  const data: WarmStartEvents["warm-start.saved"] = { ...rest, save: (before?.save ?? 0) + 1, ...(before === undefined ? {} : { replaced: before.file.bytes }) };
  const total = states["warm-start-totals"].bytes - (before?.file.bytes ?? 0) + entry.file.bytes;
  const plan = sweeps || total > policy.budgetBytes ? planEviction(rowsIn(states), policy, { key, run: entry.run, bytes: entry.file.bytes }) : undefined;
  const saved = { stream: warmStartStream(key), type: "warm-start.saved", data };
  return { events: [saved, ...(plan?.victims ?? []).map(evictionEvent)], result: { taken: false, former: before?.file, plan } };
}
