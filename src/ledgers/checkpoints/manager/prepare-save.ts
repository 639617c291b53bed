import type { ArtifactSource } from "../../../artifacts/artifact-store.js";
import { checkedFlag, checkSignal } from "../../../base/checks.js";
import { InvalidOptionError, ModelUnsupportedError, NothingRegisteredError, preview } from "../../../base/errors.js";
import { canonicalJson } from "../../../events/canonical-json.js";
import { parseStep } from "../../../events/checkpoint-names.js";
import type { JsonObject } from "../../../events/recorded-event.js";
import { checkOptions } from "../../runs/run-input.js";
import type { ManagerContext } from "./open-context.js";
import { meant } from "./registers.js";
import type { SaveCheckpointOptions } from "./save-options.js";
import { encodedTensors, weightsGiven } from "./weights.js";
import type { WeightsFile } from "./weights.js";

/** A save whose options are checked, and whose tensors are being taken from the model as it is now. */
export interface PreparedSave {
  /** The model that it is of, where one is known. */
  readonly model: unknown;
  readonly step: number | undefined;
  readonly metadata: JsonObject | undefined;
  readonly modelName: string | undefined;
  readonly optimizerName: string | undefined;
  readonly weights: Promise<WeightsFile>;
  readonly optimizer: Promise<ArtifactSource | undefined>;
  readonly force: boolean;
  readonly signal: AbortSignal | undefined;
}

const fields: readonly (keyof SaveCheckpointOptions)[] = ["model", "modelName", "weights", "extension", "optimizer", "optimizerName", "saveOptimizer", "step", "metadata", "forceDumpPending", "signal"];

/**
 * @throws InvalidOptionError @throws NothingRegisteredError when there is nothing to save @throws ModelUnsupportedError
 */
export function prepareSave(context: ManagerContext, options: SaveCheckpointOptions = {}): PreparedSave {
  checkOptions(options, fields);
  const { registered } = context;
  const { weights, extension, step, metadata, signal } = options;
  const saveOptimizer = checkedFlag("saveOptimizer", options.saveOptimizer, true);
  const forceDumpPending = checkedFlag("forceDumpPending", options.forceDumpPending);
  checkSignal(signal);
  if (extension !== undefined && (typeof extension !== "string" || !/^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/.test(extension) || extension === "new" || extension === "gz")) throw new InvalidOptionError("extension", `must be the end of a file's name, such as pt, not ${preview(extension)}`);
  const checked = { step: step === undefined ? undefined : parseStep(step), metadata: copyOf(metadata) };
  const model = meant("model", registered.models, options.model, options.modelName);
  const optimizer = saveOptimizer ? meant("optimizer", registered.optimizers, options.optimizer, options.optimizerName) : undefined;
  if (model === undefined && weights === undefined) {
    throw new NothingRegisteredError("model", "There is no model to save: give a model or its weights, or register a model");
  }
  // Both begin now, before anything is waited for: training may go on.
  const prepared = {
    weights: weights === undefined ? weightsOf(context, model?.value, extension) : Promise.resolve(weightsGiven(weights, extension)),
    optimizer: optimizer === undefined ? Promise.resolve(undefined) : stateOf(context, optimizer.value),
  };
  // They are awaited later, and until then nobody else may hear of it.
  prepared.weights.catch(() => undefined);
  prepared.optimizer.catch(() => undefined);
  return { ...checked, ...prepared, model: model?.value, modelName: model?.name, optimizerName: optimizer?.name, force: forceDumpPending, signal };
}

async function weightsOf({ models }: ManagerContext, model: unknown, extension = "safetensors"): Promise<WeightsFile> {
  const adapter = models.find((one) => one.accepts(model));
  if (adapter?.tensors === undefined) {
    const why = adapter === undefined ? "it is of no kind that can be saved here" : "it is a description, which has no weights";
    throw new ModelUnsupportedError(`The weights of the model have to be given as weights, or an adapter for it: ${why}`);
  }
  return { extension, content: encodedTensors(await adapter.tensors(model)) };
}

async function stateOf({ optimizers }: ManagerContext, optimizer: unknown): Promise<ArtifactSource> {
  const adapter = optimizers.find((one) => one.accepts(optimizer));
  if (adapter === undefined) throw new ModelUnsupportedError("The optimizer is of no kind that can be saved here: give an adapter for it, or save with saveOptimizer: false");
  return encodedTensors(await adapter.tensors(optimizer));
}

function copyOf(metadata: unknown): JsonObject | undefined {
  if (metadata === undefined) return undefined;
  if (typeof metadata !== "object" || metadata === null || Array.isArray(metadata)) throw new InvalidOptionError("metadata", `must be an object, not ${preview(metadata)}`);
  return JSON.parse(canonicalJson(metadata)) as JsonObject;
}
