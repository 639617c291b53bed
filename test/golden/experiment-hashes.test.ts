import { describe, expect, it } from "vitest";
import { hashExperiment } from "../../src/ledgers/checkpoints/hashing/hash-experiment.js";
import { hashSettings } from "../../src/ledgers/checkpoints/hashing/hash-options.js";
import { runProgram } from "../support/programs.js";
import { shuffledKeys } from "../support/shuffled-keys.js";
import { goldenExperiments, goldenExperimentsFile } from "./golden-experiments.js";

const experiments = goldenExperiments();

describe("golden experiment hashes", () => {
  it.each(experiments)("$name", (golden) => {
    const { hash, parts } = hashExperiment(golden, hashSettings({ excludeKeys: golden.excludeKeys ?? [] }));
    expect({ hash, parts }).toEqual({ hash: golden.hash, parts: golden.parts });
    for (const seed of [1, 2, 3]) expect(hashExperiment(shuffledKeys(golden, seed), hashSettings({ excludeKeys: golden.excludeKeys ?? [] })).hash).toBe(golden.hash);
  });

  it("are the same in other processes, with keys in other orders", async () => {
    const hashes = await Promise.all([4, 5].map((seed) => runProgram("hash-experiments", [goldenExperimentsFile, seed])));
    expect(hashes).toEqual([experiments.map(({ hash }) => hash), experiments.map(({ hash }) => hash)]);
    expect(JSON.stringify(shuffledKeys(experiments, 4))).not.toBe(JSON.stringify(shuffledKeys(experiments, 5)));
  });
});
