/**
 * Weights on disk: everything that another process needs to classify a penguin, so also the scale of the inputs and the
 * seed of the split. JSON keeps doubles exactly, so what is loaded is bit for bit what was trained.
 */
import { readFile, rename, writeFile } from "node:fs/promises";
import { FEATURES, SPECIES, type Standardisation } from "./dataset.js";
import { type Model, type Shape, parameterCount } from "./mlp.js";

/** What stands in a weights file. */
export interface ModelFile {
  readonly features: readonly string[];
  readonly species: readonly string[];
  readonly splitSeed: number;
  readonly standardisation: Standardisation;
  readonly shape: Shape;
  readonly theta: readonly number[];
}

/** Writes JSON whole or not at all: a worker may be killed at any moment. The next attempt overwrites what is left of it. */
export async function writeJson(path: string, value: object): Promise<void> {
  const temporary = `${path}.tmp`;
  await writeFile(temporary, `${JSON.stringify(value, undefined, 1)}\n`);
  await rename(temporary, path);
}

/** Writes a trained model. */
export async function writeModel(path: string, model: Model, standardisation: Standardisation, splitSeed: number): Promise<void> {
  const { shape, theta } = model;
  const file: ModelFile = { features: FEATURES, species: SPECIES, splitSeed, standardisation, shape, theta: [...theta] };
  await writeJson(path, file);
}

/** Reads a model back; refuses a file that is not one of this demo's, or that was made for other inputs or classes. */
export async function readModel(path: string): Promise<{ model: Model; file: ModelFile }> {
  const file = JSON.parse(await readFile(path, "utf8")) as ModelFile;
  if (JSON.stringify([file.features, file.species]) !== JSON.stringify([FEATURES, SPECIES])) {
    throw new Error(`${path} was made for other features or species`);
  }
  if (!Array.isArray(file.theta) || file.theta.length !== parameterCount(file.shape)) {
    throw new Error(`${path} does not hold the weights of a ${JSON.stringify(file.shape)} network`);
  }
  return { model: { shape: file.shape, theta: Float64Array.from(file.theta) }, file };
}
