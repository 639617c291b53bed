import type { JsonObject } from "../../../events/recorded-event.js";
import type { RunRecord } from "../../runs/run-record.js";

/** A metric, and which value of it is the best one. */
export interface MetricGoal {
  readonly name: string;
  readonly goal: "max" | "min";
}

/** The run that is best by a metric. */
export interface BestRun {
  readonly uid: string;
  readonly params: JsonObject;
  readonly value: number;
}

/** The better of `best` and a run that is DONE; of equals the lower uid, so that the order of visits does not matter. Only a number that is one counts. */
export function betterRun(best: BestRun | undefined, { uid, params = {}, metrics }: RunRecord, { name, goal }: MetricGoal): BestRun | undefined {
  const value = Object.hasOwn(metrics, name) ? metrics[name] : undefined;
  if (typeof value !== "number" || !Number.isFinite(value)) return best;
  if (best !== undefined) {
    const gain = goal === "max" ? value - best.value : best.value - value;
    if (gain < 0 || (gain === 0 && Number(uid) >= Number(best.uid))) return best;
  }
  return { uid, params, value };
}
