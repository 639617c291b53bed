import type { Json, JsonObject } from "../../events/recorded-event.js";

/**
 * Nested objects as one level, keys joined: `{ b: { c: 1 } }` is `b.c`. Lists are values, and so are empty objects. Where two keys become
 * one (`{ "b.c": 1, b: { c: 2 } }`), the later one counts.
 */
export function flattenJson(value: JsonObject, separator = "."): Map<string, Json> {
  const flat = new Map<string, Json>();
  const visit = (object: JsonObject, prefix: string): void => {
    for (const [key, below] of Object.entries(object)) {
      if (isObject(below) && Object.keys(below).length > 0) visit(below, `${prefix}${key}${separator}`);
      else flat.set(`${prefix}${key}`, below);
    }
  };
  visit(value, "");
  return flat;
}

/** True for a JSON object. */
export const isObject = (value: unknown): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);
