import type { ModelAdapter } from "../model-adapter.js";
import { describeTfModel, lastPart } from "./describe-tfjs.js";
import { layerNamesOf } from "./layer-names.js";
import { isTfModel } from "./tfjs-objects.js";
import type { TfLayer, TfModel, TfTensor, TfVariable, TfWeight } from "./tfjs-objects.js";
import { checkFit, copyOfTensor, loadTfjs, tfTensorOf } from "./tfjs-tensors.js";

/** Layers models of TensorFlow.js. What is restored is restored to the bit; constraints are not applied to it again. */
export const tfjsModels: ModelAdapter = {
  name: "tfjs-layers",
  accepts: isTfModel,
  describe: (model) => describeTfModel(model as TfModel),
  tensors: async (model) => {
    const weights = [...namedWeights(model as TfModel)];
    return new Map(await Promise.all(weights.map(async ([name, weight]) => [name, await copyOfTensor(name, weight.read())] as const)));
  },
  prepareRestore: async (model, tensors) => {
    const weights = namedWeights(model as TfModel);
    checkFit(weights, tensors, "model");
    const library = await loadTfjs();
    return () => {
      const made: [TfWeight, TfTensor][] = [];
      try {
        // All of them before the first is put in: making one may fail for want of memory.
        for (const [name, weight] of weights) {
          const tensor = tensors.get(name);
          if (tensor !== undefined) made.push([weight, tfTensorOf(library, tensor)]);
        }
        for (const [weight, tensor] of made) put(weight, tensor);
      } finally {
        for (const [, tensor] of made) tensor.dispose();
      }
    };
  },
};

/** Each weight once, also of a layer that several models share, under a name that is the same in each process. */
function namedWeights(model: TfModel): ReadonlyMap<string, TfWeight> {
  const named = new Map<string, TfWeight>();
  const seen = new Set<TfWeight>();
  const walk = (layers: readonly TfLayer[], prefix: string): void => {
    const names = layerNamesOf(layers);
    layers.forEach((layer, at) => {
      const path = `${prefix}${names[at] ?? layer.name}/`;
      if (layer.layers !== undefined) return walk(layer.layers, path);
      for (const weight of layer.weights) {
        if (seen.has(weight)) continue;
        seen.add(weight);
        named.set(freeName(named, `${path}${lastPart(weight.originalName)}`), weight);
      }
    });
  };
  walk(model.layers, "");
  return named;
}

/** Both directions of a wrapper have weights of the same names. */
function freeName(named: ReadonlyMap<string, unknown>, name: string): string {
  for (let count = 1; ; count += 1) {
    const candidate = count === 1 ? name : `${name}_${count}`;
    if (!named.has(candidate)) return candidate;
  }
}

/** `write` would apply the weight's constraint, which may change its last bits. */
function put(weight: TfWeight, tensor: TfTensor): void {
  const variable = weight.read() as Partial<TfVariable>;
  if (typeof variable.assign === "function") variable.assign(tensor);
  else weight.write(tensor);
}
