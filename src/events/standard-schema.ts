/** The part of Standard Schema v1 (https://standardschema.dev) that a check needs: what zod, valibot, arktype and others implement. */
import { InvalidOptionError } from "../base/errors.js";
import type { JsonKey } from "./json-path.js";
import type { DataCheck } from "./schema-check.js";

/** A schema of any library that implements Standard Schema v1. */
export interface StandardSchema {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => unknown;
  };
}

/** True for a Standard Schema; a function can be one too. */
export function isStandardSchema(schema: object): schema is StandardSchema {
  const standard: unknown = "~standard" in schema ? schema["~standard"] : undefined;
  return typeof standard === "object" && standard !== null && "validate" in standard && typeof standard.validate === "function";
}

/**
 * The check by `schema`. It only checks: what a schema's transforms and defaults make of the data is not recorded.
 * The check throws InvalidOptionError when the schema validates asynchronously: an append decides under the lock, where nothing waits.
 */
export function standardCheck(type: string, schema: StandardSchema): DataCheck {
  return (data) => {
    const result = schema["~standard"].validate(data);
    if (isThenable(result)) {
      // Its rejection would otherwise end the process as an unhandled one.
      Promise.resolve(result).catch(() => undefined);
      throw new InvalidOptionError("schema", `of ${type} validates asynchronously; events are checked synchronously`);
    }
    if (typeof result !== "object" || result === null) throw new InvalidOptionError("schema", `of ${type} does not return a Standard Schema result`);
    const issues: unknown = "issues" in result ? result.issues : undefined;
    if (issues === undefined) return undefined;
    return faultOf(Array.isArray(issues) ? (issues[0] as unknown) : issues);
  };
}

function faultOf(issue: unknown): { keys: JsonKey[]; problem: string } {
  if (typeof issue !== "object" || issue === null) return { keys: [], problem: "is refused by its schema" };
  const message = "message" in issue && typeof issue.message === "string" ? issue.message : "is refused by its schema";
  const path: unknown = "path" in issue ? issue.path : undefined;
  return { keys: Array.isArray(path) ? path.map(keyOf) : [], problem: `is refused by its schema: ${message}` };
}

/** A step of an issue's path is a key, or an object that holds it. */
function keyOf(step: unknown): JsonKey {
  const key: unknown = typeof step === "object" && step !== null && "key" in step ? step.key : step;
  return typeof key === "number" ? key : String(key);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
