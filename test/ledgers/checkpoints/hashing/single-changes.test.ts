import { describe, expect, it } from "vitest";
import type { HashPart } from "../../../../src/events/checkpoint-events.js";
import { compareHashes } from "../../../../src/ledgers/checkpoints/hashing/compare-hashes.js";
import { ExperimentHashGenerator } from "../../../../src/ledgers/checkpoints/hashing/experiment-hash-generator.js";

type Fields = Record<string, unknown>;

interface Experiment {
  model: Fields & { layers: Fields[] };
  config: Fields & { optimizer: Fields };
  dataState: { uids: (string | number)[]; discarded: string[]; tags: Record<string, string[]> };
}

/** An experiment of which each test changes one thing. */
const experiment = (): Experiment => ({
  model: {
    dtype: "float32",
    layers: [
      { name: "hidden", kind: "Dense", units: 8, activation: "relu", inputs: ["features"], trainable: true },
      { name: "out", kind: "Dense", units: 3, activation: "softmax", inputs: ["hidden"], trainable: true },
    ],
  },
  config: { lr: 0.001, batch_size: 32, optimizer: { name: "adam", betas: [0.9, 0.999] }, augment: [], note: null },
  dataState: {
    uids: ["sample_001", "sample_002", "sample_003"],
    discarded: ["sample_002"],
    tags: { sample_001: ["validated", "clean"], sample_003: ["test"] },
  },
});

const changes: readonly (readonly [HashPart, string, (one: Experiment) => unknown])[] = [
  ["model", "a width", ({ model }) => (layer(model, 0)["units"] = 16)],
  ["model", "an activation", ({ model }) => (layer(model, 0)["activation"] = "tanh")],
  ["model", "a layer's kind", ({ model }) => (layer(model, 0)["kind"] = "Conv1D")],
  ["model", "a layer's name", ({ model }) => (layer(model, 0)["name"] = "first")],
  ["model", "a layer frozen", ({ model }) => (layer(model, 0)["trainable"] = false)],
  ["model", "a layer more", ({ model }) => model.layers.push({ name: "drop", kind: "Dropout", rate: 0.5 })],
  ["model", "a layer less", ({ model }) => model.layers.pop()],
  ["model", "layers in another order", ({ model }) => model.layers.reverse()],
  ["model", "another connection", ({ model }) => (layer(model, 1)["inputs"] = ["features"])],
  ["model", "one connection more", ({ model }) => (layer(model, 1)["inputs"] = ["hidden", "features"])],
  ["model", "the dtype", ({ model }) => (model["dtype"] = "float16")],
  ["model", "a field of a layer that is gone", ({ model }) => delete layer(model, 0)["trainable"]],
  ["model", "a number as text", ({ model }) => (layer(model, 0)["units"] = "8")],
  ["config", "a number", ({ config }) => (config["lr"] = 0.01)],
  ["config", "a number by its last bit", ({ config }) => (config["lr"] = 0.001 + Number.EPSILON / 1024)],
  ["config", "a number as text", ({ config }) => (config["lr"] = "0.001")],
  ["config", "a text", ({ config }) => (config.optimizer["name"] = "sgd")],
  ["config", "a text's case", ({ config }) => (config.optimizer["name"] = "Adam")],
  ["config", "a text's white space", ({ config }) => (config.optimizer["name"] = "adam ")],
  ["config", "a key more", ({ config }) => (config["momentum"] = 0)],
  ["config", "a key more, with null", ({ config }) => (config["momentum"] = null)],
  ["config", "a key less", ({ config }) => delete config["note"]],
  ["config", "a key's name", ({ config }) => ((config["learning_rate"] = config["lr"]), delete config["lr"])],
  ["config", "null for false", ({ config }) => (config["note"] = false)],
  ["config", "null for an empty text", ({ config }) => (config["note"] = "")],
  ["config", "null for 0", ({ config }) => (config["note"] = 0)],
  ["config", "an empty list for an empty object", ({ config }) => (config["augment"] = {})],
  ["config", "an empty list for none", ({ config }) => delete config["augment"]],
  ["config", "a list in another order", ({ config }) => (config.optimizer["betas"] = [0.999, 0.9])],
  ["config", "an entry more", ({ config }) => (config.optimizer["betas"] = [0.9, 0.999, 1])],
  ["config", "a list in a list", ({ config }) => (config.optimizer["betas"] = [[0.9, 0.999]])],
  ["config", "a key that moved outwards", ({ config }) => ((config["betas"] = config.optimizer["betas"]), delete config.optimizer["betas"])],
  ["config", "a number that is written otherwise in another language", ({ config }) => (config["batch_size"] = 32.5)],
  ["config", "the same letters, composed otherwise", ({ config }) => (config["note"] = "e\u0301")],
  ["config", "letters that look the same", ({ config }) => (config["note"] = "\u00e9")],
  ["data", "a sample more", ({ dataState }) => dataState.uids.push("sample_004")],
  ["data", "a sample less", ({ dataState }) => ((dataState.uids.length = 2), delete dataState.tags["sample_003"])],
  ["data", "a sample's name", ({ dataState }) => ((dataState.uids[2] = "sample_03"), delete dataState.tags["sample_003"])],
  ["data", "a sample discarded", ({ dataState }) => dataState.discarded.push("sample_001")],
  ["data", "another sample discarded", ({ dataState }) => (dataState.discarded[0] = "sample_003")],
  ["data", "a sample taken back", ({ dataState }) => (dataState.discarded = [])],
  ["data", "a tag more", ({ dataState }) => dataState.tags["sample_003"]?.push("clean")],
  ["data", "a tag less", ({ dataState }) => dataState.tags["sample_001"]?.pop()],
  ["data", "a tag's letters in another order", ({ dataState }) => (dataState.tags["sample_003"] = ["sett"])],
  ["data", "a tag at another sample", ({ dataState }) => (dataState.tags = { sample_001: ["validated", "clean", "test"] })],
  ["data", "two tags as one with a comma", ({ dataState }) => (dataState.tags["sample_001"] = ["clean,validated"])],
  ["data", "a uid that ends as a line would go on", ({ dataState }) => ((dataState.uids[0] = "sample_001:d0:tclean,validated"), delete dataState.tags["sample_001"])],
];

const layer = (model: Experiment["model"], at: number): Record<string, unknown> => model.layers[at] ?? {};

describe("a single change", () => {
  const generator = new ExperimentHashGenerator();
  const base = generator.generateHash(experiment());
  const seen = new Map([[base, "no change"]]);

  it.each(changes)("of the %s: %s", (part, what, change) => {
    const changed = experiment();
    change(changed);
    generator.generateHash(experiment());
    expect(generator.hasChanged(changed)).toEqual([true, new Set([part])]);
    const hash = generator.generateHash(changed);
    expect([...compareHashes(base, hash)]).toEqual([part]);
    expect(seen.get(hash)).toBeUndefined();
    seen.set(hash, what);
  });

  it.each<[string, (one: Experiment) => unknown]>([
    ["the order of keys", (one) => (one.config = Object.fromEntries(Object.entries(one.config).reverse()) as Experiment["config"])],
    ["the order of samples", ({ dataState }) => dataState.uids.reverse()],
    ["the order of tags", ({ dataState }) => dataState.tags["sample_001"]?.reverse()],
    ["samples without tags named among the tags", ({ dataState }) => (dataState.tags["sample_002"] = [])],
    ["a key that is undefined", ({ config }) => (config["momentum"] = undefined)],
    ["32 and 32.0", ({ config }) => (config["batch_size"] = Number("32.0"))],
  ])("is none: %s", (_, change) => {
    const same = experiment();
    change(same);
    expect(generator.generateHash(same)).toBe(base);
  });
});
