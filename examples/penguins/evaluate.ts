/**
 * The proof of the pudding, in a process of its own: loads a run's weights from the file that the ledger names, and recomputes
 * its accuracy on the held-out rows. Exit code 1 unless it is at least 0.95 and the recorded one.
 * Usage: node evaluate.js --root DIR --uid UID
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { Project } from "../../src/projects.js";
import { clean, loadPenguins, split, standardise } from "./dataset.js";
import { IDENTIFIER } from "./grid.js";
import { accuracy } from "./mlp.js";
import { readModel } from "./model-file.js";

const REQUIRED_ACCURACY = 0.95;

/** True when the run's weights do what the ledger says they do. Says on the terminal what was found. */
async function evaluate(root: string, uid: string): Promise<boolean> {
  await using project = await Project.open(root, { daybook: { readOnly: true } });
  const [session] = await project.findSessions(IDENTIFIER, { uid });
  const { metrics, files } = (await session?.record()) ?? {};
  const [recorded, weights] = [metrics?.["heldOutAccuracy"], files?.["weights"]];
  if (session === undefined || typeof recorded !== "number" || weights === undefined) throw new Error(`there is no run ${uid} with weights and a held-out accuracy`);
  // File values are kept as they were given; relative ones are relative to the run's folder.
  const path = resolve(session.folder, weights);
  const { model, file } = await readModel(path);
  // The scale comes out of the file, not out of the data: these are rows the training has never seen.
  const { heldOut } = split(clean(await loadPenguins()).complete, file.splitSeed);
  const recomputed = accuracy(model, standardise(heldOut, file.standardisation));
  const right = Math.round(recomputed * heldOut.length);
  console.log(`process ${process.pid} loaded ${path}`);
  console.log(`run ${uid}: ${right} of ${heldOut.length} held-out penguins right: accuracy ${recomputed}, recorded ${recorded}`);
  const ok = recomputed === recorded && recomputed >= REQUIRED_ACCURACY;
  console.log(ok ? `equal, and at least ${REQUIRED_ACCURACY}` : `NOT OK: must be equal and at least ${REQUIRED_ACCURACY}`);
  return ok;
}

try {
  const { root, uid } = parseArgs({ options: { root: { type: "string" }, uid: { type: "string" } } }).values;
  if (root === undefined || uid === undefined) throw new Error("usage: evaluate.js --root DIR --uid UID");
  if (!(await evaluate(root, uid))) process.exitCode = 1;
} catch (error) {
  console.log(`NOT OK: ${String(error)}`);
  process.exitCode = 1;
}
