/**
 * A worker process: goes through the grid once and trains what nobody else has trained or is training.
 * Usage: node worker.js --root DIR --name worker-1
 *
 * No two workers ever train the same set: `findOrAllocate` decides on the run of a parameter set in one step, and `start`
 * takes a lease on it that a living process holds alone.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Daybook, type RunLease, isDaybookError, openDaybook } from "../../src/index.js";
import { type PreparedData, loadPenguins, prepare } from "./dataset.js";
import { IDENTIFIER, type TrainingParams, parameterGrid } from "./grid.js";
import type { WorkerMessage } from "./messages.js";
import { accuracy } from "./mlp.js";
import { writeJson, writeModel } from "./model-file.js";
import { type EpochReport, training } from "./training.js";

const WEIGHTS = "weights.json";
const METRICS = "metrics.json";

function tell(message: WorkerMessage): void {
  process.send?.(message);
}

/** A lease on the run of this parameter set, or undefined when it is finished or in somebody else's hands. */
async function claim(book: Daybook, params: TrainingParams): Promise<RunLease | undefined> {
  const { uid, record } = await book.runs.findOrAllocate(IDENTIFIER, { params: { ...params } });
  if (record.status === "DONE" || record.liveness === "live") return undefined;
  try {
    return await book.runs.start(IDENTIFIER, uid);
  } catch (error) {
    // Somebody was quicker between the two calls.
    if (isDaybookError(error, "RUN_BUSY")) return undefined;
    throw error;
  }
}

/** Trains one run to its end; each report goes into the ledger before the next epochs begin. */
async function train(book: Daybook, lease: RunLease, params: TrainingParams, gridIndex: number, data: PreparedData): Promise<void> {
  const { uid, attempt, folder } = lease;
  tell({ type: "started", uid, gridIndex, attempt, epochs: params.epochs });
  const steps = training(params, data.scaled);
  const reports: EpochReport[] = [];
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) {
    const { epoch, trainLoss, validationLoss } = step.value;
    reports.push(step.value);
    await book.runs.log(IDENTIFIER, uid, { step: epoch, metrics: { trainLoss, validationLoss } });
    tell({ type: "epoch", uid, gridIndex, epoch, epochs: params.epochs, trainLoss });
  }
  const model = step.value;
  const heldOutAccuracy = accuracy(model, data.scaled.heldOut);
  await writeModel(join(folder, WEIGHTS), model, data.standardisation, params.splitSeed);
  await writeJson(join(folder, METRICS), { heldOutAccuracy, reports });
  // Files first, DONE last: who sees DONE finds whole files.
  await book.runs.log(IDENTIFIER, uid, { status: "DONE", metrics: { heldOutAccuracy }, files: { weights: WEIGHTS, metrics: METRICS } });
  tell({ type: "done", uid, gridIndex, heldOutAccuracy, files: [WEIGHTS, METRICS] });
}

async function main(root: string, name: string): Promise<void> {
  const book = await openDaybook(root, { participantId: name });
  try {
    const rows = await loadPenguins();
    for (const [gridIndex, params] of parameterGrid().entries()) {
      const lease = await claim(book, params);
      if (lease === undefined) continue;
      try {
        await train(book, lease, params, gridIndex, prepare(rows, params.splitSeed));
      } catch (error) {
        // Should the ledger fail as well, then the first error says more; the run is found lost later on.
        await book.runs.log(IDENTIFIER, lease.uid, { status: "ERROR", error: error as Error }).catch(() => undefined);
        throw error;
      }
    }
  } finally {
    await book.close();
  }
}

// An orphan would go on training unseen: without its parent a worker ends, and its run is taken up by the next call.
process.on("disconnect", () => process.exit(1));

const { values } = parseArgs({ options: { root: { type: "string" }, name: { type: "string" } } });
if (values.root === undefined || values.name === undefined) throw new Error("usage: worker.js --root DIR --name NAME");
await main(values.root, values.name);
// The IPC channel would keep the process alive.
process.removeAllListeners("disconnect");
process.disconnect?.();
