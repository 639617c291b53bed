import type { ModelAdapter, OptimizerAdapter } from "./model-adapter.js";
import { describedModels, plainModels } from "./plain.js";
import { safetensorsModels } from "./safetensors/safetensors-models.js";
import { tfjsModels } from "./tfjs/tfjs-models.js";
import { tfjsOptimizers } from "./tfjs/tfjs-optimizers.js";

/** Kinds of models that are known without an adapter of the caller's, in the order in which they are asked. */
export const builtInModels: readonly ModelAdapter[] = [tfjsModels, safetensorsModels, describedModels, plainModels];

/** Kinds of optimizers that are known. */
export const builtInOptimizers: readonly OptimizerAdapter[] = [tfjsOptimizers];
