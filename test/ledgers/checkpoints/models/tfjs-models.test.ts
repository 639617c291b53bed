import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { canonicalJson } from "../../../../src/events/canonical-json.js";
import { architectureText } from "../../../../src/ledgers/checkpoints/models/architecture-text.js";
import { builtInModels, builtInOptimizers } from "../../../../src/ledgers/checkpoints/models/built-in.js";
import type { Architecture } from "../../../../src/ledgers/checkpoints/models/model-adapter.js";
import type { Tensors } from "../../../../src/ledgers/checkpoints/models/tensors.js";

const adapter = (model: unknown): (typeof builtInModels)[number] => builtInModels.find((one) => one.accepts(model)) as (typeof builtInModels)[number];
const describeModel = (model: unknown): Architecture => adapter(model).describe(model);
const text = (model: unknown): string => canonicalJson(describeModel(model));
const save = async (model: unknown): Promise<Tensors> => (await adapter(model).tensors?.(model)) as Tensors;
const restore = async (model: unknown, tensors: Tensors): Promise<void> => void (await (await adapter(model).prepareRestore?.(model, tensors))?.());

interface Settings {
  readonly units?: number;
  readonly activation?: "relu" | "tanh";
  readonly extra?: boolean;
  readonly trainable?: boolean;
  readonly bias?: boolean;
  readonly regularizer?: "l1l2";
  readonly constraint?: "nonNeg";
  readonly inputs?: number;
  readonly rate?: number;
  readonly swapped?: boolean;
  readonly name?: string;
  readonly initializer?: "zeros" | "glorotNormal";
}

function classifier({ units = 5, activation = "relu", extra = false, trainable = true, bias = true, regularizer, constraint, inputs = 3, rate = 0.5, swapped = false, name, initializer = "glorotNormal" }: Settings = {}): tf.Sequential {
  const middle = [tf.layers.dropout({ rate }), tf.layers.batchNormalization()];
  const layers = [
    tf.layers.dense({ units, activation, inputShape: [inputs], trainable, useBias: bias, kernelInitializer: initializer, ...(name === undefined ? {} : { name }), ...(regularizer === undefined ? {} : { kernelRegularizer: regularizer }), ...(constraint === undefined ? {} : { kernelConstraint: constraint }) }),
    ...(swapped ? middle.reverse() : middle),
    ...(extra ? [tf.layers.dense({ units: 4 })] : []),
    tf.layers.dense({ units: 2, activation: "softmax" }),
  ];
  return tf.sequential({ layers });
}

function graph({ twice = true, dtype = "float32", order = false }: { readonly twice?: boolean; readonly dtype?: "float32" | "int32"; readonly order?: boolean } = {}): tf.LayersModel {
  const left = tf.input({ shape: [3], dtype });
  const right = tf.input({ shape: [3] });
  const shared = tf.layers.dense({ units: 3 });
  const a = shared.apply(left) as tf.SymbolicTensor;
  const b = (twice ? shared.apply(right) : tf.layers.dense({ units: 3 }).apply(right)) as tf.SymbolicTensor;
  const joined = tf.layers.concatenate().apply(order ? [b, a] : [a, b]) as tf.SymbolicTensor;
  const inner = tf.sequential({ layers: [tf.layers.dense({ units: 4, inputShape: [6] }), tf.layers.dense({ units: 1 })] });
  return tf.model({ inputs: [left, right], outputs: inner.apply(joined) as tf.SymbolicTensor });
}

async function train(model: tf.LayersModel, optimizer: tf.Optimizer = tf.train.adam(0.01)): Promise<void> {
  model.compile({ optimizer, loss: "meanSquaredError" });
  await model.fit(tf.linspace(-1, 1, 12).reshape([4, 3]), tf.linspace(0, 1, 8).reshape([4, 2]), { epochs: 2, verbose: 0, shuffle: false });
}

const answers = (model: tf.LayersModel): number[] => Array.from((model.predict(tf.linspace(-2, 2, 12).reshape([4, 3])) as tf.Tensor).dataSync());

describe("a model of TensorFlow.js", () => {
  it("is described alike when it is built again, however many were built before, and however its weights begin", () => {
    expect(text(classifier())).toBe(text(classifier()));
    expect(text(classifier({ initializer: "zeros" }))).toBe(text(classifier()));
    expect(text(graph())).toBe(text(graph()));
  });

  it("is the same after training, and after going through the library's own JSON", async () => {
    const model = classifier();
    const before = text(model);
    await train(model);
    expect(text(model)).toBe(before);
    expect(text(await tf.models.modelFromJSON(model.toJSON(null, false) as never))).toBe(before);
    const functional = graph();
    expect(text(await tf.models.modelFromJSON(functional.toJSON(null, false) as never))).toBe(text(functional));
  });

  const changes: [string, Settings][] = [
    ["a layer that is added", { extra: true }],
    ["a width", { units: 6 }],
    ["an activation", { activation: "tanh" }],
    ["a trainable flag", { trainable: false }],
    ["a bias that is left out", { bias: false }],
    ["a regulariser", { regularizer: "l1l2" }],
    ["a constraint", { constraint: "nonNeg" }],
    ["the shape of the input", { inputs: 4 }],
    ["a rate", { rate: 0.25 }],
    ["the order", { swapped: true }],
    ["a name that is given", { name: "first" }],
  ];
  it.each(changes)("is another one by %s", (_, settings) => {
    expect(text(classifier(settings))).not.toBe(text(classifier()));
  });

  it("is another one by connections, sharing, and the dtype of an input", () => {
    expect(new Set([graph(), graph({ twice: false }), graph({ dtype: "int32" }), graph({ order: true })].map(text)).size).toBe(4);
  });

  it("is another one when all of it is frozen", () => {
    const model = classifier();
    const before = text(model);
    model.trainable = false;
    expect(text(model)).not.toBe(before);
  });

  it("cannot be described without layers", () => {
    expect(() => text(tf.sequential())).toThrow(expect.objectContaining({ code: "UNHASHABLE_PART" }) as Error);
  });

  it("gives the same answers to the bit once its weights are put into another one", async () => {
    for (const settings of [{}, { constraint: "nonNeg" }, { trainable: false }] as Settings[]) {
      const [model, other] = [classifier(settings), classifier(settings)];
      await train(model);
      expect(answers(other)).not.toEqual(answers(model));
      await restore(other, await save(model));
      expect(answers(other)).toEqual(answers(model));
    }
  });

  it("keeps what was saved apart from what is trained afterwards, and leaves no tensor behind", async () => {
    const model = classifier();
    await train(model);
    const [saved, then] = [await save(model), answers(model)];
    await train(model);
    const before = tf.memory().numTensors;
    await restore(model, saved);
    expect(tf.memory().numTensors).toBe(before);
    expect(answers(model)).toEqual(then);
  });

  it("has weights in nested and wrapped layers under names of their own", async () => {
    const names = [...(await save(graph())).keys()];
    expect(names).toEqual(["dense_1/kernel", "dense_1/bias", "sequential_1/dense_1/kernel", "sequential_1/dense_1/bias", "sequential_1/dense_2/kernel", "sequential_1/dense_2/bias"]);
    const make = (): tf.Sequential => tf.sequential({ layers: [tf.layers.bidirectional({ layer: tf.layers.lstm({ units: 2 }), mergeMode: "concat", inputShape: [3, 2] })] });
    const [one, other] = [make(), make()];
    expect(text(one)).toBe(text(other));
    expect((await save(one)).size).toBe(6);
    await restore(other, await save(one));
    const input = tf.ones([1, 3, 2]);
    expect((other.predict(input) as tf.Tensor).dataSync()).toEqual((one.predict(input) as tf.Tensor).dataSync());
  });

  it("takes no weights that do not fit, and is told which", async () => {
    const model = classifier({ units: 6 });
    const before = answers(model);
    await expect(restore(model, await save(classifier()))).rejects.toThrow(/dense_1\/kernel was saved as F32 \[3, 5\], and is F32 \[3, 6\]/);
    await expect(restore(classifier(), await save(classifier({ extra: true })))).rejects.toMatchObject({ code: "MODEL_UNSUPPORTED" });
    expect(answers(model)).toEqual(before);
  });

  it("is readable as a table", () => {
    const table = architectureText(describeModel(classifier({ trainable: false })).json);
    expect(table).toMatch(/^layer +kind +inputs +shape +parameters +settings\ndense_1 +Dense +\[3,5\] \[5\] +20 +frozen activation=relu /);
    expect(table).toMatch(/\n52 parameters\n/);
    const many = Array.from({ length: 150_000 }, (_, at) => ({ name: `w${at}`, kind: "tensor", shape: [2] }));
    expect(architectureText({ layers: many })).toContain("\n300000 parameters\n");
  });
});

describe("an optimizer of TensorFlow.js", () => {
  const optimizer = builtInOptimizers[0] as (typeof builtInOptimizers)[number];
  const make: [string, () => tf.Optimizer][] = [
    ["sgd", () => tf.train.sgd(0.1)],
    ["momentum", () => tf.train.momentum(0.1, 0.9)],
    ["adam", () => tf.train.adam(0.01)],
    ["rmsprop", () => tf.train.rmsprop(0.01)],
    ["adagrad", () => tf.train.adagrad(0.1)],
    ["adadelta", () => tf.train.adadelta(0.1)],
  ];
  it.each(make)("%s goes on to the bit where it was saved", async (_, fresh) => {
    const [model, first] = [classifier({ rate: 0 }), fresh()];
    await train(model, first);
    const [weights, state] = [await save(model), await optimizer.tensors(first)];
    const [other, second] = [classifier({ rate: 0 }), fresh()];
    await restore(other, weights);
    await (await optimizer.prepareRestore(second, state))();
    await train(model, first);
    await train(other, second);
    expect(answers(other)).toEqual(answers(model));
  });

  it("takes no state of another kind, nor of another model", async () => {
    const [adam, rms, used] = [tf.train.adam(), tf.train.rmsprop(0.1), tf.train.adam()];
    await train(classifier(), adam);
    await train(classifier({ units: 6 }), used);
    await expect(optimizer.prepareRestore(rms, await optimizer.tensors(adam))).rejects.toMatchObject({ code: "MODEL_UNSUPPORTED" });
    await expect(optimizer.prepareRestore(used, await optimizer.tensors(adam))).rejects.toMatchObject({ code: "MODEL_UNSUPPORTED" });
  });

  it("that the library cannot save is an error that says so", async () => {
    await expect(optimizer.tensors(tf.train.adamax())).rejects.toMatchObject({ code: "MODEL_UNSUPPORTED" });
  });
});
