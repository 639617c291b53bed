import { fieldPathOf } from "../../base/json-pointer.js";
import { nearestNames } from "../../base/nearest-names.js";
import { runAddress } from "../../events/names.js";
import type { RunRecord } from "./run-record.js";

/**
 * Where a field stands in a record: its keys from the outside in. A dot may be part of a key all the same: `["metrics", "val", "acc"]`
 * is found under the metric `val.acc` too.
 */
export type FieldPath = readonly string[];

/** What a record holds. */
const recordFields = [
  "identifier", "relpath", "uid", "status", "liveness", "paramHash", "params", "files", "metrics", "tags", "note", "error", "attempts", "history",
] as const satisfies readonly (keyof RunRecord)[];

/** The fields that hold others, whose names only the runs know. */
export const openFields: readonly string[] = ["params", "metrics", "files", "error", "attempts", "history"];

/** Reads `metrics.accuracy`, or `params["odd.key"].x`; undefined for what is no path. */
export function parseFieldPath(text: string): FieldPath | undefined {
  const path: string[] = [];
  for (let rest = text.trim(), first = true; rest !== ""; first = false) {
    const bracket = /^\[("(?:[^"\\]|\\.)*")\]/.exec(rest);
    const step = bracket ?? (first ? /^([^.[\]"]+)/ : /^\.([^.[\]"]+)/).exec(rest);
    if (step === null || (first && bracket !== null)) return undefined;
    const key = bracket === null ? step[1] : readText(step[1] ?? "");
    if (key === undefined || key === "") return undefined;
    path.push(key);
    rest = rest.slice(step[0].length);
  }
  return path.length === 0 || path.length > maxSteps ? undefined : path;
}

const maxSteps = 64;

/** Splits `params.lr,metrics["a,b"]` at its commas, those in a key in quotes left alone. */
export const splitFieldList = (text: string): string[] => (text.match(/(?:\["(?:[^"\\]|\\.)*"\]|[^,])+|(?<=,|^)(?=,|$)/g) ?? [""]).map((one) => one.trim());

function readText(json: string): string | undefined {
  try {
    return JSON.parse(json) as string;
  } catch {
    return undefined;
  }
}

/** A path as it is written: `params["odd key"].x`. */
export const showFieldPath = (path: FieldPath): string => fieldPathOf(path);

/**
 * The value at a path; undefined where the run has none. Besides the record's own fields: `run`, its address; `created`, when it was
 * allocated; `started` and `ended`, of the last attempt; `active`, its last recorded sign of life; `duration`, how many milliseconds the last
 * attempt has taken, until `nowMs` while it is at work. Own properties only.
 */
export function fieldOfRun(record: RunRecord, path: FieldPath, nowMs: number): unknown {
  const derive = path.length === 1 ? derived.get(path[0] ?? "") : undefined;
  return derive === undefined ? lookUp(record, path) : derive(record, nowMs);
}

const derived = new Map<string, (record: RunRecord, nowMs: number) => unknown>([
  ["run", (record) => runAddress(record.identifier, record.relpath, record.uid)],
  ["created", (record) => record.history.at(0)?.time],
  ["active", lastActive],
  ["started", (record) => record.attempts.at(-1)?.started],
  ["ended", (record) => record.attempts.at(-1)?.ended],
  ["duration", runDuration],
]);

/** The names with which a path can begin. */
export const runFieldNames: readonly string[] = [...recordFields, ...derived.keys()];

const known = new Set(runFieldNames);

/** True for a path that begins with a field of a run. */
export const isRunField = ([root]: FieldPath): boolean => root !== undefined && known.has(root);

function lookUp(value: unknown, path: FieldPath): unknown {
  if (path.length === 0) return value;
  if (typeof value !== "object" || value === null) return undefined;
  // The whole of it as one key first, as metrics have it; then the shortest.
  for (const length of [path.length, ...path.keys()]) {
    if (length === 0) continue;
    const key = path.slice(0, length).join(".");
    const found = Object.hasOwn(value, key) ? lookUp((value as Record<string, unknown>)[key], path.slice(length)) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** How long the last attempt has taken, in milliseconds: until now, its end, or its last sign of life. */
export function runDuration(record: RunRecord, nowMs: number): number | undefined {
  const attempt = record.attempts.at(-1);
  if (attempt === undefined) return undefined;
  const end = attempt.ended ?? (record.liveness === "live" ? undefined : attempt.lastBeat);
  return Math.max(0, (end === undefined ? nowMs : Date.parse(end)) - Date.parse(attempt.started));
}

/** When the run was last known to do something: allocated, given a status, taken up, heard of, or ended. ISO 8601. */
export function lastActive({ history, attempts }: RunRecord): string | undefined {
  const attempt = attempts.at(-1);
  const times = [history.at(-1)?.time, attempt?.lastBeat, attempt?.ended].filter((time) => time !== undefined);
  // All of one form, in UTC: they order as texts.
  return times.sort().at(-1);
}

/** What may have been meant by a path that begins with no field of a run. */
export function suggestFields(path: FieldPath): string[] {
  const [root = "", ...rest] = path;
  const similar = nearestNames(root, rest.length === 0 ? runFieldNames : openFields);
  if (similar.length > 0) return similar.map((name) => showFieldPath([name, ...rest]));
  return [showFieldPath(["params", ...path]), showFieldPath(["metrics", ...path])];
}

/** The sentence about a path that begins with no field of a run. */
export const unknownField = (path: FieldPath): string =>
  `${showFieldPath(path)} is no field of a run; did you mean ${suggestFields(path).join(" or ")}?`;
