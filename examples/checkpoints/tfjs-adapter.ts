/** How this demo's network and optimizer are described, saved and restored: what an adapter for a kind of model of one's own looks like. */
import * as tf from "@tensorflow/tfjs";
import type { ModelAdapter, OptimizerAdapter, Tensor, Tensors } from "../../src/checkpoints.js";
import type { JsonObject } from "../../src/index.js";

const toTensor = async (tensor: tf.Tensor): Promise<Tensor> => ({ dtype: "F32", shape: tensor.shape, data: Float32Array.from(await tensor.data()) });

function fromTensor({ data, shape }: Tensor): tf.Tensor {
  const { buffer, byteOffset, byteLength } = data;
  return tf.tensor(new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength)), [...shape], "float32");
}

/** What decides over the network's form; names count up within a process and are left out. */
const layerOf = (layer: tf.layers.Layer): JsonObject => ({
  kind: layer.getClassName(),
  activation: (layer.getConfig()["activation"] as string | undefined) ?? null,
  trainable: layer.trainable,
  weights: layer.weights.map(({ shape, dtype }) => ({ shape: shape.map((size) => size ?? -1), dtype })),
});

export const sequentialModels: ModelAdapter = {
  name: "demo-sequential",
  accepts: (model) => model instanceof tf.Sequential,
  describe: (model) => ({ algorithm: "demo-sequential-1", json: { layers: (model as tf.Sequential).layers.map(layerOf) } }),
  async tensors(model) {
    return new Map(await Promise.all((model as tf.Sequential).getWeights().map(async (weight, index) => [String(index), await toTensor(weight)] as const)));
  },
  prepareRestore(model, tensors) {
    const network = model as tf.Sequential;
    const wanted = network.getWeights().map((weight, index) => {
      const tensor = tensors.get(String(index));
      if (tensor === undefined || tensor.shape.join() !== weight.shape.join()) throw new Error(`weight ${index} is not of the shape ${weight.shape.join(" x ")}`);
      return tensor;
    });
    return Promise.resolve(() => tf.tidy(() => network.setWeights(wanted.map(fromTensor))));
  },
};

export const adamOptimizers: OptimizerAdapter = {
  name: "demo-adam",
  accepts: (optimizer) => optimizer instanceof tf.AdamOptimizer,
  async tensors(optimizer) {
    const named = await (optimizer as tf.AdamOptimizer).getWeights();
    return new Map(await Promise.all(named.map(async ({ tensor }, index) => [String(index), await toTensor(tensor)] as const)));
  },
  prepareRestore: (optimizer, tensors: Tensors) =>
    Promise.resolve(() => (optimizer as tf.AdamOptimizer).setWeights([...tensors].toSorted(([a], [b]) => Number(a) - Number(b)).map(([name, tensor]) => ({ name, tensor: fromTensor(tensor) })))),
};

/** What the demo's managers are opened with. */
export const demoAdapters = { adapters: [sequentialModels], optimizerAdapters: [adamOptimizers] };
