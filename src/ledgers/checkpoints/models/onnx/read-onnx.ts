import { createRequire } from "node:module";
import type * as Protobuf from "protobufjs";
import type { Reader } from "protobufjs";
import { UnhashablePartError } from "../../../../base/errors.js";

/** A field of a message: how it is put into what is read so far. */
type Field<T> = (reader: Reader, into: T) => void;

/** The fields of a message by number; the others are passed over. */
export type Fields<T> = { readonly [field: number]: Field<T> | undefined };

/** Deeper graphs within graphs are refused. */
const maxDepth = 64;
let depth = 0;

/** Reads a whole file as one message. protobufjs is loaded when the first is read. @throws UnhashablePartError when it is none */
export function readMessage<T>(bytes: Uint8Array, fields: Fields<T>, into: T): T {
  const { Reader } = createRequire(import.meta.url)("protobufjs/minimal") as typeof Protobuf;
  depth = 0;
  try {
    const reader = Reader.create(bytes);
    readFields(reader, reader.len, fields, into);
    return into;
  } catch (error) {
    if (error instanceof UnhashablePartError) throw error;
    throw new UnhashablePartError("model", "$", `is no sound ONNX file: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

/** Reads a message within a message. */
export function readInner<T>(reader: Reader, fields: Fields<T>, into: T): T {
  const length = reader.uint32();
  const end = reader.pos + length;
  if (end > reader.len) throw new RangeError("a message goes beyond the end of the file");
  depth += 1;
  if (depth > maxDepth) throw new UnhashablePartError("model", "$", `has graphs within graphs more than ${maxDepth} messages deep`);
  readFields(reader, end, fields, into);
  depth -= 1;
  return into;
}

function readFields<T>(reader: Reader, end: number, fields: Fields<T>, into: T): void {
  while (reader.pos < end) {
    const tag = reader.uint32();
    const field = fields[tag >>> 3];
    // A packed list has the wire type of bytes; the fields that may be packed look at it themselves.
    if (field === undefined) reader.skipType(tag & 7);
    else field(Object.assign(reader, { wireType: tag & 7 }), into);
  }
  if (reader.pos !== end) throw new RangeError("a field goes beyond its message");
}

/** Numbers of a repeated field, packed or not. */
export function numbers<T>(reader: Reader, into: T[], read: () => T): void {
  if ((reader as Reader & { readonly wireType: number }).wireType !== 2) return void into.push(read());
  const end = reader.uint32() + reader.pos;
  if (end > reader.len) throw new RangeError("a list goes beyond the end of the file");
  while (reader.pos < end) into.push(read());
}

/** A 64-bit integer, as a number where it is exact, else as its digits. */
export function int64(reader: Reader): number | string {
  // Without the package `long`, or with it: both forms give low and high halves.
  const value = reader.int64() as unknown as number | { toString(): string };
  if (typeof value === "number") return value;
  const text = value.toString();
  return Number.isSafeInteger(Number(text)) ? Number(text) : text;
}

/** A 32-bit or 64-bit float. JSON has no NaN and no infinities: those are texts. */
export const float = (value: number): number | string => (Number.isFinite(value) ? value : String(value));
