import { UnhashablePartError, isDaybookError } from "../../../base/errors.js";
import type { PartDigest } from "../../../events/checkpoint-events.js";
import type { JsonObject } from "../../../events/recorded-event.js";
import { problemOfPrintable } from "../../../events/text.js";
import type { Architecture, ModelAdapter } from "../models/model-adapter.js";
import { digestOfArchitecture } from "./algorithms.js";
import { canonicalContent } from "./canonical-content.js";

/** A model's architecture as it is hashed. */
export interface HashedModel {
  readonly part: PartDigest;
  readonly json: JsonObject;
}

const maxAlgorithm = 64;

/**
 * Hashes a model's architecture as the first adapter describes it that knows its kind; the weights are no part of that.
 * @throws UnhashablePartError when no adapter does, or when what it says is no JSON
 */
export function hashModel(model: unknown, adapters: readonly ModelAdapter[]): HashedModel {
  const { algorithm, json: described } = describeModel(model, adapters);
  const problem = typeof algorithm === "string" ? problemOfPrintable(algorithm, maxAlgorithm) : "is no text";
  if (problem !== undefined) throw new UnhashablePartError("model", "$", `is described by an algorithm whose name ${problem}`);
  const json = canonicalContent("model", described) as JsonObject;
  return { part: { digest: digestOfArchitecture(algorithm, json), algorithm }, json };
}

/** What the first adapter says that knows the model's kind. @throws UnhashablePartError */
export function describeModel(model: unknown, adapters: readonly ModelAdapter[]): Architecture {
  const adapter = adapters.find((one) => one.accepts(model));
  if (adapter === undefined) throw new UnhashablePartError("model", "$", `is ${kindOf(model)}, which none of ${adapters.map(({ name }) => name).join(", ") || "no adapters"} can describe`);
  try {
    return adapter.describe(model);
  } catch (error) {
    if (isDaybookError(error, "UNHASHABLE_PART")) throw error;
    throw new UnhashablePartError("model", "$", `cannot be described by ${adapter.name}: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

function kindOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return `a ${typeof value}`;
  const prototype: unknown = Object.getPrototypeOf(value);
  const name: unknown = typeof prototype === "object" && prototype !== null ? (prototype.constructor as { name?: unknown } | undefined)?.name : undefined;
  return typeof name === "string" && /^[\w$]{1,64}$/.test(name) ? `an object of class ${name}` : "an object";
}
