import { InvalidOptionError, isDaybookError, preview } from "../../base/errors.js";
import { canonicalJson } from "../../events/canonical-json.js";
import { isWellFormed } from "../../events/text.js";
import { maxU64 } from "./frames.js";

const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;
const ofView = (name: "buffer" | "byteOffset" | "length"): ((view: unknown) => unknown) => {
  // What the engine knows of a view, whatever a subclass says of itself.
  const getter = Object.getOwnPropertyDescriptor(typedArray, name);
  return (view) => getter?.get?.call(view) as unknown;
};
const [bufferOf, offsetOf, lengthOf] = [ofView("buffer"), ofView("byteOffset"), ofView("length")];
const keysOf = Reflect.get(typedArray, "keys") as (this: unknown) => unknown;

/** A tag as bytes. @throws InvalidOptionError */
export function tagBytes(tag: unknown): Uint8Array {
  const bytes = typeof tag === "string" ? textBytes("tag", tag) : plainView("tag", tag, Uint8Array, "a text or a Uint8Array");
  if (bytes.length > 0xffff_ffff) throw new InvalidOptionError("tag", `has ${bytes.length} bytes, more than fit into a tag`);
  return bytes;
}

/** A text as UTF-8. @throws InvalidOptionError */
export function textBytes(field: string, text: unknown): Uint8Array {
  if (typeof text !== "string") throw new InvalidOptionError(field, `must be a text, not ${preview(text)}`);
  if (!isWellFormed(text)) throw new InvalidOptionError(field, "holds half of a surrogate pair, which has no bytes of its own");
  return Buffer.from(text, "utf8");
}

/** @throws InvalidOptionError */
export const plainBytes = (field: string, value: unknown): Uint8Array => plainView(field, value, Uint8Array, "a Uint8Array");

/** @throws InvalidOptionError */
export const plainFloats = (field: string, value: unknown): Float64Array => plainView(field, value, Float64Array, "a Float64Array");

/** A number of 64 bits without a sign. @throws InvalidOptionError */
export function checkedU64(field: string, value: unknown): bigint {
  if (typeof value === "bigint" && value >= 0n && value <= maxU64) return value;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  const shown = typeof value === "bigint" ? `${value}n` : preview(value);
  throw new InvalidOptionError(field, `must be a bigint from 0 to 2^64 - 1, or a safe integer from 0, not ${shown}`);
}

/** @throws InvalidOptionError */
export function checkedNumber(field: string, value: unknown): number {
  if (typeof value === "number") return value;
  throw new InvalidOptionError(field, `must be a number, not ${preview(value)}`);
}

/** Canonical JSON as UTF-8. @throws InvalidOptionError saying where in the value the trouble lies */
export function jsonBytes(value: unknown): Uint8Array {
  try {
    return Buffer.from(canonicalJson(value), "utf8");
  } catch (error) {
    if (!isDaybookError(error, "INVALID_VALUE")) throw error;
    throw new InvalidOptionError("value", `is not JSON: ${error.message}`);
  }
}

/** The content of a typed array, as a view of its class and no subclass. @throws InvalidOptionError */
function plainView<View extends Float64Array | Uint8Array>(field: string, value: unknown, kind: new (buffer: ArrayBuffer, offset: number, length: number) => View, what: string): View {
  if (!(value instanceof kind)) throw new InvalidOptionError(field, `must be ${what}, not ${ArrayBuffer.isView(value) ? `a ${value.constructor.name}` : preview(value)}`);
  try {
    // Throws for what has lost its memory, which otherwise looks like an empty one.
    keysOf.call(value);
  } catch {
    throw new InvalidOptionError(field, "has lost its memory: its buffer was transferred or shrunk");
  }
  const buffer = bufferOf(value);
  if (!(buffer instanceof ArrayBuffer)) throw new InvalidOptionError(field, "lies in shared memory, which may change while it is read; give a copy");
  return new kind(buffer, offsetOf(value) as number, lengthOf(value) as number);
}
