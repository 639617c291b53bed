/** Builds a model anew, puts weights and optimizer state into it from two safetensors files, trains one step more, and prints what it answers before and after. */
import * as tf from "@tensorflow/tfjs";
import { readFileSync } from "node:fs";
import { canonicalJson } from "../../src/events/canonical-json.js";
import { decodeSafetensors } from "../../src/ledgers/checkpoints/models/safetensors/read-safetensors.js";
import { tfjsModels } from "../../src/ledgers/checkpoints/models/tfjs/tfjs-models.js";
import { tfjsOptimizers } from "../../src/ledgers/checkpoints/models/tfjs/tfjs-optimizers.js";
import { answersOf, smallModel, trainSmallModel } from "../support/small-model.js";

const [weights = "", state = ""] = process.argv.slice(2);
const [model, optimizer] = [smallModel(), tf.train.adam(0.01)];
await (await tfjsModels.prepareRestore?.(model, decodeSafetensors(readFileSync(weights))))?.();
await (await tfjsOptimizers.prepareRestore(optimizer, decodeSafetensors(readFileSync(state))))();
const before = answersOf(model);
await trainSmallModel(model, optimizer);
process.stdout.write(`\n${JSON.stringify({ architecture: canonicalJson(tfjsModels.describe(model).json), before, after: answersOf(model) })}\n`);
