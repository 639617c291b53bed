/**
 * The proof of the pudding, in a process of its own: takes the best run from the ledger, loads its weights from the file
 * recorded there, and recomputes its accuracy on the held-out rows. Exit code 1 unless it is at least 0.95 and the recorded one.
 * Usage: node evaluate.js --root DIR
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { openDaybook } from "../../src/index.js";
import { clean, loadPenguins, split, standardise } from "./dataset.js";
import { bestRun, gridState } from "./grid-state.js";
import { IDENTIFIER } from "./grid.js";
import { accuracy } from "./mlp.js";
import { readModel } from "./model-file.js";

const REQUIRED_ACCURACY = 0.95;

/** True when the best run's weights do what the ledger says they do. Says on the terminal what was found. */
async function evaluate(root: string): Promise<boolean> {
  const book = await openDaybook(root, { readOnly: true });
  try {
    const best = bestRun(await gridState(book));
    const recorded = best?.metrics["heldOutAccuracy"];
    const weights = best?.files["weights"];
    if (best === undefined || typeof recorded !== "number" || typeof weights !== "string") {
      console.log("There is no finished run with weights and a held-out accuracy to evaluate.");
      return false;
    }
    // File values are relative to the run's folder.
    const path = resolve(book.runs.folder(IDENTIFIER, best.uid), weights);
    const { model, file } = await readModel(path);
    // The scale comes out of the file, not out of the data: these are rows the training has never seen.
    const { heldOut } = split(clean(await loadPenguins()).complete, file.splitSeed);
    const recomputed = accuracy(model, standardise(heldOut, file.standardisation));
    const right = Math.round(recomputed * heldOut.length);
    console.log(`process ${process.pid} loaded ${path}`);
    console.log(`run ${best.uid}: ${right} of ${heldOut.length} held-out penguins right: accuracy ${recomputed}, recorded ${recorded}`);
    const ok = recomputed === recorded && recomputed >= REQUIRED_ACCURACY;
    console.log(ok ? `equal, and at least ${REQUIRED_ACCURACY}` : `NOT OK: must be equal and at least ${REQUIRED_ACCURACY}`);
    return ok;
  } finally {
    await book.close();
  }
}

const { values } = parseArgs({ options: { root: { type: "string" } } });
if (values.root === undefined) throw new Error("usage: evaluate.js --root DIR");
try {
  if (!(await evaluate(values.root))) process.exitCode = 1;
} catch (error) {
  console.log(`NOT OK: ${String(error)}`);
  process.exitCode = 1;
}
