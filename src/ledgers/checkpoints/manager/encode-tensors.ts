import { InvalidOptionError, preview } from "../../../base/errors.js";
import { tensorDtypes } from "../models/tensors.js";
import type { Tensor, TensorDtype, Tensors } from "../models/tensors.js";

const widths: { readonly [dtype in TensorDtype]: number } = { BOOL: 1, U8: 1, I8: 1, U16: 2, I16: 2, F16: 2, BF16: 2, U32: 4, I32: 4, F32: 4, U64: 8, I64: 8, F64: 8 };

/**
 * Tensors as a safetensors file: the length of the header (8 bytes), the header as JSON, padded with spaces to a multiple of 8, and the tensors' bytes one after
 * another. Can be gone through again. @throws InvalidOptionError for what is no tensor
 */
export function encodedTensors(tensors: Tensors): readonly Uint8Array[] {
  const header: { [name: string]: { dtype: TensorDtype; shape: readonly number[]; data_offsets: [number, number] } } = Object.create(null) as object as never;
  const chunks: Uint8Array[] = [];
  let offset = 0;
  // The widest first: then each lies at a multiple of its width.
  const sorted = [...tensors].sort(([, a], [, b]) => (widths[b.dtype] ?? 0) - (widths[a.dtype] ?? 0));
  for (const [name, tensor] of sorted) {
    const bytes = bytesOf(name, tensor);
    header[name] = { dtype: tensor.dtype, shape: [...tensor.shape], data_offsets: [offset, offset + bytes.length] };
    offset += bytes.length;
    chunks.push(bytes);
  }
  const json = Buffer.from(JSON.stringify(header));
  const padded = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, " ");
  padded.writeBigUInt64LE(BigInt(padded.length - 8));
  json.copy(padded, 8);
  return [padded, ...chunks];
}

function bytesOf(name: unknown, tensor: Tensor): Uint8Array {
  const field = `weights[${JSON.stringify(name)}]`;
  if (typeof name !== "string" || name === "__metadata__") throw new InvalidOptionError("weights", `has a tensor with the name ${preview(name)}, which is none`);
  const { dtype, shape, data } = (tensor ?? {}) as Partial<Tensor>;
  if (!tensorDtypes.some((one) => one === dtype)) throw new InvalidOptionError(`${field}.dtype`, `must be one of ${tensorDtypes.join(", ")}, not ${preview(dtype)}`);
  if (!Array.isArray(shape) || !shape.every((size) => Number.isSafeInteger(size) && size >= 0)) throw new InvalidOptionError(`${field}.shape`, `must be a list of whole numbers, not ${preview(shape)}`);
  if (!ArrayBuffer.isView(data)) throw new InvalidOptionError(`${field}.data`, `must be a typed array, not ${preview(data)}`);
  const wanted = (shape as readonly number[]).reduce((product, size) => product * size, widths[dtype as TensorDtype]);
  if (data.byteLength !== wanted) throw new InvalidOptionError(`${field}.data`, `has ${data.byteLength} bytes, and its shape and dtype make ${wanted}`);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
