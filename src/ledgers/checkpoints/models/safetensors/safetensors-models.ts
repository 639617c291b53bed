import type { Architecture, ModelAdapter } from "../model-adapter.js";
import { decodeSafetensors, readSafetensorsHeader } from "./read-safetensors.js";
import type { SafetensorsHeader } from "./read-safetensors.js";

/**
 * What the header of a safetensors file says of a model: each tensor's name, dtype and shape. The metadata is left out, as trainers write epochs and times there.
 * @throws SafetensorsInvalidError
 */
export const describeSafetensors = (bytes: Uint8Array): Architecture => describeHeader(readSafetensorsHeader(bytes));

/** The same of a header that was read already. */
export function describeHeader({ tensors }: SafetensorsHeader): Architecture {
  // Where the bytes lie in the file is no part of the model.
  const layers = tensors.map(({ name, dtype, shape }) => ({ name, kind: "tensor", dtype, shape }));
  layers.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { algorithm: "safetensors-1", json: { format: "safetensors", layers } };
}

/** A model given as the bytes of a safetensors file. */
export const safetensorsModels: ModelAdapter = {
  name: "safetensors",
  accepts: (model) => model instanceof Uint8Array && model.length > 8 && model[8] === 0x7b,
  describe: (model) => describeSafetensors(model as Uint8Array),
  tensors: async (model) => await Promise.resolve(decodeSafetensors(model as Uint8Array)),
};
