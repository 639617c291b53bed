import { UnhashablePartError, preview } from "../../../base/errors.js";
import type { PartDigest } from "../../../events/checkpoint-events.js";
import type { JsonObject } from "../../../events/recorded-event.js";
import { configAlgorithm, digestOfJson } from "./algorithms.js";
import { canonicalContent } from "./canonical-content.js";

/** A configuration as it is hashed, and which keys it had that are not. */
export interface HashedConfig {
  readonly part: PartDigest;
  readonly json: JsonObject;
  readonly excluded: readonly string[];
}

/**
 * Hashes a configuration: a plain object that JSON carries unchanged. The order of keys does not matter, that of lists does. `excludeKeys` are
 * left out where they stand outermost, whatever their values are.
 * @throws UnhashablePartError naming the path
 */
export function hashConfig(config: unknown, excludeKeys: readonly string[]): HashedConfig {
  if (typeof config !== "object" || config === null || Array.isArray(config)) {
    throw new UnhashablePartError("config", "$", `must be an object, not ${Array.isArray(config) ? "an array" : preview(config)}`);
  }
  const excluded = excludeKeys.filter((key) => Object.hasOwn(config, key)).sort();
  const json = canonicalContent("config", excluded.length === 0 ? config : without(config, excluded)) as JsonObject;
  return { part: { digest: digestOfJson(json), algorithm: configAlgorithm }, json, excluded };
}

/** A copy without some keys. It keeps what else canonical JSON refuses: getters, symbols, a class. */
function without(config: object, keys: readonly string[]): object {
  const properties = Object.getOwnPropertyDescriptors(config) as Record<string, PropertyDescriptor>;
  for (const key of keys) delete properties[key];
  return Object.create(Object.getPrototypeOf(config) as object | null, properties) as object;
}
