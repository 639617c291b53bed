import { assertNever } from "../../base/assert-never.js";
import type { CatalogueEvent } from "../../events/catalogue.js";
import { parseRunStream } from "../../events/names.js";
import type { RecordedEvent } from "../../events/recorded-event.js";
import { Status } from "../../events/status.js";
import { defineProjection } from "../projection.js";
import type { AttemptRow, RunRow } from "./run-row.js";

type RunEvent = Extract<CatalogueEvent, { readonly type: `run.${string}` }>;

const types = [
  "run.allocated",
  "run.status-changed",
  "run.files-attached",
  "run.metrics-recorded",
  "run.error-recorded",
  "run.noted",
  "run.tagged",
  "run.attempt-started",
  "run.heartbeat-recorded",
  "run.attempt-ended",
] as const satisfies readonly RunEvent["type"][];

/** The run view: one row per run, by stream. */
export const runsProjection = defineProjection<"runs", RunRow>({
  name: "runs",
  version: 1,
  types,
  keys: (event) => [event.stream],
  evolve: (row, event) => evolveRun(row, event as unknown as RunEvent),
});

/** The next state of a run. Total: an event of a run that was never allocated changes nothing. */
export function evolveRun(row: RunRow | undefined, event: RunEvent): RunRow | undefined {
  if (event.type === "run.allocated") return row ?? allocated(event);
  if (row === undefined) return undefined;
  const when = event.at ?? event.time;
  const changed = { changedSeq: event.seq, changed: event.time };
  switch (event.type) {
    case "run.status-changed": {
      const { status } = event.data;
      return { ...row, ...changed, status, history: [...row.history, { status, time: when, by: event.by }] };
    }
    case "run.files-attached":
      return { ...row, ...changed, files: { ...row.files, ...event.data.files } };
    case "run.metrics-recorded":
      return { ...row, ...changed, metrics: { ...row.metrics, ...event.data.metrics } };
    case "run.error-recorded":
      return { ...row, ...changed, error: event.data };
    case "run.noted":
      return { ...row, ...changed, note: event.data.note };
    case "run.tagged":
      return { ...row, ...changed, tags: [...new Set([...row.tags, ...event.data.tags])] };
    case "run.attempt-started": {
      // What went wrong in an earlier attempt is in the log; it says nothing of this one.
      const { error: _earlier, ...rest } = row;
      return { ...rest, ...changed, attempts: [...row.attempts, { ...event.data, by: event.by, started: when, lastBeat: when }] };
    }
    case "run.heartbeat-recorded":
      return withAttempt(row, event.data.attempt, { lastBeat: when, beatWithinMs: event.data.beatWithinMs });
    case "run.attempt-ended": {
      const { attempt, exitCode, signal } = event.data;
      const ending = { ended: when, ...(exitCode === undefined ? {} : { exitCode }), ...(signal === undefined ? {} : { signal }) };
      return { ...withAttempt(row, attempt, ending), ...changed };
    }
    default:
      return assertNever(event);
  }
}

function allocated(event: Extract<RunEvent, { readonly type: "run.allocated" }>): RunRow | undefined {
  const name = parseRunStream(event.stream);
  if (name === undefined) return undefined;
  const { paramHash, params, status = Status.PENDING } = event.data;
  return {
    ...name,
    status,
    ...(paramHash === undefined ? {} : { paramHash }),
    ...(params === undefined ? {} : { params }),
    files: {},
    metrics: {},
    tags: [],
    attempts: [],
    history: [{ status, time: event.at ?? event.time, by: event.by }],
    changedSeq: event.seq,
    changed: event.time,
  };
}

function withAttempt(row: RunRow, attempt: number, change: Partial<AttemptRow>): RunRow {
  return { ...row, attempts: row.attempts.map((one) => (one.attempt === attempt ? { ...one, ...change } : one)) };
}

/** The types the run view knows, for whoever has to make them ready. */
export const runEventTypes: readonly RecordedEvent["type"][] = types;
