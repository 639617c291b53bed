/** The kinds of numbers in a tensor, as safetensors names them. */
export const tensorDtypes = ["BOOL", "U8", "I8", "U16", "I16", "F16", "BF16", "U32", "I32", "F32", "U64", "I64", "F64"] as const;

/** A kind of number in a tensor. */
export type TensorDtype = (typeof tensorDtypes)[number];

/** An array of numbers: row by row, the last dimension fastest, in the machine's little-endian order. */
export interface Tensor {
  readonly dtype: TensorDtype;
  /** Dimensions; none for a single number. */
  readonly shape: readonly number[];
  /** As many bytes as shape and dtype make, seen through whatever array type. */
  readonly data: ArrayBufferView;
}

/** Tensors by name, in an order that the reader keeps. */
export type Tensors = ReadonlyMap<string, Tensor>;
