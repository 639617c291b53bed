import { pointerTo } from "../base/json-pointer.js";
import type { JsonObject, RecordedEvent } from "../events/recorded-event.js";
import type { RunRow } from "../projections/views/run-row.js";

/**
 * The fields of a run that events set, in the order of a record: but for what is worked out when it is read (`liveness`), for `history`, which is
 * itself a list of events, and for the marks of the last change.
 */
export function fieldsOfRun(row: RunRow | undefined): JsonObject {
  if (row === undefined) return {};
  const { identifier, relpath, uid, status, paramHash, params, storage = "subfolder", files, metrics, tags, note, error, attempts } = row;
  return {
    identifier, relpath, uid, status,
    ...(paramHash === undefined ? {} : { paramHash }),
    ...(params === undefined ? {} : { params }),
    storage, files, metrics, tags,
    ...(note === undefined ? {} : { note }),
    ...(error === undefined ? {} : { error }),
    attempts,
  };
}

/**
 * JSON Pointers to the fields that an event sets even where they had that very value before; everything below them counts. `attempts` are those of
 * the record after the event. Total: what other writers have put there sets nothing by this.
 */
export function fieldsSetBy({ type, data }: RecordedEvent, attempts: RunRow["attempts"]): string[] {
  const below = (field: string): string[] => namesIn(data[field]).map((name) => pointerTo(`/${field}`, name));
  switch (type) {
    case "run.status-changed":
      return ["/status"];
    case "run.files-attached":
      return below("files");
    case "run.metrics-recorded":
      return below("metrics");
    case "run.error-recorded":
      return ["/error"];
    case "run.noted":
      return ["/note"];
    case "run.heartbeat-recorded":
      return ofAttempt(data, attempts, ["lastBeat", "beatWithinMs"]);
    case "run.attempt-ended":
      return ofAttempt(data, attempts, ["ended", "exitCode", "signal"].filter((name) => name === "ended" || data[name] !== undefined));
    default:
      return [];
  }
}

function ofAttempt(data: JsonObject, attempts: RunRow["attempts"], names: readonly string[]): string[] {
  return attempts.flatMap(({ attempt }, index) => (attempt === data["attempt"] ? names.map((name) => `/attempts/${index}/${name}`) : []));
}

const namesIn = (value: unknown): string[] => (typeof value === "object" && value !== null ? Object.keys(value) : []);
