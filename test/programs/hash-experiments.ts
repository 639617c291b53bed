/** Hashes the experiments of a file, in a process of its own, with the keys of all objects in an order drawn by a seed: FILE SEED. */
import { readFileSync } from "node:fs";
import { ExperimentHashGenerator } from "../../src/ledgers/checkpoints/hashing/experiment-hash-generator.js";
import { shuffledKeys } from "../support/shuffled-keys.js";
import type { GoldenExperiment } from "../golden/golden-experiments.js";

const [file = "", seed = "1"] = process.argv.slice(2);
for (const { excludeKeys = [], ...inputs } of shuffledKeys(JSON.parse(readFileSync(file, "utf8")) as GoldenExperiment[], Number(seed))) {
  const { model, config, dataState } = inputs;
  console.log(new ExperimentHashGenerator({ excludeKeys }).generateHash({ model, config, dataState }));
}
