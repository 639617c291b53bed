/** A model as small as can be: what the documents' examples train. */
import type { ModelAdapter, OptimizerAdapter, Tensor, Tensors } from "../../src/checkpoints.js";
import type { JsonObject } from "../../src/index.js";

/** A stack of dense layers with one row of numbers for weights. */
export class TinyModel {
  constructor(
    readonly units: number[],
    readonly weights = new Float32Array([0, 0]),
  ) {}

  /** A step of training: other weights, the same architecture. */
  train(): void {
    this.weights.forEach((value, index) => (this.weights[index] = value + index + 1));
  }
}

/** State that changes with training, too. */
export class TinyOptimizer {
  readonly momentum = new Float32Array([0]);
}

const tensorOf = (data: Float32Array): Tensor => ({ dtype: "F32", shape: [data.length], data: Float32Array.from(data) });

/** Fits when it is as long; then puts it in. */
function putBack(into: Float32Array, tensor: Tensor | undefined): () => void {
  if (tensor?.data.byteLength !== into.byteLength) throw new RangeError("of another length");
  const { buffer, byteOffset, byteLength } = tensor.data;
  const values = new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
  return () => into.set(values);
}

export const tinyModels: ModelAdapter = {
  name: "tiny",
  accepts: (model) => model instanceof TinyModel,
  describe: (model) => ({ algorithm: "tiny-1", json: { layers: (model as TinyModel).units.map((units, index): JsonObject => ({ name: `dense_${index}`, kind: "Dense", units })) } }),
  tensors: (model) => Promise.resolve(new Map([["weights", tensorOf((model as TinyModel).weights)]])),
  prepareRestore: (model, tensors: Tensors) => Promise.resolve(putBack((model as TinyModel).weights, tensors.get("weights"))),
};

export const tinyOptimizers: OptimizerAdapter = {
  name: "tiny",
  accepts: (optimizer) => optimizer instanceof TinyOptimizer,
  tensors: (optimizer) => Promise.resolve(new Map([["momentum", tensorOf((optimizer as TinyOptimizer).momentum)]])),
  prepareRestore: (optimizer, tensors) => Promise.resolve(putBack((optimizer as TinyOptimizer).momentum, tensors.get("momentum"))),
};

/** What managers and generators of the documents' examples are opened with. */
export const tinyAdapters = { adapters: [tinyModels] };
export const tinyOptions = { ...tinyAdapters, optimizerAdapters: [tinyOptimizers] };
