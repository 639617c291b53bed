import { ModelUnsupportedError, preview } from "../../../../base/errors.js";
import type { OptimizerAdapter } from "../model-adapter.js";
import type { Tensor, Tensors } from "../tensors.js";
import { isTfOptimizer } from "./tfjs-objects.js";
import type { TfOptimizer, TfTensor, TfVariable } from "./tfjs-objects.js";
import { checkFit, copyOfTensor, loadTfjs, tfTensorOf } from "./tfjs-tensors.js";

/**
 * Optimizers of TensorFlow.js: the count of steps and what each keeps for every weight, in the order in which it keeps it. Names are
 * `Adam/0001/dense_Dense1/kernel/m`; running products, which the library would work out anew and a bit otherwise, are `Adam/accBeta1`. Settings such as the
 * learning rate belong to the configuration.
 */
export const tfjsOptimizers: OptimizerAdapter = {
  name: "tfjs",
  accepts: isTfOptimizer,
  tensors: (optimizer) => stateOf(optimizer as TfOptimizer),
  prepareRestore: async (given, tensors) => {
    const optimizer = given as TfOptimizer;
    const kind = optimizer.getClassName();
    const foreign = [...tensors.keys()].find((name) => !name.startsWith(`${kind}/`));
    if (foreign !== undefined) throw new ModelUnsupportedError(`What was saved does not fit the optimizer: ${preview(foreign)} is no state of ${kind}`);
    await checkSlots(optimizer, tensors);
    const library = await loadTfjs();
    return () => restore(optimizer, tensors, library);
  },
};

async function restore(optimizer: TfOptimizer, tensors: Tensors, library: Awaited<ReturnType<typeof loadTfjs>>): Promise<void> {
  const made: TfTensor[] = [];
  const make = (tensor: Tensor): TfTensor => {
    const one = tfTensorOf(library, tensor);
    made.push(one);
    return one;
  };
  try {
    const slots = slotsOf(tensors).map(([name, tensor]) => ({ name: name.split("/").slice(2).join("/"), tensor: make(tensor) }));
    const products = productsOf(optimizer).flatMap(([key, variable]) => {
      const tensor = tensors.get(`${optimizer.getClassName()}/${key}`);
      return tensor === undefined ? [] : [[variable, make(tensor)] as const];
    });
    await optimizer.setWeights(slots);
    for (const [variable, tensor] of products) variable.assign(tensor);
  } finally {
    for (const tensor of made) tensor.dispose();
  }
}

async function stateOf(optimizer: TfOptimizer): Promise<Tensors> {
  const kind = optimizer.getClassName();
  const weights = await weightsOf(optimizer);
  try {
    const named = [...weights.map(({ name, tensor }, at) => [`${kind}/${String(at).padStart(4, "0")}/${name}`, tensor] as const), ...productsOf(optimizer).map(([key, variable]) => [`${kind}/${key}`, variable] as const)];
    return new Map(await Promise.all(named.map(async ([name, tensor]) => [name, await copyOfTensor(name, tensor)] as const)));
  } finally {
    // The count is a tensor made for the call; the others are the optimizer's own.
    weights[0]?.tensor.dispose();
  }
}

async function weightsOf(optimizer: TfOptimizer): ReturnType<TfOptimizer["getWeights"]> {
  try {
    return await optimizer.getWeights();
  } catch (error) {
    throw new ModelUnsupportedError(`The optimizer ${optimizer.getClassName()} does not give its state: TensorFlow.js has no way to save it`, error);
  }
}

/** An optimizer that has trained already keeps something for each weight: what was saved must be of the same shapes. A fresh one takes anything. */
async function checkSlots(optimizer: TfOptimizer, tensors: Tensors): Promise<void> {
  const [count, ...kept] = await weightsOf(optimizer);
  count?.tensor.dispose();
  const [, ...saved] = slotsOf(tensors);
  if (kept.length === 0 || saved.length === 0) return;
  checkFit(new Map(kept.map(({ tensor }, at) => [`slot ${at + 1}`, tensor])), new Map(saved.map(([, tensor], at) => [`slot ${at + 1}`, tensor])), "optimizer");
}

const slotsOf = (tensors: Tensors): [string, Tensor][] => [...tensors].filter(([name]) => /^[^/]*\/\d+\//.test(name)).sort(([a], [b]) => Number(a.split("/")[1]) - Number(b.split("/")[1]));

function productsOf(optimizer: TfOptimizer): [string, TfVariable][] {
  return ["accBeta1", "accBeta2"].flatMap((key): [string, TfVariable][] => {
    const variable = (optimizer as unknown as Record<string, Partial<TfVariable> | undefined>)[key];
    return typeof variable?.assign === "function" && typeof variable.data === "function" ? [[key, variable as TfVariable]] : [];
  });
}
