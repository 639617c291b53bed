import { InvalidOptionError, InvalidValueError, isDaybookError, preview } from "../../base/errors.js";
import { assertJson } from "../../events/canonical-json.js";
import { jsonPath } from "../../events/json-path.js";
import type { JsonKey } from "../../events/json-path.js";
import type { Json } from "../../events/recorded-event.js";
import { sha256Hex } from "../runs/param-hash.js";

/** A value that is no object, and the keys that lead to it. */
interface Leaf {
  readonly keys: readonly string[];
  readonly value: Exclude<Json, { readonly [key: string]: Json }>;
}

/**
 * The hash that the Python run ledger gives these parameters (64 hex digits), so that runs taken over from it are found again: SHA-256
 * over the list of `[keys, value]` pairs of the flattened parameters, sorted by their keys in the order of code points, as ASCII JSON.
 *
 * It is equal to the original's for texts, booleans, null, integers that JavaScript holds exactly, and fractions from 1e-4 on; for lists
 * of these too. JavaScript has one kind of number, so a Python `1.0` cannot be told from `1`: it is hashed as the integer. As in the original,
 * empty objects vanish (`{ a: {} }` and `{ b: {} }` share a hash), and objects inside lists depend on the order of their keys.
 * @throws InvalidValueError naming the place, for everything of which no equality can be promised: -0, integers beyond 2^53, fractions
 * below 1e-4, an object inside a list with a key such as `"7"` among others (JavaScript moves it to the front), and whatever JSON would change
 * @throws InvalidOptionError for params that are no object
 */
export function sha256ParamHash(params: object): string {
  if (typeof params !== "object" || params === null || Array.isArray(params)) throw new InvalidOptionError("params", `must be an object, not ${preview(params)}`);
  assertJson(params);
  const leaves: Leaf[] = [];
  flatten(params as { readonly [key: string]: Json }, [], leaves);
  leaves.sort((one, other) => compareKeys(one.keys, other.keys));
  return sha256Hex(`[${leaves.map(({ keys, value }) => `[[${keys.map(asciiText).join(",")}],${asciiJson(value, [...keys])}]`).join(",")}]`);
}

/** As {@link sha256ParamHash}; undefined where no equality with the original can be promised. */
export function legacyHash(params: object): string | undefined {
  try {
    return sha256ParamHash(params);
  } catch (error) {
    if (isDaybookError(error, "INVALID_VALUE")) return undefined;
    throw error;
  }
}

function flatten(value: { readonly [key: string]: Json }, above: readonly string[], leaves: Leaf[]): void {
  for (const [key, entry] of Object.entries(value)) {
    // What is undefined is absent.
    if (entry === undefined) continue;
    const keys = [...above, key];
    if (isObject(entry)) flatten(entry, keys, leaves);
    else leaves.push({ keys, value: entry });
  }
}

function compareKeys(one: readonly string[], other: readonly string[]): number {
  for (let index = 0; index < one.length && index < other.length; index += 1) {
    const order = compareCodePoints(one[index] as string, other[index] as string);
    if (order !== 0) return order;
  }
  return one.length - other.length;
}

/** JavaScript compares UTF-16 units, which puts U+1F600 (its first half is U+D83D) before U+FF5E. Python compares code points. */
function compareCodePoints(one: string, other: string): number {
  let index = 0;
  while (index < one.length && index < other.length && one.charCodeAt(index) === other.charCodeAt(index)) index += 1;
  if (index === one.length || index === other.length) return one.length - other.length;
  // Back to the start of the pair that differs in its second half.
  if (index > 0 && isSecondHalf(one.charCodeAt(index)) && isSecondHalf(other.charCodeAt(index))) index -= 1;
  return (one.codePointAt(index) as number) - (other.codePointAt(index) as number);
}

const isSecondHalf = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;

/** As Python's `json.dumps` writes it, without white space. `keys` lead to the value, for messages. */
function asciiJson(value: Json, keys: JsonKey[]): string {
  if (typeof value === "string") return asciiText(value);
  if (typeof value === "number") return numberText(value, keys);
  if (isList(value)) return `[${value.map((entry, index) => asciiJson(entry, [...keys, index])).join(",")}]`;
  if (!isObject(value)) return String(value);
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  const moved = entries.length > 1 ? entries.find(([key]) => isIndex(key)) : undefined;
  if (moved !== undefined) {
    throw new InvalidValueError(
      jsonPath("$", keys),
      `is an object inside a list with the key ${JSON.stringify(moved[0])}: JavaScript moves such keys to the front, the original hashes them in the order they were written in`,
    );
  }
  return `{${entries.map(([key, entry]) => `${asciiText(key)}:${asciiJson(entry, [...keys, key])}`).join(",")}}`;
}

function numberText(value: number, keys: readonly JsonKey[]): string {
  const problem = problemOfNumber(value);
  if (problem !== undefined) throw new InvalidValueError(jsonPath("$", keys), `is ${Object.is(value, -0) ? "-0" : value}, ${problem}: no hash equal to the original's can be promised`);
  return String(value);
}

function problemOfNumber(value: number): string | undefined {
  if (Object.is(value, -0)) return "which Python writes as -0.0";
  if (Number.isInteger(value)) return Number.isSafeInteger(value) ? undefined : "an integer that JavaScript does not hold exactly, or a float that Python writes otherwise";
  return Math.abs(value) < 1e-4 ? "which Python writes with another exponent" : undefined;
}

const asciiText = (text: string): string =>
  // JSON.stringify has done the quotation mark, the backslash and everything below the space as Python does.
  JSON.stringify(text).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** A key that JavaScript takes for the index of an element, and so puts before the others. */
const isIndex = (key: string): boolean => /^(?:0|[1-9][0-9]{0,9})$/.test(key) && Number(key) < 2 ** 32 - 1;
const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
const isObject = (value: Json): value is { readonly [key: string]: Json } => typeof value === "object" && value !== null && !Array.isArray(value);
