/** Which parameter sets the demo trains, and what the ledger calls their runs. */

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
const FIXED = { epochs: 800, batchSize: 16, seed: 7, splitSeed: 2026 } as const;

/** The product of the grids, always in the same order. */
export function parameterGrid(): TrainingParams[] {
  const grid: TrainingParams[] = [];
  for (const hidden of [16, 8])
    for (const learningRate of [0.005, 0.05])
      for (const l2 of [0.0001, 0.01]) grid.push({ learningRate, hidden, l2, ...FIXED });
  return grid;
}
