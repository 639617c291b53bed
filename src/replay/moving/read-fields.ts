import { preview } from "../../base/errors.js";
import { inspectJson, isPlainJson } from "../../events/json-walk.js";
import { parseEventId, parseParticipant } from "../../events/names.js";
import type { JsonObject } from "../../events/recorded-event.js";
import { isWellFormed } from "../../events/text.js";
import { LineRefused } from "./incoming-event.js";

/** The fields of one line, by name. Everything here throws LineRefused with the name of the field. */
export type Fields = Readonly<Record<string, unknown>>;

const logTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** A text that is not empty. */
export function textOf(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value === "string" && value !== "") return value;
  throw new LineRefused(name, value === undefined ? "is missing" : `must be a text that is not empty, not ${preview(value)}`);
}

/** Longest name of a source, as `log.imported` has it. */
const maxSource = 2048;

/** What names where events come from, of the text in a field. */
export function sourceOf(fields: Fields, name: string, of: (text: string) => string = (text) => text): string {
  const source = of(textOf(fields, name));
  if (source.length <= maxSource && isWellFormed(source) && !/[\u0000-\u001f\u007f-\u009f]/.test(source)) return source;
  throw new LineRefused(name, `must have at most ${maxSource} characters, no control characters and no half of a surrogate pair`);
}

/** A whole number from 1 on. */
export function numberOf(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 1) return value;
  throw new LineRefused(name, value === undefined ? "is missing" : `must be a whole number from 1 on, not ${preview(value)}`);
}

/** A time as the log writes it. */
export function logTimeOf(fields: Fields, name: string): string {
  const value = textOf(fields, name);
  if (logTime.test(value) && !Number.isNaN(Date.parse(value)) && new Date(value).toISOString() === value) return value;
  throw new LineRefused(name, `must be a time such as 2026-11-21T23:04:05.123Z, not ${preview(value)}`);
}

/** A time of RFC 3339, as the log would write it: UTC, milliseconds. */
export function foreignTimeOf(fields: Fields, name: string): string {
  const value = textOf(fields, name);
  const text = value.toUpperCase();
  const ms = rfc3339.test(text) ? Date.parse(text) : NaN;
  // A day that no month has becomes one of the next; the log's years have four digits.
  const day = text.slice(0, 10);
  const sound = ms >= -62_167_219_200_000 && ms < 253_402_300_800_000 && new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
  if (sound) return new Date(ms).toISOString();
  throw new LineRefused(name, `must be a time of RFC 3339, such as 2026-11-21T23:04:05Z, not ${preview(value)}`);
}

/** Who appended it. */
export function participantOf(fields: Fields, name: string): string {
  return named(name, () => parseParticipant(textOf(fields, name)));
}

/** An idempotency key, or the id of a command. */
export function idOf(fields: Fields, name: string): string {
  return named(name, () => parseEventId(textOf(fields, name)));
}

/** `data`, with its text: what happens to the object afterwards changes nothing. */
export function dataOf(value: unknown): { readonly data: JsonObject; readonly dataText: string } {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new LineRefused("data", value === undefined ? "is missing" : `must be an object, not ${preview(value)}`);
  const fault = isPlainJson(value) ? undefined : inspectJson(value, "data").fault;
  if (fault !== undefined) throw new LineRefused(fault.path, fault.problem);
  const dataText = JSON.stringify(value) as string | undefined;
  if (dataText?.startsWith("{") !== true) throw new LineRefused("data", "must be an object, also as JSON");
  return { data: value as JsonObject, dataText };
}

function named<Value>(field: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (error instanceof LineRefused) throw error;
    throw new LineRefused(field, `is none: ${error instanceof Error ? error.message : String(error)}`);
  }
}
