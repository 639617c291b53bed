import type { TfLayer } from "./tfjs-objects.js";

/**
 * Names of a model's layers that are the same in each process. TensorFlow.js calls layers that are given no name after their class and a number that counts up over
 * all models of the process; here they are counted within their model. Names that were given stay as they are.
 */
export function stableLayerNames(layers: readonly { readonly name: string; readonly className: string }[]): readonly string[] {
  const taken = new Set(layers.filter(({ name, className }) => !isAutomatic(name, className)).map(({ name }) => name));
  const counts = new Map<string, number>();
  return layers.map(({ name, className }) => {
    if (!isAutomatic(name, className)) return name;
    const kind = snakeCase(className);
    let count = counts.get(kind) ?? 0;
    let stable: string;
    do stable = `${kind}_${(count += 1)}`;
    while (taken.has(stable));
    counts.set(kind, count);
    return stable;
  });
}

export const layerNamesOf = (layers: readonly TfLayer[]): readonly string[] => stableLayerNames(layers.map((layer) => ({ name: layer.name, className: layer.getClassName() })));

/** A name that the library has given, such as `dense_Dense3`, `input1`, `sequential_2`, `model1`, also within wrappers: `forward_lstm_LSTM1`. */
export function isAutomatic(name: string, className: string): boolean {
  const bare = name.replace(/^(?:(?:forward|backward)_)+/, "");
  const number = /\d+$/.exec(bare)?.[0];
  if (number === undefined) return false;
  const stem = bare.slice(0, -number.length);
  return [`${snakeCase(className)}_${className}`, ...(containers[className] ?? [])].includes(stem);
}

const containers: { readonly [className: string]: readonly string[] | undefined } = {
  InputLayer: ["input"],
  Sequential: ["sequential_"],
  Model: ["model", "layersmodel", "container"],
  LayersModel: ["model", "layersmodel", "container"],
  Functional: ["model", "functional"],
};

// As the library does it.
function snakeCase(name: string): string {
  const snake = name.replace(/(.)([A-Z][a-z0-9]+)/g, "$1_$2").replace(/([a-z])([A-Z])/g, "$1_$2").toLowerCase();
  return snake.startsWith("_") ? `private${snake}` : snake;
}
