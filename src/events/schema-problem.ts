/** What ajv found wrong, in the words of this library. */
import type { ErrorObject } from "ajv";
import { preview } from "../base/errors.js";
import type { JsonKey } from "./json-path.js";
import type { JsonObject } from "./recorded-event.js";

/** The fault to report of ajv's `errors` about `data`. Total: an empty list gives a fault without detail. */
export function faultOfSchema(errors: readonly ErrorObject[], data: JsonObject): { readonly keys: readonly JsonKey[]; readonly problem: string } {
  const last = errors.at(-1);
  // The branches of a choice come first, and each alone would mislead; of everything else the first is the most precise.
  const error = last !== undefined && (last.keyword === "anyOf" || last.keyword === "oneOf") ? last : errors[0];
  if (error === undefined) return { keys: [], problem: "is refused by its schema" };
  const keys = keysOf(error.instancePath, data);
  const detail: string | undefined = detailOf(error);
  return { keys: detail === undefined ? keys : [...keys, detail], problem: problemOf(error, data) };
}

/** The name of the property meant, where the error is about a property and ajv names the object it is missing from or too many in. */
function detailOf(error: ErrorObject): string | undefined {
  if (error.propertyName !== undefined) return error.propertyName;
  const params = error.params as Readonly<Record<string, unknown>>;
  const name = error.keyword === "required" ? params.missingProperty : (params.additionalProperty ?? params.unevaluatedProperty);
  return typeof name === "string" ? name : undefined;
}

function problemOf(error: ErrorObject, data: JsonObject): string {
  const params = error.params as Readonly<Record<string, unknown>>;
  if (error.propertyName !== undefined) return `has a name that ${error.message ?? "is refused"}`;
  switch (error.keyword) {
    case "required":
      return "is missing";
    case "additionalProperties":
    case "unevaluatedProperties":
      return `is not a known field; known: ${knownFields(error)}`;
    case "enum":
      return `must be one of ${(error.schema as readonly unknown[]).map(plain).join(", ")}; it is ${shown(error.data)}`;
    case "const":
      return `must be ${preview(params.allowedValue)}; it is ${shown(error.data)}`;
    case "type":
      return `must be ${[params.type].flat().map(String).join(" or ")}; it is ${shown(error.data)}`;
    case "minProperties":
      return `must have at least ${String(params.limit)} entry`;
    case "minItems":
      return `must have at least ${String(params.limit)} element`;
    default:
      return `${error.message ?? "is refused by its schema"}${error.data === data ? "" : `; it is ${shown(error.data)}`}`;
  }
}

function knownFields(error: ErrorObject): string {
  const names = Object.keys((error.parentSchema?.["properties"] ?? {}) as object);
  return names.length > 0 ? names.join(", ") : "none";
}

function plain(value: unknown): string {
  return typeof value === "string" && /^[\w-]+$/.test(value) ? value : preview(value);
}

function shown(value: unknown): string {
  return value === undefined ? "undefined" : preview(value);
}

/** A JSON pointer as keys. Only the data tells an index from a property named like one. */
function keysOf(pointer: string, data: JsonObject): JsonKey[] {
  let at: unknown = data;
  const keys: JsonKey[] = [];
  for (const part of pointer.split("/").slice(1)) {
    const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
    const key = Array.isArray(at) ? Number(name) : name;
    keys.push(key);
    at = typeof at === "object" && at !== null ? (at as Readonly<Record<JsonKey, unknown>>)[key] : undefined;
  }
  return keys;
}
