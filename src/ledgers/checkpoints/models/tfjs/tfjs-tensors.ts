import { ModelUnsupportedError, preview } from "../../../../base/errors.js";
import type { Tensor, TensorDtype, Tensors } from "../tensors.js";
import type { TfTensor } from "./tfjs-objects.js";

const dtypes: { readonly [dtype: string]: TensorDtype | undefined } = { float32: "F32", int32: "I32", bool: "BOOL" };
const arrays = { F32: Float32Array, I32: Int32Array, BOOL: Uint8Array };

/** The part of the library that makes tensors. */
interface TfLibrary {
  tensor(values: Float32Array | Int32Array | Uint8Array, shape: number[], dtype: string): TfTensor;
}

/** A copy of a tensor's values. The values are asked for at once, before anything else can change them. @throws ModelUnsupportedError */
export async function copyOfTensor(name: string, tensor: TfTensor): Promise<Tensor> {
  const dtype = dtypes[tensor.dtype];
  if (dtype === undefined) throw new ModelUnsupportedError(`The tensor ${preview(name)} is of the dtype ${preview(tensor.dtype)}, which cannot be saved`);
  const { shape } = tensor;
  return { dtype, shape: [...shape], data: ((await tensor.data()) as Float32Array | Int32Array | Uint8Array).slice() };
}

/** The library, loaded when tensors have to be made: its peer is optional. @throws ModelUnsupportedError */
export async function loadTfjs(): Promise<TfLibrary> {
  try {
    const loaded = (await import("@tensorflow/tfjs")) as unknown as TfLibrary & { readonly default?: TfLibrary };
    return typeof loaded.tensor === "function" ? loaded : (loaded.default as TfLibrary);
  } catch (error) {
    throw new ModelUnsupportedError("Putting weights into a model of TensorFlow.js needs the package @tensorflow/tfjs, which cannot be loaded: install it beside daybook", error);
  }
}

/** A tensor of the library with those values. It has to be disposed of. */
export function tfTensorOf(library: TfLibrary, { dtype, shape, data }: Tensor): TfTensor {
  const Values = arrays[dtype as keyof typeof arrays];
  // Copied: the bytes may lie at an address that is no multiple of 4.
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  return library.tensor(new Values(bytes.buffer), [...shape], Object.entries(dtypes).find(([, known]) => known === dtype)?.[0] ?? "float32");
}

/** Shape and kind of numbers that a place has room for. */
export interface TensorRoom {
  readonly shape: readonly (number | null)[];
  readonly dtype: string;
}

/** Checks that each tensor has a place of its name, shape and dtype, and each place a tensor. @throws ModelUnsupportedError naming the first few that do not fit */
export function checkFit(rooms: ReadonlyMap<string, TensorRoom>, tensors: Tensors, what: string): void {
  const problems = [
    ...[...rooms].flatMap(([name, { shape, dtype }]) => {
      const tensor = tensors.get(name);
      if (tensor === undefined) return [`${name} was not saved`];
      const [has, wants] = [`${tensor.dtype} [${tensor.shape.join(", ")}]`, `${dtypes[dtype] ?? dtype} [${shape.join(", ")}]`];
      return has === wants ? [] : [`${name} was saved as ${has}, and is ${wants}`];
    }),
    ...[...tensors.keys()].filter((name) => !rooms.has(name)).map((name) => `${name} was saved, and there is none`),
  ];
  if (problems.length === 0) return;
  const more = problems.length > 5 ? `; and ${problems.length - 5} more` : "";
  throw new ModelUnsupportedError(`What was saved does not fit the ${what}: ${problems.slice(0, 5).join("; ")}${more}`);
}
