import { InvalidOptionError, preview } from "../../../../base/errors.js";
import { tensorDtypes } from "../tensors.js";
import type { Tensor, TensorDtype } from "../tensors.js";

/** How many bytes a number takes. */
export const bytesOfDtype: { readonly [dtype in TensorDtype]: number } = { BOOL: 1, U8: 1, I8: 1, U16: 2, I16: 2, F16: 2, BF16: 2, U32: 4, I32: 4, F32: 4, U64: 8, I64: 8, F64: 8 };

export const isTensorDtype = (value: unknown): value is TensorDtype => tensorDtypes.some((dtype) => dtype === value);

/** How many bytes a tensor takes; undefined where that is more than can be counted. */
export function bytesOfShape(dtype: TensorDtype, shape: readonly number[]): number | undefined {
  // A zero anywhere makes it empty, however large the other dimensions are.
  if (shape.includes(0)) return 0;
  let bytes = bytesOfDtype[dtype];
  for (const size of shape) bytes *= size;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** The bytes of a tensor, not copied. @throws InvalidOptionError where it is none, naming what of it is wrong */
export function checkedTensorBytes(name: unknown, tensor: unknown): Uint8Array {
  if (typeof name !== "string" || name === "" || ["__metadata__", "__proto__"].includes(name) || !name.isWellFormed()) throw new InvalidOptionError("weights", `cannot have a tensor of the name ${preview(name)}`);
  const field = `weights[${JSON.stringify(name)}]`;
  const { dtype, shape, data } = (tensor ?? {}) as Partial<Tensor>;
  if (!isTensorDtype(dtype)) throw new InvalidOptionError(`${field}.dtype`, `must be one of ${tensorDtypes.join(", ")}, not ${preview(dtype)}`);
  if (!isShape(shape)) throw new InvalidOptionError(`${field}.shape`, `must be a list of whole numbers, not ${preview(shape)}`);
  if (!ArrayBuffer.isView(data)) throw new InvalidOptionError(`${field}.data`, `must be a typed array, not ${preview(data)}`);
  const wanted = bytesOfShape(dtype, shape);
  if (data.byteLength !== wanted) throw new InvalidOptionError(`${field}.data`, `has ${data.byteLength} bytes, where ${dtype} and the shape [${shape.join(", ")}] make ${wanted ?? "too many"}`);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Dimensions of a tensor: whole numbers, none negative. */
export const isShape = (value: unknown): value is readonly number[] => Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && (size as number) >= 0);
