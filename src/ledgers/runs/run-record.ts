import type { MetricValue } from "../../events/catalogue.js";
import type { JsonObject } from "../../events/recorded-event.js";
import type { RunStorage } from "../../events/run-storage.js";
import type { Status } from "../../events/status.js";
import type { AttemptRow, ErrorRow, RunRow, StatusRow } from "../../projections/views/run-row.js";
import type { Liveness } from "./liveness.js";

/** A run as it stands. A copy: changing it changes nothing else. Times are ISO 8601, UTC. */
export interface RunRecord {
  readonly identifier: string;
  /** Sub-folder namespace; `""` is the root. */
  readonly relpath: string;
  /** `"0001"`; unique within identifier and relpath, never reused. */
  readonly uid: string;
  /** As recorded. A killed run stays RUNNING here; see `liveness`. */
  readonly status: Status;
  /** Derived when the record is read: is anybody still at work? */
  readonly liveness: Liveness;
  readonly paramHash: string | undefined;
  readonly params: JsonObject | undefined;
  /** How its files lie on the disk; settled when it was allocated. */
  readonly storage: RunStorage;
  /** By name, as given; a relative path is relative to the run's folder. */
  readonly files: Readonly<Record<string, string>>;
  /** The last value of each. */
  readonly metrics: Readonly<Record<string, MetricValue>>;
  readonly tags: readonly string[];
  readonly note: string | undefined;
  readonly error: ErrorRow | undefined;
  /** Each time a process took the run up. */
  readonly attempts: readonly AttemptRow[];
  /** Every status it has had. */
  readonly history: readonly StatusRow[];
}

/** The record of a row: a copy. */
export const toRecord = (row: RunRow, liveness: Liveness): RunRecord => structuredClone(recordView(row, liveness));

/** A record that shares its parts with the row: for looking at, not for giving away. */
export function recordView(row: RunRow, liveness: Liveness): RunRecord {
  const { identifier, relpath, uid, status, paramHash, params, storage = "subfolder", files, metrics, tags, note, error, attempts, history } = row;
  return { identifier, relpath, uid, status, liveness, paramHash, params, storage, files, metrics, tags, note, error, attempts, history };
}
