import { Status } from "../../events/status.js";
import type { AttemptRow, RunRow } from "../../projections/views/run-row.js";

/**
 * Whether anybody is at work on a run. `live`: a process holds it and keeps its promise. `lost`: the process that held it
 * is gone, or has been silent for longer than it promised. `ended`: it is DONE, has failed, or was let go of. `unknown`:
 * nobody holds a lease on it, so nothing can be said.
 */
export type Liveness = "live" | "lost" | "ended" | "unknown";

/** What the observer can see of a process: `unseen` on another machine, or behind another pid namespace. */
export type ProcessSight = "running" | "gone" | "unseen";

/** The observer's means: its clock (ms) and its view of processes. */
export interface Observer {
  readonly nowMs: number;
  sees(attempt: AttemptRow): ProcessSight;
}

/** Judges a run. Pure: what is seen comes from the observer. */
export function judgeLiveness(row: RunRow, observer: Observer): Liveness {
  if (row.status === Status.DONE || row.status === Status.ERROR) return "ended";
  const attempt = row.attempts.at(-1);
  if (attempt === undefined) return "unknown";
  if (attempt.ended !== undefined) {
    // Somebody without a lease has set another status since: then nobody is known to work on it.
    const latest = row.history.at(-1);
    return latest !== undefined && latest.time > attempt.ended ? "unknown" : "ended";
  }
  if (observer.sees(attempt) === "gone") return "lost";
  return observer.nowMs - Date.parse(attempt.lastBeat) > attempt.beatWithinMs ? "lost" : "live";
}
