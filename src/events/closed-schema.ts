/**
 * What the schemas of the catalogue are made of: closed objects, checked against the data types by the compiler. (ajv's own `JSONSchemaType`
 * would have every optional field accept null.) Numbers are bounded where they are integers: JSON Schema calls 1e300 one.
 */
import type { Json } from "./recorded-event.js";
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

// Not distributive, so that a union of texts is one text. What any JSON may be is not looked at.
export type ValueSchema<Value> = [Json] extends [Value]
  ? Record<never, never>
  : [Value] extends [string]
  ? TextSchema<Value>
  : [Value] extends [number]
    ? { readonly type: "integer"; readonly minimum: number; readonly maximum: number } | { readonly type: "number" }
    : [Value] extends [number | string | boolean | null]
      ? { readonly type: readonly PrimitiveName[] }
      : [Value] extends [readonly (infer Item)[]]
        ? { readonly type: "array"; readonly items: ValueSchema<Item>; readonly minItems?: number; readonly uniqueItems?: boolean }
        : [string] extends [keyof Value]
          ? {
              readonly type: "object";
              readonly minProperties?: number;
              readonly propertyNames?: TextSchema<string>;
              readonly additionalProperties?: ValueSchema<Value[keyof Value]>;
            }
          : ClosedSchema<Value>;

/** The JSON Schema of an object with exactly the fields of `Data`. */
export interface ClosedSchema<Data> {
  readonly type: "object";
  readonly additionalProperties: false;
  readonly required: readonly RequiredKeys<Data>[];
  readonly properties: { readonly [Key in keyof Data]-?: ValueSchema<Exclude<Data[Key], undefined>> };
}

export const text = { type: "string" } as const;
export const someText = { type: "string", minLength: 1 } as const;
export const printable = (maxLength: number) => ({ type: "string", minLength: 1, maxLength, pattern: printablePattern }) as const;
export const integerFrom = (minimum: number) => ({ type: "integer", minimum, maximum: Number.MAX_SAFE_INTEGER }) as const;
/** Any number that JSON has: finite. */
export const anyNumber = { type: "number" } as const;
export const anyInteger = integerFrom(Number.MIN_SAFE_INTEGER);
export const status = { type: "string", enum: statuses } as const;
export const closed = { type: "object", additionalProperties: false } as const;
