import { SafetensorsInvalidError, preview } from "../../../../base/errors.js";
import type { Tensor, TensorDtype } from "../tensors.js";
import { bytesOfShape, isShape, isTensorDtype } from "./tensor-bytes.js";

/** What the header says of a tensor. `begin` and `end` count from the end of the header. */
export interface TensorPlace {
  readonly name: string;
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** What stands in the header of a safetensors file. */
export interface SafetensorsHeader {
  /** In the order of their bytes. */
  readonly tensors: readonly TensorPlace[];
  readonly metadata: ReadonlyMap<string, string>;
  /** Where the first tensor's bytes begin. */
  readonly dataStart: number;
}

/** Longer headers are refused: so it stands in the format. */
export const maxHeaderBytes = 100_000_000;

/** How long the header is, by the first 8 bytes. @throws SafetensorsInvalidError */
export function headerLength(bytes: Uint8Array): number {
  if (bytes.length < 8) throw new SafetensorsInvalidError(`it has ${bytes.length} bytes, and the length of its header takes 8`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > BigInt(maxHeaderBytes)) throw new SafetensorsInvalidError(`its header would have ${length} bytes, more than ${maxHeaderBytes}`);
  return Number(length);
}

/**
 * The header of a safetensors file. Its tensors must cover the rest without gap or overlap.
 * @param bytes the file, or at least its header
 * @param fileLength how long the file is
 * @throws SafetensorsInvalidError
 */
export function readSafetensorsHeader(bytes: Uint8Array, fileLength = bytes.length): SafetensorsHeader {
  const length = headerLength(bytes);
  const dataStart = 8 + length;
  if (dataStart > bytes.length) throw new SafetensorsInvalidError(`it ends within its header of ${length} bytes`);
  const { __metadata__: metadata, ...rest } = parsedHeader(bytes.subarray(8, dataStart));
  const tensors = Object.entries(rest).map(([name, value]) => tensorPlace(name, value));
  tensors.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let end = 0;
  for (const tensor of tensors) {
    if (tensor.begin !== end) throw new SafetensorsInvalidError(`the tensor ${preview(tensor.name)} begins at ${tensor.begin}, where ${end} is free${tensor.begin < end ? ": it overlaps another one" : ""}`);
    end = tensor.end;
  }
  if (dataStart + end !== fileLength) throw new SafetensorsInvalidError(`it has ${fileLength} bytes, and its tensors end at ${dataStart + end}`);
  return { tensors, metadata: checkedMetadata(metadata), dataStart };
}

/** The tensors of a safetensors file, in the order of their bytes: views of `bytes`. @throws SafetensorsInvalidError */
export function decodeSafetensors(bytes: Uint8Array): ReadonlyMap<string, Tensor> {
  const { tensors, dataStart } = readSafetensorsHeader(bytes);
  return new Map(tensors.map(({ name, dtype, shape, begin, end }) => [name, { dtype, shape, data: bytes.subarray(dataStart + begin, dataStart + end) }]));
}

function parsedHeader(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  let header: unknown;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    if (!text.startsWith("{")) throw new SyntaxError("it does not begin with {");
    header = JSON.parse(text, (key, value: unknown) => (key === "__proto__" ? fail("a name is __proto__") : value));
  } catch (error) {
    if (error instanceof SafetensorsInvalidError) throw error;
    throw new SafetensorsInvalidError(`its header is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  return header as Readonly<Record<string, unknown>>;
}

function tensorPlace(name: string, value: unknown): TensorPlace {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as { readonly dtype?: unknown; readonly shape?: unknown; readonly data_offsets?: unknown };
  const of = `of the tensor ${preview(name)}`;
  if (!isTensorDtype(dtype)) return fail(`the dtype ${of} is ${preview(dtype)}`);
  if (!isShape(shape)) return fail(`the shape ${of} is ${preview(shape)}`);
  if (!isShape(offsets) || offsets.length !== 2) return fail(`the offsets ${of} are ${preview(offsets)}`);
  const [begin, end] = offsets as readonly [number, number];
  if (end - begin !== bytesOfShape(dtype, shape)) return fail(`the offsets ${of} leave room for ${end - begin} bytes, where ${dtype} and the shape [${shape.join(", ")}] make ${bytesOfShape(dtype, shape) ?? "too many"}`);
  return { name, dtype, shape, begin, end };
}

function checkedMetadata(metadata: unknown): ReadonlyMap<string, string> {
  if (metadata === undefined) return new Map();
  if (typeof metadata !== "object" || metadata === null || Array.isArray(metadata)) return fail(`its metadata is ${preview(metadata)}`);
  const entries = Object.entries(metadata) as [string, unknown][];
  for (const [key, text] of entries) if (typeof text !== "string") fail(`its metadata has no text under ${preview(key)}`);
  return new Map(entries as [string, string][]);
}

function fail(problem: string): never {
  throw new SafetensorsInvalidError(problem);
}
