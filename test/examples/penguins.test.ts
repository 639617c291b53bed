import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { FEATURES, SPECIES, clean, fitStandardisation, loadPenguins, prepare, split, standardise } from "../../examples/penguins/dataset.js";
import type { Example, RawRow } from "../../examples/penguins/dataset.js";
import { GRID } from "../../examples/penguins/grid.js";
import type { TrainingParams } from "../../examples/penguins/grid.js";
import { accuracy, initModel, lossAndGradient, parameterCount, predict, trainEpoch } from "../../examples/penguins/mlp.js";
import type { Model, Shape } from "../../examples/penguins/mlp.js";
import { readModel, writeModel } from "../../examples/penguins/model-file.js";
import { seededRandom, shuffled } from "../../examples/penguins/random.js";
import { describeData } from "../../examples/penguins/report.js";
import { training } from "../../examples/penguins/training.js";

const parameterGrid = [...GRID] as unknown as TrainingParams[];
let rows: RawRow[] = [];
beforeAll(async () => {
  rows = await loadPenguins();
});

const SPLIT_SEED = parameterGrid[0]?.splitSeed ?? 0;
const key = (example: Example): string => JSON.stringify([example.features, example.label]);

function train(params: TrainingParams, examples: readonly Example[], epochs: number): Model {
  const random = seededRandom(params.seed);
  const model = initModel({ inputs: FEATURES.length, hidden: params.hidden, outputs: SPECIES.length }, random);
  for (let epoch = 0; epoch < epochs; epoch += 1) trainEpoch(model, examples, params, random);
  return model;
}

describe("the penguins", () => {
  it("loses its incomplete rows and no others, each for a named reason", () => {
    const { total, complete, dropped } = clean(rows);
    expect(total).toBe(344);
    expect(complete).toHaveLength(333);
    expect(Object.fromEntries(dropped)).toEqual({ "no measurements": 2, "Sex is null": 8, 'Sex is "."': 1 });
    expect(SPECIES.map((_name, label) => complete.filter((example) => example.label === label).length)).toEqual([146, 68, 119]);
    expect(complete.flatMap((example) => example.features).every(Number.isFinite)).toBe(true);
  });

  it("keeps a complete row's values in the order of the features", () => {
    expect(clean(rows.slice(0, 1)).complete).toEqual([{ features: [39.1, 18.7, 181, 3750, 1], label: 0 }]);
  });

  it("splits every row into exactly one part, with the same share of each species", () => {
    const { complete } = clean(rows);
    const { train: fitted, validation, heldOut } = split(complete, 1);
    expect([...fitted, ...validation, ...heldOut].map(key).sort()).toEqual(complete.map(key).sort());
    for (const label of SPECIES.keys()) {
      const share = (part: readonly Example[]): number => part.filter((example) => example.label === label).length / part.length;
      expect(share(heldOut)).toBeCloseTo(share(complete), 1);
      expect(share(validation)).toBeCloseTo(share(complete), 1);
    }
  });

  it("is split the same way by the same seed only", () => {
    const { complete } = clean(rows);
    expect(split(complete, 5)).toEqual(split(complete, 5));
    expect(split(complete, 5).heldOut).not.toEqual(split(complete, 6).heldOut);
  });

  it("brings the training rows to mean 0 and deviation 1", () => {
    const { scaled } = prepare(rows, SPLIT_SEED);
    for (const index of FEATURES.keys()) {
      const values = scaled.train.map((example) => example.features[index] ?? Number.NaN);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      expect(mean).toBeCloseTo(0, 10);
      expect(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length).toBeCloseTo(1, 10);
    }
  });

  it("is standardised without a look at the rows outside the training part", () => {
    const before = prepare(rows, SPLIT_SEED);
    const { train: fitted } = split(before.cleaned.complete, SPLIT_SEED);
    const inTrain = new Set(fitted.map(key));
    // Every row but the training rows gets absurd measurements; the split goes by species and place, so it stays the same.
    const distorted = rows.map((row) => {
      const [example] = clean([row]).complete;
      if (example === undefined || inTrain.has(key(example))) return row;
      return { ...row, "Body Mass (g)": 1e9, "Beak Depth (mm)": -1e9 };
    });
    const after = prepare(distorted, SPLIT_SEED);
    expect(after.standardisation).toEqual(before.standardisation);
    expect(after.scaled.train).toEqual(before.scaled.train);
    expect(after.scaled.heldOut).not.toEqual(before.scaled.heldOut);
  });

  it("turns a constant column into zeros instead of dividing by zero", () => {
    const constant = [{ features: [1, 2, 3, 4, 1], label: 0 }];
    expect(standardise(constant, fitStandardisation(constant))[0]?.features).toEqual([0, 0, 0, 0, 0]);
  });
});

describe("the network", () => {
  const shape: Shape = { inputs: FEATURES.length, hidden: 4, outputs: SPECIES.length };

  it("predicts probabilities, also for scores that would overflow exp()", () => {
    const model = initModel(shape, seededRandom(1));
    model.theta.forEach((value, index) => (model.theta[index] = value * 1e4));
    const output = predict(model, [1, -2, 3, -4, 5]);
    expect([...output].every((p) => p >= 0 && p <= 1)).toBe(true);
    expect([...output].reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
  });

  it("has the gradient that finite differences find, for every parameter", () => {
    const { scaled } = prepare(rows, SPLIT_SEED);
    const batch = shuffled(scaled.train, seededRandom(3)).slice(0, 12);
    const model = initModel(shape, seededRandom(4));
    const l2 = 0.1;
    const { gradient } = lossAndGradient(model, batch, l2);
    expect(gradient).toHaveLength(parameterCount(shape));
    const step = 1e-6;
    for (const index of gradient.keys()) {
      const lossAt = (offset: number): number => {
        const theta = Float64Array.from(model.theta);
        theta[index] = (theta[index] ?? Number.NaN) + offset;
        return lossAndGradient({ shape, theta }, batch, l2).loss;
      };
      expect(gradient[index]).toBeCloseTo((lossAt(step) - lossAt(-step)) / (2 * step), 7);
    }
  });

  it("comes to the same weights from the same seed, and to others from another", () => {
    const { scaled } = prepare(rows, SPLIT_SEED);
    const [params] = parameterGrid;
    if (params === undefined) throw new Error("the grid is empty");
    const once = train(params, scaled.train, 5);
    expect(train(params, scaled.train, 5).theta).toEqual(once.theta);
    expect(train({ ...params, seed: params.seed + 1 }, scaled.train, 5).theta).not.toEqual(once.theta);
  });

  it("trains with a report every 200 epochs and at the last one", () => {
    const { scaled } = prepare(rows, SPLIT_SEED);
    const [params] = parameterGrid;
    if (params === undefined) throw new Error("the grid is empty");
    const reports = [...training({ ...params, epochs: 210 }, scaled)];
    expect(reports.map((report) => report.epoch)).toEqual([200, 210]);
    expect(reports.every((report) => report.trainLoss > 0 && report.validationLoss > 0)).toBe(true);
  });
});

describe("a weights file", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "penguins-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const write = async (): Promise<{ path: string; model: Model }> => {
    const path = join(folder, "weights.json");
    const { scaled, standardisation } = prepare(rows, SPLIT_SEED);
    const [params] = parameterGrid;
    if (params === undefined) throw new Error("the grid is empty");
    const model = train(params, scaled.train, 3);
    await writeModel(path, model, standardisation, SPLIT_SEED);
    return { path, model };
  };

  it("gives back the weights bit by bit, and the scale and split they belong to", async () => {
    const { path, model } = await write();
    const read = await readModel(path);
    expect(read.model).toEqual(model);
    expect(read.file.standardisation).toEqual(prepare(rows, SPLIT_SEED).standardisation);
    expect(read.file.splitSeed).toBe(SPLIT_SEED);
  });

  it.each([
    ["other features", { features: ["Wing span"] }],
    ["too few weights", { theta: [1, 2, 3] }],
  ])("is refused with %s", async (_name, change) => {
    const { path } = await write();
    await writeFile(path, JSON.stringify({ ...(JSON.parse(await readFile(path, "utf8")) as object), ...change }));
    await expect(readModel(path)).rejects.toThrow(path);
  });
});

describe("the report on the data", () => {
  it("names how many rows were dropped and why, as counted", () => {
    const text = describeData(prepare([...rows, { ...rows[0], Sex: "?" }], SPLIT_SEED));
    expect(text).toContain("345 penguins read; 12 incomplete ones dropped");
    expect(text).toContain("2 rows: no measurements");
    expect(text).toContain('1 row: Sex is "."');
    expect(text).toContain('1 row: Sex is "?"');
  });
});

describe("the grid", () => {
  it("has at least 8 different parameter sets", () => {
    const sets = parameterGrid.map((params) => JSON.stringify(params));
    expect(new Set(sets).size).toBe(sets.length);
    expect(sets.length).toBeGreaterThanOrEqual(8);
  });

  it("reaches 0.95 on the held-out rows with every species' penguins among them", () => {
    const { scaled } = prepare(rows, SPLIT_SEED);
    const accuracies = parameterGrid.map((params) => accuracy(train(params, scaled.train, 150), scaled.heldOut));
    expect(Math.max(...accuracies)).toBeGreaterThanOrEqual(0.95);
    expect(new Set(scaled.heldOut.map((example) => example.label)).size).toBe(SPECIES.length);
  }, 30_000);
});
