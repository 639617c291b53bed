import * as tf from "@tensorflow/tfjs";

/** A small model with a weight that training does not reach by gradients. */
export const smallModel = (): tf.Sequential => tf.sequential({ layers: [tf.layers.dense({ units: 5, activation: "relu", inputShape: [3] }), tf.layers.batchNormalization(), tf.layers.dense({ units: 2 })] });

export async function trainSmallModel(model: tf.Sequential, optimizer: tf.Optimizer): Promise<void> {
  model.compile({ optimizer, loss: "meanSquaredError" });
  await model.fit(tf.linspace(-1, 1, 12).reshape([4, 3]), tf.linspace(0, 1, 8).reshape([4, 2]), { epochs: 2, verbose: 0, shuffle: false });
}

export const answersOf = (model: tf.Sequential): number[] => Array.from((model.predict(tf.linspace(-2, 2, 12).reshape([4, 3])) as tf.Tensor).dataSync());
