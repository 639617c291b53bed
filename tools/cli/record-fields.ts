import type { Json, JsonObject, RunRecord } from "../../src/index.js";
import { addressOf } from "./text.js";

/** Nested objects as one level, keys joined with dots: `{ model: { width: 8 } }` is `[["model.width", 8]]`. */
export function flatten(value: JsonObject, prefix = ""): [key: string, value: Json][] {
  return Object.entries(value).flatMap(([key, below]) =>
    typeof below === "object" && below !== null && !Array.isArray(below) && Object.keys(below).length > 0
      ? flatten(below as JsonObject, `${prefix}${key}.`)
      : [[`${prefix}${key}`, below] as [string, Json]],
  );
}

/**
 * A field of a record by its path, such as `status`, `params.model.width` or `metrics.val.acc`: a dot may be part of a key.
 * Also `run` (the address), `started` and `ended` (of the last attempt) and `duration` (its milliseconds).
 */
export function fieldOf(record: RunRecord, path: string): unknown {
  switch (path) {
    case "run":
      return addressOf(record);
    case "started":
      return record.attempts.at(-1)?.started;
    case "ended":
      return record.attempts.at(-1)?.ended;
    case "duration":
      return durationOf(record, Date.now());
    default:
      return lookUp(record, path);
  }
}

function lookUp(value: unknown, path: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  if (Object.hasOwn(value, path)) return (value as Record<string, unknown>)[path];
  for (let dot = path.indexOf("."); dot !== -1; dot = path.indexOf(".", dot + 1)) {
    const key = path.slice(0, dot);
    const found = Object.hasOwn(value, key) ? lookUp((value as Record<string, unknown>)[key], path.slice(dot + 1)) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** How long the last attempt has taken, in milliseconds: until now, its end, or its last sign of life. */
export function durationOf(record: RunRecord, nowMs: number): number | undefined {
  const attempt = record.attempts.at(-1);
  if (attempt === undefined) return undefined;
  const end = attempt.ended ?? (record.liveness === "live" ? undefined : attempt.lastBeat);
  return Math.max(0, (end === undefined ? nowMs : Date.parse(end)) - Date.parse(attempt.started));
}

/** An order of records by a field; `-` before it for the largest first. Those without it come last either way. */
export function orderBy(sort: string): (a: RunRecord, b: RunRecord) => number {
  const descending = sort.startsWith("-");
  const path = sort.replace(/^[-+]/, "");
  return (a, b) => {
    const [one, other] = [fieldOf(a, path) ?? undefined, fieldOf(b, path) ?? undefined];
    if (one === undefined || other === undefined) return Number(one === undefined) - Number(other === undefined);
    return descending ? -compareValues(one, other) : compareValues(one, other);
  };
}

/** Numbers as numbers, everything else as text. */
export function compareValues(one: unknown, other: unknown): number {
  if (typeof one === "number" && typeof other === "number") return one - other;
  const [a, b] = [asText(one), asText(other)];
  return a < b ? -1 : Number(a > b);
}

/** A text as it is, everything else as JSON. */
export const asText = (value: unknown): string => (typeof value === "string" ? value : (JSON.stringify(value) ?? ""));
