import { InvalidValueError, UnhashablePartError } from "../../../base/errors.js";
import { canonicalJson } from "../../../events/canonical-json.js";
import type { HashPart } from "../../../events/checkpoint-events.js";
import type { Json, JsonObject } from "../../../events/recorded-event.js";

/**
 * A copy of a part as canonical JSON has it: keys sorted, frozen through and through. What becomes of the live object afterwards does not
 * reach it. @throws UnhashablePartError naming the path of what JSON would change
 */
export function canonicalContent(part: HashPart, value: unknown): Json {
  return frozen(JSON.parse(canonicalText(part, value)) as Json);
}

function canonicalText(part: HashPart, value: unknown): string {
  try {
    return canonicalJson(value);
  } catch (error) {
    // The message is the path and the problem; this one's says the path itself.
    if (error instanceof InvalidValueError) throw new UnhashablePartError(part, error.path, error.message.slice(error.path.length + 1), error);
    throw error;
  }
}

function frozen(value: Json): Json {
  if (typeof value !== "object" || value === null) return value;
  for (const entry of Object.values<Json>(value as JsonObject)) frozen(entry);
  return Object.freeze(value);
}
