/** Training as a sweep of the ledger: every parameter set of the grid becomes a run, and is trained by whoever holds that. */
import { join } from "node:path";
import type { Project, SweepReport, SweepRunOptions } from "../../src/projects.js";
import { loadPenguins, prepare } from "./dataset.js";
import { GRID, IDENTIFIER, type TrainingParams } from "./grid.js";
import { accuracy } from "./mlp.js";
import { writeJson, writeModel } from "./model-file.js";
import { training } from "./training.js";

/** How far a run is. The ledger has it too; this only makes it visible sooner. */
export interface News {
  readonly uid: string;
  readonly attempt: number;
  /** The place of its parameter set in the grid. */
  readonly index: number;
  /** 0 when it begins. */
  readonly epoch: number;
  readonly epochs: number;
  readonly trainLoss?: number;
  /** Of a run that is DONE. */
  readonly heldOutAccuracy?: number;
}

/**
 * Goes through the grid: what is DONE stays, what failed or was lost is taken up, and no two processes ever train the same set.
 * The best run is that of the lowest validation loss. The held-out rows have no say in it; a winner chosen by its held-out
 * accuracy would look better than it is.
 */
export async function trainGrid(project: Project, options: SweepRunOptions = {}, tell: (news: News) => void = () => undefined): Promise<SweepReport> {
  const rows = await loadPenguins();
  return project.sweep(IDENTIFIER, GRID).run(
    async (session, { attempt, index }) => {
      const params = session.params as unknown as TrainingParams;
      const { hidden, learningRate, l2, epochs } = params;
      const about = { uid: session.uid, attempt, index, epochs };
      const { scaled, standardisation } = prepare(rows, params.splitSeed);
      tell({ ...about, epoch: 0 });
      const steps = training(params, scaled);
      let step = steps.next();
      let reached = {};
      // Each report is in the ledger before the next epochs begin.
      for (; step.done !== true; step = steps.next()) {
        const { epoch, ...losses } = step.value;
        reached = losses;
        await session.metrics(losses, { step: epoch });
        tell({ ...about, epoch, trainLoss: losses.trainLoss });
      }
      const heldOutAccuracy = accuracy(step.value, scaled.heldOut);
      const files = { weights: "weights.json", metrics: "metrics.json" };
      // Files first, DONE last: who sees DONE finds whole files.
      await writeModel(join(session.folder, files.weights), step.value, standardisation, params.splitSeed);
      await writeJson(join(session.folder, files.metrics), { attempt, hidden, learningRate, l2, ...reached, heldOutAccuracy });
      await session.done({ metrics: { heldOutAccuracy }, files });
      tell({ ...about, epoch: epochs, heldOutAccuracy });
    },
    { ...options, metric: "validationLoss", goal: "min" },
  );
}
