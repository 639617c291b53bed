import { objectiveTolerance } from "./choose-entry.js";

/** What a session has written so far. */
export interface Written {
  /** When the last write was asked for, by the session's clock; undefined before the first. */
  readonly lastMs: number | undefined;
  /** The least objective that was written; undefined as long as none was. */
  readonly best: number | undefined;
}

/** True when an objective is less than the least so far by more than 1e-12, or the first. */
export const improves = (objective: number | undefined, { best }: Written): boolean => objective !== undefined && (best === undefined || objective < best - objectiveTolerance);

/** True when a checkpoint is to be written: it improves, or the last write is long enough ago. A clock that was put back says nothing about that: then it is due. Pure. */
export function isDue(objective: number | undefined, nowMs: number, written: Written, minIntervalMs: number): boolean {
  return improves(objective, written) || written.lastMs === undefined || nowMs < written.lastMs || nowMs - written.lastMs >= minIntervalMs;
}

/** What is known after a checkpoint was written. */
export function afterWrite({ best }: Written, objective: number | undefined, nowMs: number): Written {
  return { lastMs: nowMs, best: objective === undefined ? best : Math.min(best ?? Infinity, objective) };
}
