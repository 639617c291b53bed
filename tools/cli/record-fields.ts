import type { Json, JsonObject } from "../../src/index.js";

/** Nested objects as one level, keys joined with dots: `{ model: { width: 8 } }` is `[["model.width", 8]]`. */
export function flatten(value: JsonObject, prefix = ""): [key: string, value: Json][] {
  return Object.entries(value).flatMap(([key, below]) =>
    typeof below === "object" && below !== null && !Array.isArray(below) && Object.keys(below).length > 0
      ? flatten(below as JsonObject, `${prefix}${key}.`)
      : [[`${prefix}${key}`, below] as [string, Json]],
  );
}
