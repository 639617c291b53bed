import type { JsonObject } from "../../../events/recorded-event.js";
import type { Tensors } from "./tensors.js";

/** A model's architecture, without its weights, as plain data. */
export interface Architecture {
  /** What described it, with a version that changes when the description does: `tfjs-layers-1`. It is part of what is hashed. */
  readonly algorithm: string;
  /** Layers, connections, shapes, dtypes, trainable flags. `layers`, where it is there, is a list that can be compared one by one. */
  readonly json: JsonObject;
}

/** Knows a kind of model: how it is described, and how its weights are taken out and put back. */
export interface ModelAdapter {
  readonly name: string;
  /** True for a model of this kind. Must not throw. */
  accepts(model: unknown): boolean;
  /** The architecture; training does not change it. @throws UnhashablePartError */
  describe(model: unknown): Architecture;
  /** Its weights, as they are now: a copy, where training may go on while they are saved. Absent: weights have to be given. @throws ModelUnsupportedError */
  tensors?(model: unknown): Promise<Tensors>;
  /** Checks that `tensors` fit, and gives what then puts them in: nothing is changed before that is called. @throws ModelUnsupportedError when they do not fit */
  prepareRestore?(model: unknown, tensors: Tensors): Promise<() => Promise<void> | void>;
}

/** Knows a kind of optimizer: how its state is taken out and put back. */
export interface OptimizerAdapter {
  readonly name: string;
  accepts(optimizer: unknown): boolean;
  tensors(optimizer: unknown): Promise<Tensors>;
  prepareRestore(optimizer: unknown, tensors: Tensors): Promise<() => Promise<void> | void>;
}
