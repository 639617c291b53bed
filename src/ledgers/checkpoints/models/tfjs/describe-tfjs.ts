import { UnhashablePartError } from "../../../../base/errors.js";
import type { Json, JsonObject } from "../../../../events/recorded-event.js";
import type { Architecture } from "../model-adapter.js";
import { isAutomatic, layerNamesOf } from "./layer-names.js";
import type { TfLayer, TfModel } from "./tfjs-objects.js";

/** A layer or a model as the library writes it. */
interface Serialized {
  readonly class_name: string;
  readonly config: { readonly [key: string]: unknown };
  readonly inbound_nodes?: readonly (readonly Reference[])[];
}

type Reference = readonly [layer: string, node: number, tensor: number, args?: { readonly [key: string]: unknown }];

/**
 * The architecture of a layers model: kinds of layers in their order, connections, shapes, dtypes, trainable flags, activations, regularisers, constraints. Values
 * of weights, and how they were initialised, are left out, and so is what the model was compiled with.
 * @throws UnhashablePartError for a model that has no weights yet: it would become another one by training
 */
export function describeTfModel(model: TfModel): Architecture {
  if (!model.built) throw new UnhashablePartError("model", "$", "is not built yet, so the shapes of its layers are not known: give its first layer an inputShape");
  return { algorithm: "tfjs-layers-1", json: { format: "tfjs-layers", ...describeContainer(model, model.toJSON(null, false) as Serialized) } };
}

function describeContainer(model: TfLayer, { class_name: kind, config }: Serialized): JsonObject {
  const layers = model.layers ?? [];
  const names = layerNamesOf(layers);
  const nameOf = new Map(layers.map(({ name }, at) => [name, names[at] ?? name]));
  const serialized = (config["layers"] ?? []) as readonly Serialized[];
  const { layers: _, name, input_layers: inputs, output_layers: outputs, ...rest } = config;
  return {
    kind,
    ...(typeof name === "string" && !isAutomatic(name, kind) ? { name } : {}),
    ...(cleaned(rest) as JsonObject),
    ...(model.trainable ? {} : { trainable: false }),
    layers: layers.map((layer, at) => describeLayer(layer, names[at] ?? layer.name, serialized[at] as Serialized, nameOf)),
    ...(inputs === undefined ? {} : { inputs: (inputs as readonly Reference[]).map((one) => connection(one, nameOf)) }),
    ...(outputs === undefined ? {} : { outputs: (outputs as readonly Reference[]).map((one) => connection(one, nameOf)) }),
  };
}

function describeLayer(layer: TfLayer, name: string, serialized: Serialized, names: ReadonlyMap<string, string>): JsonObject {
  const calls = (serialized.inbound_nodes ?? []).map((call) => call.map((one) => connection(one, names)));
  // Of a layer that is used once, a list of what goes in; of one that is shared, such a list for each use.
  const inputs: { inputs?: Json } = calls.length === 0 ? {} : { inputs: calls.length === 1 ? (calls[0] ?? []) : calls };
  if (layer.layers !== undefined) return { ...describeContainer(layer, serialized), name, ...inputs };
  const { name: _, ...config } = serialized.config;
  return { ...(cleaned(config) as JsonObject), name, kind: serialized.class_name, trainable: layer.trainable, ...inputs, ...weightsOf(layer) };
}

function weightsOf({ weights }: TfLayer): { weights?: Json } {
  if (weights.length === 0) return {};
  return { weights: weights.map(({ originalName, shape, dtype, trainable }) => ({ name: lastPart(originalName), shape: [...shape], dtype, trainable })) };
}

/** The name of a weight within its layer. */
export const lastPart = (name: string): string => name.slice(name.lastIndexOf("/") + 1);

function connection([layer, node, tensor, args]: Reference, names: ReadonlyMap<string, string>): Json {
  const name = names.get(layer) ?? layer;
  const isPlain = node === 0 && tensor === 0 && (args === undefined || Object.keys(args).length === 0);
  return isPlain ? name : [name, node, tensor, ...(args === undefined || Object.keys(args).length === 0 ? [] : [cleaned(args)])];
}

/** A configuration without initialisers, and without names that the library has given. Foreign values stay: who hashes them names them. */
function cleaned(value: unknown): Json {
  if (Array.isArray(value)) return value.map(cleaned);
  if (typeof value !== "object" || value === null) return value as Json;
  const { class_name: kind, config } = value as Partial<Serialized>;
  if (typeof kind === "string" && typeof config === "object" && config !== null) {
    const { name, ...rest } = config;
    return { kind, ...(typeof name === "string" && !isAutomatic(name, kind) ? { name } : {}), ...(cleaned(rest) as JsonObject) };
  }
  const entries = Object.entries(value).filter(([key, entry]) => !/(?:^|_)initializer$/.test(key) && entry !== undefined);
  return Object.fromEntries(entries.map(([key, entry]) => [key, cleaned(entry)]));
}
