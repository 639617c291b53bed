/**
 * Trains the network to its last step, from wherever the log says that it stands.
 * Usage: node dist/examples/checkpoints/train.js --root DIR [--halt-at STEP]
 */
import { parseArgs } from "node:util";
import type * as tf from "@tensorflow/tfjs";
import { CheckpointManager, type DataState } from "../../src/checkpoints.js";
import type { Example } from "../penguins/dataset.js";
import { haltingStore } from "./halting-store.js";
import { accuracy, createModel, createOptimizer, losses, mean, trainStep } from "./model.js";
import { DISCARDS, DISCARD_AFTER, FIRST_CONFIG, FREQUENCY, LOWER_RATE, LOWER_RATE_AFTER, STEPS, allRows, loadData, rowsInUse, uidOf } from "./task.js";
import type { Config } from "./task.js";

/** Discards the rows that fit worst, and tags them. @returns their uids */
function discardWorst(model: tf.LayersModel, train: readonly Example[], state: DataState): string[] {
  const worst = losses(model, train)
    .map((loss, index) => ({ loss, uid: uidOf(index) }))
    .toSorted((a, b) => b.loss - a.loss)
    .slice(0, DISCARDS)
    .map(({ uid }) => uid);
  state.discard(worst).addTags(worst, ["fits-worst"]);
  return worst;
}

async function train(root: string, haltAt: number | undefined): Promise<void> {
  const { scaled } = await loadData();
  const artifacts = haltAt === undefined ? {} : { artifacts: haltingStore(root, (path) => path.endsWith(`_step_${String(haltAt).padStart(6, "0")}.safetensors`)) };
  await using manager = await CheckpointManager.open(root, { daybook: { participantId: "trainer" }, ...artifacts });

  // What is made of what, is for the log to say; only before there is anything, it begins with these.
  let config = ((await manager.loadConfig()) as Config | undefined) ?? FIRST_CONFIG;
  const state = (await manager.loadDataState()) ?? allRows(scaled.train);
  const model = createModel(config);
  let optimizer = createOptimizer(config);
  manager.registerModel("penguins", model);
  manager.registerOptimizer("adam", optimizer);

  const { nextStep, checkpoint } = await manager.resume();
  if (checkpoint === undefined) {
    const [hash] = await manager.updateExperimentHash({ model, config, dataState: state });
    console.log(`nothing to go on from: step 0, under ${hash}`);
  } else {
    console.log(`goes on behind step ${checkpoint.step}, saved under ${checkpoint.hash}; now under ${manager.currentHash}`);
  }
  for (let step = nextStep; step <= STEPS; step += 1) {
    if (step > LOWER_RATE_AFTER && config.learningRate !== LOWER_RATE) {
      config = { ...config, learningRate: LOWER_RATE };
      optimizer = createOptimizer(config);
      manager.registerOptimizer("adam", optimizer);
      const [hash] = await manager.updateExperimentHash({ config });
      console.log(`step ${step}: learning rate ${LOWER_RATE}; pending, as ${hash}`);
    }
    if (step > DISCARD_AFTER && rowsInUse(scaled.train, state).length === scaled.train.length) {
      const worst = discardWorst(model, scaled.train, state);
      const [hash] = await manager.updateExperimentHash({ dataState: state });
      console.log(`step ${step}: discards ${worst.join(", ")}; pending, as ${hash}`);
    }
    const rows = rowsInUse(scaled.train, state);
    const loss = trainStep(model, optimizer, rows, step, config);
    if (step % FREQUENCY !== 0) continue;
    // Training goes on under the new hash: what is pending is put into its folder first.
    const validationLoss = mean(losses(model, scaled.validation));
    await manager.saveModelCheckpoint({ step, metadata: { loss, validationLoss, validationAccuracy: accuracy(model, scaled.validation) } });
    console.log(`step ${step}: checkpoint saved, validation loss ${validationLoss.toFixed(4)}`);
  }
}

const { values } = parseArgs({ options: { root: { type: "string" }, "halt-at": { type: "string" } } });
await train(values.root ?? "results/checkpoints", values["halt-at"] === undefined ? undefined : Number(values["halt-at"]));
// The channel to the parent would keep the process.
if (process.connected) process.disconnect();
