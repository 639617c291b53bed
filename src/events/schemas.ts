/**
 * The JSON Schemas of the catalogue, as data: closed objects, checked against the data types by the compiler. (ajv's own `JSONSchemaType`
 * would have every optional field accept null.) Numbers are bounded where they are integers: JSON Schema calls 1e300 one.
 */
import type { CatalogueType, EventCatalogue } from "./catalogue.js";
import { statuses } from "./status.js";
import { printablePattern } from "./text.js";

type RequiredKeys<Data> = { [Key in keyof Data]-?: Record<never, never> extends Pick<Data, Key> ? never : Key }[keyof Data];

interface TextSchema<Text extends string> {
  readonly type: "string";
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly enum?: readonly Text[];
}

type PrimitiveName = "number" | "string" | "boolean" | "null";

// Not distributive, so that a union of texts is one text.
type ValueSchema<Value> = [Value] extends [string]
  ? TextSchema<Value>
  : [Value] extends [number]
    ? { readonly type: "integer"; readonly minimum: number; readonly maximum: number }
    : [Value] extends [number | string | boolean | null]
      ? { readonly type: readonly PrimitiveName[] }
      : [Value] extends [readonly (infer Item)[]]
        ? { readonly type: "array"; readonly items: ValueSchema<Item>; readonly minItems?: number; readonly uniqueItems?: boolean }
        : [Value] extends [{ readonly [key: string]: infer Entry }]
          ? {
              readonly type: "object";
              readonly minProperties?: number;
              readonly propertyNames?: TextSchema<string>;
              readonly additionalProperties?: ValueSchema<Entry>;
            }
          : never;

/** The JSON Schema of an object with exactly the fields of `Data`. */
export interface ClosedSchema<Data> {
  readonly type: "object";
  readonly additionalProperties: false;
  readonly required: readonly RequiredKeys<Data>[];
  readonly properties: { readonly [Key in keyof Data]-?: ValueSchema<Exclude<Data[Key], undefined>> };
}

const text = { type: "string" } as const;
const someText = { type: "string", minLength: 1 } as const;
const printable = (maxLength: number) => ({ type: "string", minLength: 1, maxLength, pattern: printablePattern }) as const;
const integerFrom = (minimum: number) => ({ type: "integer", minimum, maximum: Number.MAX_SAFE_INTEGER }) as const;
const anyInteger = integerFrom(Number.MIN_SAFE_INTEGER);
const status = { type: "string", enum: statuses } as const;
const closed = { type: "object", additionalProperties: false } as const;

/** The schema of each type's data, at its current version. */
export const catalogueSchemas: { readonly [Type in CatalogueType]: ClosedSchema<EventCatalogue[Type]> } = {
  "run.allocated": {
    ...closed,
    required: ["uid"],
    properties: {
      uid: { type: "string", pattern: "^[0-9]{4,16}$" },
      paramHash: printable(256),
      params: { type: "object" },
      status,
      storage: { type: "string", enum: ["prefix"] },
    },
  },
  "run.status-changed": { ...closed, required: ["status"], properties: { status } },
  "run.files-attached": {
    ...closed,
    required: ["files"],
    properties: {
      files: {
        type: "object",
        minProperties: 1,
        propertyNames: printable(256),
        additionalProperties: { type: "string", minLength: 1, maxLength: 4096, pattern: "^[^\\u0000]*$" },
      },
    },
  },
  "run.metrics-recorded": {
    ...closed,
    required: ["metrics"],
    properties: {
      metrics: {
        type: "object",
        minProperties: 1,
        propertyNames: printable(256),
        additionalProperties: { type: ["number", "string", "boolean", "null"] },
      },
      step: integerFrom(0),
    },
  },
  "run.error-recorded": { ...closed, required: ["message"], properties: { message: text, name: text, stack: text, code: text } },
  "run.noted": { ...closed, required: ["note"], properties: { note: text } },
  "run.tagged": {
    ...closed,
    required: ["tags"],
    properties: { tags: { type: "array", items: printable(128), minItems: 1, uniqueItems: true } },
  },
  "run.attempt-started": {
    ...closed,
    required: ["attempt", "host", "boot", "pidNamespace", "pid", "processStart", "beatWithinMs"],
    properties: {
      attempt: integerFrom(1),
      host: text,
      boot: text,
      pidNamespace: text,
      pid: integerFrom(0),
      processStart: text,
      beatWithinMs: integerFrom(1),
      command: { type: "array", items: text },
      cwd: text,
    },
  },
  "run.heartbeat-recorded": {
    ...closed,
    required: ["attempt", "beatWithinMs"],
    properties: { attempt: integerFrom(1), beatWithinMs: integerFrom(1) },
  },
  "run.attempt-ended": {
    ...closed,
    required: ["attempt"],
    properties: { attempt: integerFrom(1), exitCode: anyInteger, signal: someText },
  },
  "log.recovered": {
    ...closed,
    required: ["segment", "offset", "bytes", "sha256", "file"],
    properties: {
      segment: someText,
      offset: integerFrom(0),
      bytes: integerFrom(0),
      sha256: { type: "string", pattern: "^[0-9a-f]{64}$" },
      file: someText,
    },
  },
  "log.imported": {
    ...closed,
    required: ["sources"],
    properties: {
      sources: {
        type: "object",
        minProperties: 1,
        propertyNames: printable(2048),
        additionalProperties: { type: "array", items: { type: "array", items: integerFrom(1), minItems: 2 }, minItems: 1 },
      },
    },
  },
};
