import { InvalidOptionError } from "../base/errors.js";
import { canonicalJson } from "./canonical-json.js";
import { problemOfPrintable } from "./text.js";

const maxHash = 256;

/**
 * The hash that stands for `params`: SHA-256 over their canonical JSON. Equal params give equal hashes whatever the order of their keys;
 * params that differ, be it by an empty object or `1` against `"1"`, never share one because of how they are written.
 * @param sha256Hex the SHA-256 of a text's UTF-8 bytes, as 64 lower-case hex digits
 * @throws InvalidValueError naming the place of what JSON would change
 */
export function paramHash(params: unknown, sha256Hex: (text: string) => string): string {
  return sha256Hex(canonicalJson(params));
}

/**
 * A parameter hash that a caller made, as the log keeps it: text of 1 to 256 printable units as given, a safe integer or bigint in decimal
 * (12345, 12345n and "12345" are the same hash).
 * @throws InvalidOptionError for anything else; a number beyond 2^53 has lost digits already
 */
export function normaliseParamHash(value: unknown): string {
  const text = textOf(value);
  const problem = problemOfPrintable(text, maxHash);
  if (problem !== undefined) throw new InvalidOptionError("paramHash", problem);
  return text;
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  // Adding 0 makes 0 of -0.
  if (typeof value === "number" && Number.isSafeInteger(value)) return String(value + 0);
  if (typeof value === "bigint") return value.toString();
  const given = typeof value === "number" ? `${value}; give it as a bigint or a string` : value === null ? "null" : typeof value;
  throw new InvalidOptionError("paramHash", `must be a string, a safe integer or a bigint, not ${given}`);
}
