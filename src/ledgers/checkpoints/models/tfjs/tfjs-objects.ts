/** What of TensorFlow.js is used here. It is recognised by its shape: the package need not be installed, nor be the same copy as the caller's. */
export interface TfTensor {
  readonly shape: readonly number[];
  readonly dtype: string;
  data(): Promise<Float32Array | Int32Array | Uint8Array | string[]>;
  dispose(): void;
}

/** A variable of the core: its value can be replaced. */
export interface TfVariable extends TfTensor {
  assign(value: TfTensor): void;
}

/** A weight of a layer. */
export interface TfWeight {
  readonly originalName: string;
  readonly shape: readonly (number | null)[];
  readonly dtype: string;
  readonly trainable: boolean;
  read(): TfTensor;
  write(value: TfTensor): unknown;
}

export interface TfLayer {
  readonly name: string;
  readonly weights: readonly TfWeight[];
  readonly trainable: boolean;
  /** Of a model within the model. */
  readonly layers?: readonly TfLayer[];
  getClassName(): string;
}

export interface TfModel extends TfLayer {
  readonly layers: readonly TfLayer[];
  readonly built: boolean;
  toJSON(unused: null, asText: false): unknown;
}

export interface TfOptimizer {
  getClassName(): string;
  getWeights(): Promise<{ readonly name: string; readonly tensor: TfTensor }[]>;
  setWeights(weights: { readonly name: string; readonly tensor: TfTensor }[]): Promise<void>;
}

/** A layers model, sequential or functional. */
export const isTfModel = (value: unknown): value is TfModel => has(value, ["toJSON", "getClassName", "predict", "getWeights", "setWeights"]) && Array.isArray((value as Partial<TfModel>).layers);

/** An optimizer of the core. */
export const isTfOptimizer = (value: unknown): value is TfOptimizer => has(value, ["applyGradients", "getWeights", "setWeights", "getClassName"]);

function has(value: unknown, methods: readonly string[]): boolean {
  try {
    return typeof value === "object" && value !== null && methods.every((name) => typeof (value as Record<string, unknown>)[name] === "function");
  } catch {
    // A getter of something else entirely.
    return false;
  }
}
