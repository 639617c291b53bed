import { InvalidValueError, preview } from "../../../base/errors.js";
import { tensorDtypes } from "../models/tensors.js";
import type { Tensor, TensorDtype, Tensors } from "../models/tensors.js";

/** A header is never longer than this, whatever a file says. */
const longestHeader = 100 * 1024 * 1024;

type View = new (buffer: ArrayBufferLike, byteOffset: number, length: number) => ArrayBufferView;
const views: { readonly [dtype in TensorDtype]: View & { readonly BYTES_PER_ELEMENT: number } } = {
  BOOL: Uint8Array, U8: Uint8Array, I8: Int8Array, U16: Uint16Array, I16: Int16Array, F16: Uint16Array, BF16: Uint16Array,
  U32: Uint32Array, I32: Int32Array, F32: Float32Array, U64: BigUint64Array, I64: BigInt64Array, F64: Float64Array,
};

/**
 * The tensors of a safetensors file, as views of its bytes; one that lies where its kind of numbers cannot be read in place is copied. Half-precision numbers are shown as their
 * 16 bits. Strict: a header that is none, a tensor whose bytes are not what shape and dtype make, and bytes that belong to no tensor or to two are refused.
 * @throws InvalidValueError
 */
export function decodedTensors(bytes: Uint8Array): Tensors {
  const { header, dataAt } = headerOf(bytes);
  const placed = Object.entries(header)
    .filter(([name]) => name !== "__metadata__")
    .map(([name, entry]) => ({ name, ...placeOf(name, entry) }));
  let end = 0;
  for (const { name, from, to } of [...placed].sort((a, b) => a.from - b.from || a.to - b.to)) {
    if (from !== end) throw new InvalidValueError(at(name), `begins at byte ${from}, and the one before it ends at ${end}`);
    end = to;
  }
  if (dataAt + end !== bytes.length) throw new InvalidValueError("$", `holds ${bytes.length - dataAt} bytes of tensors, and its header tells of ${end}`);
  return new Map(placed.map(({ name, dtype, shape, from, to }) => [name, { dtype, shape, data: viewOf(dtype, bytes.subarray(dataAt + from, dataAt + to)) }]));
}

function headerOf(bytes: Uint8Array): { readonly header: Readonly<Record<string, unknown>>; readonly dataAt: number } {
  if (bytes.length < 8) throw new InvalidValueError("$", `is ${bytes.length} bytes long, too short for a header`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  if (length > longestHeader || length > bytes.length - 8) throw new InvalidValueError("$", `says that its header is ${length} bytes long, of ${bytes.length - 8} that follow`);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, 8 + length)));
  } catch (error) {
    throw new InvalidValueError("$", `has a header that is no JSON: ${preview(error instanceof Error ? error.message : error)}`);
  }
  if (typeof header !== "object" || header === null || Array.isArray(header)) throw new InvalidValueError("$", "has a header that is no object");
  return { header: header as Readonly<Record<string, unknown>>, dataAt: 8 + length };
}

function placeOf(name: string, entry: unknown): { readonly dtype: TensorDtype; readonly shape: readonly number[]; readonly from: number; readonly to: number } {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as { readonly dtype?: unknown; readonly shape?: unknown; readonly data_offsets?: unknown };
  const known = tensorDtypes.find((one) => one === dtype);
  if (known === undefined) throw new InvalidValueError(at(name), `is of the kind ${preview(dtype)}, which is none of ${tensorDtypes.join(", ")}`);
  if (!isWholes(shape)) throw new InvalidValueError(at(name), `has the shape ${preview(shape)}`);
  const [from, to] = isWholes(offsets) ? offsets : [];
  if (!isWholes(offsets) || offsets.length !== 2 || from === undefined || to === undefined || to < from) throw new InvalidValueError(at(name), `lies at ${preview(offsets)}`);
  const wanted = shape.reduce((product, size) => product * size, views[known].BYTES_PER_ELEMENT);
  if (to - from !== wanted) throw new InvalidValueError(at(name), `has ${to - from} bytes, and its shape and kind make ${wanted}`);
  return { dtype: known, shape, from, to };
}

function viewOf(dtype: TensorDtype, bytes: Uint8Array): Tensor["data"] {
  const view = views[dtype];
  const { buffer, byteOffset, byteLength } = bytes.byteOffset % view.BYTES_PER_ELEMENT === 0 ? bytes : Uint8Array.from(bytes);
  return new view(buffer, byteOffset, byteLength / view.BYTES_PER_ELEMENT);
}

const isWholes = (value: unknown): value is readonly number[] => Array.isArray(value) && value.every((one) => Number.isSafeInteger(one) && (one as number) >= 0);

const at = (name: string): string => `$[${JSON.stringify(name)}]`;
