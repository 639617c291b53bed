import { UnhashablePartError, isDaybookError, preview } from "../../../base/errors.js";
import type { PartDigest } from "../../../events/checkpoint-events.js";
import type { Json, JsonObject } from "../../../events/recorded-event.js";
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
  const json = canonicalContent("model", described);
  if (!isObject(json)) throw new UnhashablePartError("model", "$", `must be described by an object, not ${preview(json)}`);
  return { part: { digest: digestOfArchitecture(algorithm, json), algorithm }, json };
}

/** What the first adapter says that knows the model's kind. @throws UnhashablePartError */
export function describeModel(model: unknown, adapters: readonly ModelAdapter[]): Architecture {
  const adapter = adapters.find((one) => accepts(one, model));
  if (adapter === undefined) throw new UnhashablePartError("model", "$", `is ${kindOf(model)}, which none of ${adapters.map(({ name }) => name).join(", ") || "no adapters"} can describe`);
  try {
    const described: unknown = adapter.describe(model);
    if (typeof described === "object" && described !== null) return described as Architecture;
    throw new UnhashablePartError("model", "$", `must be described by an algorithm and its json, and ${adapter.name} gives ${preview(described)}`);
  } catch (error) {
    if (isDaybookError(error, "UNHASHABLE_PART")) throw error;
    throw new UnhashablePartError("model", "$", `cannot be described by ${adapter.name}: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

/** An adapter that throws here is not to be passed over: another one would describe its models as something else. */
function accepts(adapter: ModelAdapter, model: unknown): boolean {
  try {
    return adapter.accepts(model);
  } catch (error) {
    throw new UnhashablePartError("model", "$", `cannot be looked at by ${adapter.name}: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

const isObject = (value: Json): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);

function kindOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return `a ${typeof value}`;
  const prototype: unknown = Object.getPrototypeOf(value);
  const name: unknown = typeof prototype === "object" && prototype !== null ? (prototype.constructor as { name?: unknown } | undefined)?.name : undefined;
  return typeof name === "string" && /^[\w$]{1,64}$/.test(name) ? `an object of class ${name}` : "an object";
}
