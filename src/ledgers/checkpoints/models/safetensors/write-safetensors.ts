import { InvalidOptionError, preview } from "../../../../base/errors.js";
import type { Tensors } from "../tensors.js";
import { bytesOfDtype, checkedTensorBytes } from "./tensor-bytes.js";

/** A safetensors file, not yet written. */
export interface SafetensorsContent extends Iterable<Uint8Array> {
  /** How long it is. */
  readonly byteLength: number;
}

/**
 * Tensors as a safetensors file: the length of the header (8 bytes), the header as JSON, padded with spaces to a multiple of 8, and the tensors' bytes. The bytes are
 * those of the tensors, not copied; it can be gone through again. Equal tensors give equal bytes, in whichever order they come.
 * @param metadata texts that stand in the header
 * @throws InvalidOptionError for what is no tensor
 */
export function encodeSafetensors(tensors: Tensors, metadata: Readonly<Record<string, string>> = {}): SafetensorsContent {
  const parts = [...tensors].map(([name, tensor]) => ({ name, tensor, bytes: checkedTensorBytes(name, tensor) }));
  // The widest numbers first: then each tensor lies at a multiple of its width.
  parts.sort((a, b) => bytesOfDtype[b.tensor.dtype] - bytesOfDtype[a.tensor.dtype] || (a.name < b.name ? -1 : 1));
  const header: [string, string][] = [];
  const texts = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [key, text] of texts) if (typeof text !== "string") throw new InvalidOptionError(`metadata[${JSON.stringify(key)}]`, `must be a text, not ${preview(text)}`);
  if (texts.length > 0) header.push(["__metadata__", objectText(texts.map(([key, text]) => [key, JSON.stringify(text)]))]);
  let offset = 0;
  for (const { name, tensor, bytes } of parts) {
    header.push([name, JSON.stringify({ dtype: tensor.dtype, shape: tensor.shape, data_offsets: [offset, offset + bytes.length] })]);
    offset += bytes.length;
  }
  const chunks = [headerBytes(objectText(header)), ...parts.map(({ bytes }) => bytes)];
  return { byteLength: chunks.reduce((sum, { length }) => sum + length, 0), [Symbol.iterator]: () => chunks[Symbol.iterator]() };
}

/** JSON whose keys stand in the order given: an object would put names such as "0" first, and lose "__proto__". */
const objectText = (fields: readonly (readonly [key: string, json: string])[]): string => `{${fields.map(([key, json]) => `${JSON.stringify(key)}:${json}`).join(",")}}`;

function headerBytes(json: string): Uint8Array {
  const text = Buffer.from(json);
  const bytes = Buffer.alloc(8 + Math.ceil(text.length / 8) * 8, " ");
  bytes.writeBigUInt64LE(BigInt(bytes.length - 8));
  text.copy(bytes, 8);
  return bytes;
}
