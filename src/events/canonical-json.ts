/**
 * Canonical JSON, for hashes: values that are equal give the same text, and values that are not never do.
 *
 * That holds because everything JSON would silently change is refused, with the path to it: NaN and the infinities, BigInt, functions,
 * symbols, undefined inside arrays, holes and extra properties of arrays, symbol and non-enumerable keys, accessors, lone surrogates,
 * cycles, and every object that is not plain (Map, Set, Date, typed arrays, boxed primitives, class instances, so all with a `toJSON`).
 * Three things count as equal, since for a reader of the JSON they are: a property that is undefined and an absent one, -0 and 0, an
 * object without a prototype and a plain one. Shared references are fine.
 */
import stableStringify from "fast-json-stable-stringify";
import { InvalidValueError } from "../base/errors.js";
import { inspectJson } from "./json-walk.js";
import type { Json } from "./recorded-event.js";

/**
 * Passes exactly what JSON carries without changing it; see the top of this file. `path` is what messages call `value`.
 * @throws InvalidValueError naming the place, such as `$.layers[2].width`, also for nesting over 512 and for more than 2^22 values
 */
export function assertJson(value: unknown, path = "$"): asserts value is Json {
  const { fault } = inspectJson(value, path);
  if (fault !== undefined) throw new InvalidValueError(fault.path, fault.problem);
}

/**
 * `value` as JSON without white space, the keys of each object sorted by UTF-16 units.
 * @throws InvalidValueError for what {@link assertJson} refuses, and for a text longer than a string can be
 */
export function canonicalJson(value: unknown): string {
  assertJson(value);
  try {
    return stableStringify(value);
  } catch {
    // The walk has been through all of it: what is left is the engine's longest string, or a Proxy that changed its mind.
    throw new InvalidValueError("$", "cannot be written as one text of JSON: it is too long, or changes while it is read");
  }
}
