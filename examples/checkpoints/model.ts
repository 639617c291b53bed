/** The network, in TensorFlow.js on the CPU. */
import * as tf from "@tensorflow/tfjs";
import { type Example, FEATURES, SPECIES } from "../penguins/dataset.js";
import { seededRandom, shuffled } from "../penguins/random.js";
import type { Config } from "./task.js";

// Without this it tells every process that there are faster back ends.
tf.enableProdMode();

/** Two dense layers, with the same weights for the same seed. */
export function createModel({ seed }: Config): tf.Sequential {
  const dense = (units: number, activation: "relu" | "softmax", place: number, inputs?: number): tf.layers.Layer =>
    tf.layers.dense({ units, activation, kernelInitializer: tf.initializers.glorotUniform({ seed: seed + place }), ...(inputs === undefined ? {} : { inputShape: [inputs] }) });
  return tf.sequential({ layers: [dense(12, "relu", 1, FEATURES.length), dense(SPECIES.length, "softmax", 2)] });
}

export const createOptimizer = ({ learningRate }: Config): tf.AdamOptimizer => tf.train.adam(learningRate);

/** For each row, how unlikely the network finds its species (the cross-entropy, in nats). */
export function losses(model: tf.LayersModel, rows: readonly Example[]): number[] {
  return tf.tidy(() => {
    const likely = model.predict(inputs(rows)) as tf.Tensor2D;
    return [...likely.mul(targets(rows)).sum(1).add(1e-7).log().neg().dataSync()];
  });
}

/** Which part of the rows is recognised. */
export function accuracy(model: tf.LayersModel, rows: readonly Example[]): number {
  const found = tf.tidy(() => [...(model.predict(inputs(rows)) as tf.Tensor2D).argMax(1).dataSync()]);
  return found.filter((species, index) => species === rows[index]?.label).length / rows.length;
}

export const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** One pass over the rows. Their order depends on the step alone, so that a step that is taken again is the same. @returns the loss before it */
export function trainStep(model: tf.LayersModel, optimizer: tf.Optimizer, rows: readonly Example[], step: number, { batchSize, seed }: Config): number {
  const before = mean(losses(model, rows));
  const order = shuffled(rows, seededRandom(seed * 1000 + step));
  for (let start = 0; start < order.length; start += batchSize) {
    const batch = order.slice(start, start + batchSize);
    tf.tidy(() => {
      optimizer.minimize(() => tf.metrics.categoricalCrossentropy(targets(batch), model.apply(inputs(batch), { training: true }) as tf.Tensor2D).mean().asScalar());
    });
  }
  return before;
}

const inputs = (rows: readonly Example[]): tf.Tensor2D => tf.tensor2d(rows.map(({ features }) => [...features]));
const targets = (rows: readonly Example[]): tf.Tensor2D => tf.oneHot(tf.tensor1d(rows.map(({ label }) => label), "int32"), SPECIES.length).toFloat() as tf.Tensor2D;
