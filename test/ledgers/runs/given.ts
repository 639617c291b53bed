import type { NewCatalogueEvent } from "../../../src/events/catalogue.js";
import type { RunStates } from "../../../src/ledgers/runs/decide-runs.js";
import type { Observer, ProcessSight } from "../../../src/ledgers/runs/liveness.js";
import type { ProcessIdentity } from "../../../src/ledgers/runs/process-identity.js";
import { runIndexProjection } from "../../../src/projections/views/run-index.js";
import type { RunRow } from "../../../src/projections/views/run-row.js";
import { runsProjection } from "../../../src/projections/views/runs.js";
import { firstTime, foldRows, recorded } from "../../projections/views/fold-rows.js";

/** The states after events, by the real folds. */
export function given(...events: readonly NewCatalogueEvent[]): RunStates {
  const log = recorded(events);
  return { runs: foldRows(runsProjection, log), "run-index": foldRows(runIndexProjection, log) };
}

/** One run of the states. */
export function runOf(states: RunStates, stream: string): RunRow {
  const row = states.runs.get(stream);
  if (row === undefined) throw new Error(`no run ${stream}`);
  return row;
}

/** The process that holds runs in these tests. */
export const holder: ProcessIdentity = { host: "node7", boot: "b", pidNamespace: "n", pid: 4711, processStart: "99" };

/** An attempt of {@link holder}. */
export const attemptStarted = (stream: string, attempt: number, beatWithinMs = 60_000): NewCatalogueEvent => ({
  stream,
  type: "run.attempt-started",
  data: { attempt, ...holder, beatWithinMs },
});

/** Whoever looks, so many milliseconds after the first event. */
export const observer = (afterMs: number, sight: ProcessSight = "running"): Observer => ({ nowMs: firstTime + afterMs, sees: () => sight });
