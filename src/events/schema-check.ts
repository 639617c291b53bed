/** JSON Schema checks, by ajv. It is the one module that loads it, and loads it only when a check is first compiled. */
import type { Ajv, Options } from "ajv";
import { InvalidOptionError } from "../base/errors.js";
import type { JsonKey } from "./json-path.js";
import type { JsonObject } from "./recorded-event.js";
import { faultOfSchema } from "./schema-problem.js";

/** The first thing wrong with an event's data: the way to it from the data, and what it is, in words that follow the path. */
export interface DataFault {
  readonly keys: readonly JsonKey[];
  readonly problem: string;
}

/** A check of an event's data, which is JSON; undefined when nothing is wrong. */
export type DataCheck = (data: JsonObject) => DataFault | undefined;

/** A JSON Schema as an object: draft 7, or 2020-12 where its `$schema` says so. `format` is an annotation and checks nothing. */
export type JsonSchema = Readonly<Record<string, unknown>>;

type Dialect = "own" | "draft-07" | "2020-12";

const common: Options = {
  // Fields named like members of Object.prototype are fields too.
  ownProperties: true,
  // With the value and the schema in each error, so that messages can quote them.
  verbose: true,
  // Two types may use schemas with one $id.
  addUsedSchema: false,
  logger: false,
};
// The catalogue's own schemas are tested, not checked on every start.
const ownOptions: Options = { ...common, strict: false, validateSchema: false, meta: false };
// A misspelt keyword would check nothing without a word: strict. The rest of strictness is taste.
const userOptions: Options = { ...common, strict: true, strictTypes: false, strictTuples: false, validateFormats: false };

const loaders: Readonly<Record<Dialect, () => Promise<Ajv>>> = {
  own: async () => new (await import("ajv")).Ajv(ownOptions),
  "draft-07": async () => new (await import("ajv")).Ajv(userOptions),
  "2020-12": async () => new (await import("ajv/dist/2020.js")).Ajv2020(userOptions),
};
const loaded = new Map<Dialect, Promise<Ajv>>();

/**
 * The check by `schema`, loading the schema library when it is the first. `own` marks schemas of the catalogue.
 * @throws InvalidOptionError (as a rejection) for an application's schema that is none
 */
export async function compileCheck(type: string, schema: object, own: boolean): Promise<DataCheck> {
  const ajv = await load(own ? "own" : dialectOf(schema));
  let validate;
  try {
    validate = ajv.compile(schema);
  } catch (error) {
    // ajv keeps what it could not compile, and would take it unchecked the next time.
    ajv.removeSchema(schema);
    throw new InvalidOptionError("schema", `of ${type} is not a usable JSON Schema: ${error instanceof Error ? error.message : String(error)}`);
  }
  if ("$async" in validate) throw new InvalidOptionError("schema", `of ${type} validates asynchronously; events are checked synchronously`);
  const valid: (data: unknown) => unknown = validate;
  return (data) => (valid(data) === true ? undefined : faultOfSchema(validate.errors ?? [], data));
}

async function load(dialect: Dialect): Promise<Ajv> {
  let instance = loaded.get(dialect);
  if (instance === undefined) {
    instance = loaders[dialect]();
    loaded.set(dialect, instance);
    // A failed load is tried again by the next caller.
    instance.catch(() => loaded.delete(dialect));
  }
  return instance;
}

function dialectOf(schema: object): Dialect {
  const named: unknown = "$schema" in schema ? schema.$schema : undefined;
  return typeof named === "string" && named.includes("2020-12") ? "2020-12" : "draft-07";
}
