import type { Decision } from "../../projections/engine.js";
import type { Rows } from "../../projections/projection.js";
import { slotKey } from "../../projections/views/warm-starts.js";
import type { WarmStartRow } from "../../projections/views/warm-starts.js";
import { evictionEvent, planEviction } from "./plan-eviction.js";
import type { EvictionPlan, EvictionPolicy } from "./plan-eviction.js";

/** What is decided on: what each slot holds. */
export interface SlotStates {
  readonly "warm-starts": Pick<Rows<WarmStartRow>, "entries" | "get">;
}

/** All rows. */
export function* rowsIn({ "warm-starts": slots }: SlotStates): Generator<WarmStartRow, void, void> {
  for (const [, row] of slots.entries()) yield row;
}

/** `warm-start.evicted` for each entry that has to go. */
export function decideEviction(states: SlotStates, policy: EvictionPolicy, most?: number): Decision<EvictionPlan> {
  const plan = planEviction(rowsIn(states), policy, undefined, most);
  return { events: plan.victims.map(evictionEvent), result: plan };
}

/** Gives up an entry whose payload was found bad, unless its slot holds something else by now. The result says whether it was given up. */
export function decideDrop({ "warm-starts": slots }: SlotStates, row: WarmStartRow, reason: "corrupt" | "missing"): Decision<boolean> {
  // Numbers of saves begin again once a slot was given up; a seq is there once.
  const still = slots.get(slotKey(row.key, row.run))?.seq === row.seq;
  return { events: still ? [evictionEvent({ row, reason })] : [], result: still };
}
