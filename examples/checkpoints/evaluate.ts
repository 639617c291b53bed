/**
 * Loads the checkpoint with the lowest validation loss into a new model, computes that loss again, and looks at the held-out rows once. Exits with 1 when it is another one.
 * Usage: node dist/examples/checkpoints/evaluate.js --root DIR
 */
import { parseArgs } from "node:util";
import { CheckpointManager } from "../../src/checkpoints.js";
import { accuracy, createModel, losses, mean } from "./model.js";
import { FIRST_CONFIG, loadData } from "./task.js";

const { values } = parseArgs({ options: { root: { type: "string", default: "results/checkpoints" } } });
const { scaled } = await loadData();
await using manager = await CheckpointManager.open(values.root, { daybook: { participantId: "evaluator" }, experiment: "evaluation" });
const hashes = await manager.listExperimentHashes();
const saved = (await manager.listCheckpoints()).filter(({ metadata }) => typeof metadata?.["validationLoss"] === "number");
const lossOf = (one: (typeof saved)[number]): number => Number(one.metadata?.["validationLoss"]);
const [best] = saved.toSorted((a, b) => lossOf(a) - lossOf(b));
if (best === undefined) throw new Error(`there is no checkpoint of the ${hashes.length} hashes in ${values.root}`);

const model = createModel({ ...FIRST_CONFIG, seed: 99 });
await manager.loadCheckpoint({ hash: best.hash, step: best.step, model, loadOptimizer: false });
const again = mean(losses(model, scaled.validation));
const same = again === lossOf(best);
console.log(`best: step ${best.step} under ${best.hash}, validation loss ${again.toFixed(6)}, ${same ? "to the last bit as when it was saved" : `NOT OK: it was saved with ${lossOf(best)}`}`);
console.log(`held-out rows recognised: ${(100 * accuracy(model, scaled.heldOut)).toFixed(1)} %`);
if (!same) process.exitCode = 1;
