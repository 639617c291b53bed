/** One training run, as a generator: it computes, and leaves it to the caller what to do with the reports on the way. */
import { FEATURES, SPECIES, type Split } from "./dataset.js";
import type { TrainingParams } from "./grid.js";
import { type Model, initModel, lossAndGradient, trainEpoch } from "./mlp.js";
import { seededRandom } from "./random.js";

/** Between two reports a worker is busy computing, so this is also how finely a run can be watched. */
const EPOCHS_PER_REPORT = 200;

/** How far a run is. The validation loss leaves the L2 penalty out, so that runs with different penalties compare. */
export interface EpochReport {
  readonly epoch: number;
  readonly trainLoss: number;
  readonly validationLoss: number;
}

/** Trains to the end, yielding every {@link EPOCHS_PER_REPORT} epochs and at the last one; returns the trained model. */
export function* training(params: TrainingParams, data: Split): Generator<EpochReport, Model> {
  const random = seededRandom(params.seed);
  const model = initModel({ inputs: FEATURES.length, hidden: params.hidden, outputs: SPECIES.length }, random);
  for (let epoch = 1; epoch <= params.epochs; epoch += 1) {
    const trainLoss = trainEpoch(model, data.train, params, random);
    if (epoch % EPOCHS_PER_REPORT !== 0 && epoch !== params.epochs) continue;
    yield { epoch, trainLoss, validationLoss: lossAndGradient(model, data.validation, 0).loss };
  }
  return model;
}
