import type { ArtifactSource } from "../../../artifacts/artifact-store.js";
import { InvalidOptionError, preview } from "../../../base/errors.js";
import type { Tensor, Tensors } from "../models/tensors.js";
import { encodeSafetensors } from "../models/safetensors/write-safetensors.js";
import type { Weights } from "./save-options.js";

/** A file of weights that is to be written. */
export interface WeightsFile {
  readonly extension: string;
  readonly content: ArtifactSource;
}

/** Weights as a caller gives them: tensors become a safetensors file, bytes are taken as they are. @throws InvalidOptionError */
export function weightsGiven(weights: Weights, extension: string | undefined): WeightsFile {
  const tensors = tensorsOf(weights);
  if (tensors !== undefined) return { extension: extension ?? "safetensors", content: encodedTensors(tensors) };
  if (typeof weights === "string" || weights instanceof Uint8Array || isStream(weights)) return { extension: extension ?? "bin", content: weights as ArtifactSource };
  throw new InvalidOptionError("weights", `must be tensors by name, bytes, or a stream of bytes, not ${preview(weights)}`);
}

function tensorsOf(weights: unknown): Tensors | undefined {
  if (weights instanceof Map) return weights as Tensors;
  if (typeof weights !== "object" || weights === null || ArrayBuffer.isView(weights) || isStream(weights)) return undefined;
  const entries = Object.entries(weights as Readonly<Record<string, Tensor>>);
  // A promise or an ArrayBuffer has no fields either, and would be saved as no tensors at all.
  if (entries.length === 0 && !isPlain(weights)) return undefined;
  return entries.every(([, one]) => typeof one === "object" && (one as Tensor | null)?.dtype !== undefined) ? new Map(entries) : undefined;
}

/** Of whichever realm. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return Object.prototype.toString.call(value) === "[object Object]" && (prototype === null || Object.getPrototypeOf(prototype) === null);
}

const isStream = (value: unknown): boolean => typeof value === "object" && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value) && !(value instanceof Map);

/** Tensors as a safetensors file, in a list: it can be gone through again. @throws InvalidOptionError for what is no tensor */
export const encodedTensors = (tensors: Tensors): readonly Uint8Array[] => [...encodeSafetensors(tensors)];
