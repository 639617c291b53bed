/** Which parameter sets the demo trains, and what the ledger calls their runs. */
import { product } from "../../src/projects.js";

/** The runs' identifier in the ledger: they are `penguins/0001`, `penguins/0002`, ... */
export const IDENTIFIER = "penguins";

/** One parameter set. Everything that decides the result is in it, so that equal sets have equal results. */
export interface TrainingParams {
  readonly learningRate: number;
  readonly hidden: number;
  readonly l2: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly splitSeed: number;
}

/** The split is the same for all: runs can only be compared on the same held-out rows. */
const constants = { epochs: 800, batchSize: 16, seed: 7, splitSeed: 2026 };

/** All combinations, always in the same order. */
export const GRID = product({ hidden: [16, 8], learningRate: [0.005, 0.05], l2: [0.0001, 0.01] }, { constants });
