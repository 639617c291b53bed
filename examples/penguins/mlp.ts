/**
 * A multilayer perceptron with one hidden layer (tanh) and a softmax over the classes, written by hand: forward pass,
 * back propagation, mini-batch gradient descent on cross-entropy with an L2 penalty on the weights (not the biases).
 *
 * All parameters lie in one flat vector: hidden weights (a row per hidden unit), hidden biases, output weights (a row per
 * class), output biases. The `!` after an index is safe because all bounds come from the same shape.
 */
import type { Example } from "./dataset.js";
import { type Random, shuffled } from "./random.js";

/** Layer widths. */
export interface Shape {
  readonly inputs: number;
  readonly hidden: number;
  readonly outputs: number;
}

/** A network: its shape and its parameters. Training changes `theta` in place. */
export interface Model {
  readonly shape: Shape;
  readonly theta: Float64Array;
}

/** How to descend. */
export interface StepOptions {
  readonly learningRate: number;
  readonly l2: number;
  readonly batchSize: number;
}

/** Where each block of parameters begins, and how many there are in all. */
function layout({ inputs, hidden, outputs }: Shape): { b1: number; w2: number; b2: number; size: number } {
  const b1 = hidden * inputs;
  const w2 = b1 + hidden;
  const b2 = w2 + outputs * hidden;
  return { b1, w2, b2, size: b2 + outputs };
}

/** The number of parameters of a network of this shape. */
export function parameterCount(shape: Shape): number {
  return layout(shape).size;
}

/** Fresh weights, uniform within Glorot's bound; biases zero. */
export function initModel(shape: Shape, random: Random): Model {
  const { b1, w2, b2, size } = layout(shape);
  const theta = new Float64Array(size);
  const fill = (from: number, to: number, fanIn: number, fanOut: number): void => {
    const bound = Math.sqrt(6 / (fanIn + fanOut));
    for (let i = from; i < to; i += 1) theta[i] = (2 * random() - 1) * bound;
  };
  fill(0, b1, shape.inputs, shape.hidden);
  fill(w2, b2, shape.hidden, shape.outputs);
  return { shape, theta };
}

/** Hidden activations and class probabilities of one example, into the given buffers. */
function forward({ shape, theta }: Model, features: readonly number[], hidden: Float64Array, output: Float64Array): void {
  const { b1, w2, b2 } = layout(shape);
  for (let h = 0; h < shape.hidden; h += 1) {
    let sum = theta[b1 + h]!;
    for (let i = 0; i < shape.inputs; i += 1) sum += theta[h * shape.inputs + i]! * features[i]!;
    hidden[h] = Math.tanh(sum);
  }
  let highest = -Infinity;
  for (let o = 0; o < shape.outputs; o += 1) {
    let sum = theta[b2 + o]!;
    for (let h = 0; h < shape.hidden; h += 1) sum += theta[w2 + o * shape.hidden + h]! * hidden[h]!;
    output[o] = sum;
    if (sum > highest) highest = sum;
  }
  // Subtracting the highest score keeps exp() from overflowing and changes no probability.
  let total = 0;
  for (let o = 0; o < shape.outputs; o += 1) total += output[o] = Math.exp(output[o]! - highest);
  for (let o = 0; o < shape.outputs; o += 1) output[o]! /= total;
}

/** The class probabilities of one example. */
export function predict(model: Model, features: readonly number[]): Float64Array {
  const output = new Float64Array(model.shape.outputs);
  forward(model, features, new Float64Array(model.shape.hidden), output);
  return output;
}

/** Mean cross-entropy plus the L2 penalty over a batch, and its gradient in the layout of `theta`. */
export function lossAndGradient(model: Model, batch: readonly Example[], l2: number): { loss: number; gradient: Float64Array } {
  const { shape, theta } = model;
  const { b1, w2, b2, size } = layout(shape);
  const gradient = new Float64Array(size);
  const hidden = new Float64Array(shape.hidden);
  const output = new Float64Array(shape.outputs);
  const share = 1 / batch.length;
  let loss = 0;
  for (const { features, label } of batch) {
    forward(model, features, hidden, output);
    // The floor keeps a hopelessly wrong example from making the sum infinite.
    loss -= share * Math.log(Math.max(output[label]!, 1e-300));
    for (let o = 0; o < shape.outputs; o += 1) {
      // Softmax with cross-entropy: the error signal is just probability minus target.
      output[o] = share * (output[o]! - (o === label ? 1 : 0));
      gradient[b2 + o]! += output[o]!;
      for (let h = 0; h < shape.hidden; h += 1) gradient[w2 + o * shape.hidden + h]! += output[o]! * hidden[h]!;
    }
    for (let h = 0; h < shape.hidden; h += 1) {
      let error = 0;
      for (let o = 0; o < shape.outputs; o += 1) error += output[o]! * theta[w2 + o * shape.hidden + h]!;
      error *= 1 - hidden[h]! ** 2;
      gradient[b1 + h]! += error;
      for (let i = 0; i < shape.inputs; i += 1) gradient[h * shape.inputs + i]! += error * features[i]!;
    }
  }
  for (let i = 0; i < b2; i += 1) {
    if (i >= b1 && i < w2) continue;
    loss += 0.5 * l2 * theta[i]! ** 2;
    gradient[i]! += l2 * theta[i]!;
  }
  return { loss, gradient };
}

/** One pass over the examples in a fresh random order, in mini-batches. Changes the model; returns the mean loss seen. */
export function trainEpoch(model: Model, examples: readonly Example[], options: StepOptions, random: Random): number {
  const order = shuffled(examples, random);
  let total = 0;
  for (let from = 0; from < order.length; from += options.batchSize) {
    const batch = order.slice(from, from + options.batchSize);
    const { loss, gradient } = lossAndGradient(model, batch, options.l2);
    for (let i = 0; i < gradient.length; i += 1) model.theta[i]! -= options.learningRate * gradient[i]!;
    total += loss * batch.length;
  }
  return total / order.length;
}

/** The share of examples whose likeliest class is the right one. */
export function accuracy(model: Model, examples: readonly Example[]): number {
  const right = examples.filter(({ features, label }) => {
    const output = predict(model, features);
    return output.indexOf(Math.max(...output)) === label;
  });
  return right.length / examples.length;
}
