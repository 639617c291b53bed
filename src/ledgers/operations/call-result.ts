/** Results of calls as the log keeps them. */
import { assertJson } from "../../events/canonical-json.js";
import type { Json } from "../../events/recorded-event.js";
import { utf8Length } from "../../events/text.js";

/** The longest result that the log keeps, as JSON in UTF-8: 64 KiB. */
export const maxResultBytes = 65_536;

/**
 * A copy of a result, where the log can keep it: JSON that nothing is lost of, and short enough. Undefined for every other one, which only the call's object has.
 */
export function loggedResult(value: unknown): Json | undefined {
  if (value === undefined) return undefined;
  try {
    assertJson(value);
    const text = JSON.stringify(value);
    return utf8Length(text) <= maxResultBytes ? (JSON.parse(text) as Json) : undefined;
  } catch {
    return undefined;
  }
}
