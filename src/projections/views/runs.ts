import { assertNever } from "../../base/assert-never.js";
import type { CatalogueEvent, MetricValue } from "../../events/catalogue.js";
import { parseRunStream } from "../../events/names.js";
import type { RecordedEvent } from "../../events/recorded-event.js";
import { Status } from "../../events/status.js";
import { defineProjection } from "../projection.js";
import type { AttemptRow, RunRow, StatusRow } from "./run-row.js";

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
/** A row as something that may be written to. */
type Whole = Mutable<Omit<RunRow, "files" | "metrics" | "tags" | "attempts" | "history">> & {
  files: Record<string, string>;
  metrics: Record<string, MetricValue>;
  tags: string[];
  attempts: Mutable<AttemptRow>[];
  history: StatusRow[];
};
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
  version: 2,
  types,
  keys: (event) => [event.stream],
  keyedBy: "stream",
  evolve: (row, event) => evolveRun(row, event as unknown as RunEvent),
  absorb: (row, event) => absorbIntoRun(row, event as unknown as RunEvent),
});

/** The next state of a run. Total: an event of a run that was never allocated changes nothing. */
export function evolveRun(row: RunRow | undefined, event: RunEvent): RunRow | undefined {
  if (event.type === "run.allocated") return row ?? allocated(event);
  return row === undefined ? undefined : changed(copyOf(row), event, false);
}

/** As {@link evolveRun}, on a row that nobody else has: it is changed itself. */
function absorbIntoRun(row: RunRow | undefined, event: RunEvent): RunRow | undefined {
  if (event.type === "run.allocated") return row ?? allocated(event);
  return row === undefined ? undefined : changed(row as Whole, event, true);
}

/** Changes a row. `owned`: what it contains belongs to it alone; else that is replaced by a copy first. */
function changed(row: Whole, event: Exclude<RunEvent, { readonly type: "run.allocated" }>, owned: boolean): RunRow {
  const when = event.at ?? event.time;
  if (event.type !== "run.heartbeat-recorded") {
    row.changedSeq = event.seq;
    row.changed = event.time;
  }
  switch (event.type) {
    case "run.status-changed":
      row.status = event.data.status;
      if (!owned) row.history = [...row.history];
      row.history.push({ status: event.data.status, time: when, by: event.by });
      break;
    case "run.files-attached":
      if (!owned) row.files = { ...row.files };
      putAll(row.files, event.data.files);
      break;
    case "run.metrics-recorded":
      if (!owned) row.metrics = { ...row.metrics };
      putAll(row.metrics, event.data.metrics);
      break;
    case "run.error-recorded":
      row.error = event.data;
      break;
    case "run.noted":
      row.note = event.data.note;
      break;
    case "run.tagged":
      if (!owned) row.tags = [...row.tags];
      for (const tag of event.data.tags) if (!row.tags.includes(tag)) row.tags.push(tag);
      break;
    case "run.attempt-started":
      // What went wrong in an earlier attempt is in the log; it says nothing of this one.
      if (row.error !== undefined) delete row.error;
      if (!owned) row.attempts = [...row.attempts];
      row.attempts.push(started(event, when));
      break;
    case "run.heartbeat-recorded":
      if (!owned) row.attempts = row.attempts.map((attempt) => ({ ...attempt }));
      for (const attempt of row.attempts) {
        if (attempt.attempt !== event.data.attempt) continue;
        attempt.lastBeat = when;
        attempt.beatWithinMs = event.data.beatWithinMs;
      }
      break;
    case "run.attempt-ended": {
      const { exitCode, signal } = event.data;
      if (!owned) row.attempts = row.attempts.map((attempt) => ({ ...attempt }));
      for (const attempt of row.attempts) {
        if (attempt.attempt !== event.data.attempt) continue;
        attempt.ended = when;
        if (exitCode !== undefined) attempt.exitCode = exitCode;
        if (signal !== undefined) attempt.signal = signal;
      }
      break;
    }
    default:
      return assertNever(event);
  }
  return row;
}

function allocated(event: Extract<RunEvent, { readonly type: "run.allocated" }>): RunRow | undefined {
  const name = parseRunStream(event.stream);
  if (name === undefined) return undefined;
  const { paramHash, params, status = Status.PENDING, storage } = event.data;
  const history = [{ status, time: event.at ?? event.time, by: event.by }];
  const { seq, time } = event;
  const { identifier, relpath, uid } = name;
  const row: Whole = { identifier, relpath, uid, status, files: {}, metrics: {}, tags: [], attempts: [], history, changedSeq: seq, changed: time };
  if (paramHash !== undefined) row.paramHash = paramHash;
  if (params !== undefined) row.params = params;
  if (storage !== undefined) row.storage = storage;
  return row;
}

function started(event: Extract<RunEvent, { readonly type: "run.attempt-started" }>, when: string): AttemptRow {
  const { attempt, host, boot, pidNamespace, pid, processStart, beatWithinMs } = event.data;
  const ours = { by: event.by, started: when, lastBeat: when };
  const row = { attempt, host, boot, pidNamespace, pid, processStart, beatWithinMs, ...ours };
  // What is not always there, and what later releases add.
  putAll<unknown>(row, event.data);
  return Object.assign(row, ours);
}

/** Field by field, always in one order: rows of one shape, which takes a fraction of the time that spreading takes. */
function copyOf(row: RunRow): Whole {
  const { identifier, relpath, uid, status, files, metrics, tags, attempts, history, changedSeq, changed } = row as Whole;
  const copy: Whole = { identifier, relpath, uid, status, files, metrics, tags, attempts, history, changedSeq, changed };
  if (row.paramHash !== undefined) copy.paramHash = row.paramHash;
  if (row.params !== undefined) copy.params = row.params;
  if (row.storage !== undefined) copy.storage = row.storage;
  if (row.note !== undefined) copy.note = row.note;
  if (row.error !== undefined) copy.error = row.error;
  return copy;
}

/** Sets each name to its value, `__proto__` too: names are the caller's. */
function putAll<T>(target: Record<string, T>, values: { readonly [name: string]: T }): void {
  for (const name of Object.keys(values)) {
    const value = values[name] as T;
    if (name === "__proto__") Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
    else target[name] = value;
  }
}

/** The types the run view knows, for whoever has to make them ready. */
export const runEventTypes: readonly RecordedEvent["type"][] = types;
