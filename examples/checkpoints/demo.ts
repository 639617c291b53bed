/**
 * The demo of checkpoints: trains a network on the penguins in a process that is killed in the middle of a checkpoint, goes on in another one, and prints what the
 * log knows of it.
 * Usage: node dist/examples/checkpoints/demo.js [--root DIR] [--fresh]
 */
import { fork } from "node:child_process";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { CheckpointManager } from "../../src/checkpoints.js";
import { loadPenguins, prepare } from "../penguins/dataset.js";
import { prepareFolder } from "../penguins/demo-folder.js";
import { ending, runProgram, stopped } from "../penguins/processes.js";
import { runDemo } from "../run-demo.js";
import { describeData, heading } from "../penguins/report.js";
import { hashHistory } from "./history.js";
import { KILLED_AT, STEPS } from "./task.js";

/** The last step of which there is a checkpoint; undefined when there is none. */
async function lastStep(root: string): Promise<number | undefined> {
  await using manager = await CheckpointManager.open(root);
  return (await manager.listCheckpoints()).reduce<number | undefined>((last, { step }) => Math.max(last ?? 0, step), undefined);
}

/** Starts the training that halts in the middle of a checkpoint, and kills it there. */
async function trainAndKill(root: string): Promise<void> {
  stopped.throwIfAborted();
  const child = fork(fileURLToPath(new URL("./train.js", import.meta.url)), ["--root", root, "--halt-at", String(KILLED_AT)], { signal: stopped });
  child.on("message", () => child.kill("SIGKILL"));
  const { code, signal } = await ending(child);
  if (signal !== "SIGKILL") throw new Error(`the training was to be killed at step ${KILLED_AT}, and ended with ${signal ?? code}`);
  console.log(`SIGKILL: the process is dead in the middle of the checkpoint of step ${KILLED_AT}; the last one in the log is of step ${await lastStep(root)}`);
}

/** Trains to the end; true when it got there. */
const trainToTheEnd = (root: string): Promise<boolean> => runProgram("../checkpoints/train.js", ["--root", root]);

async function demo(root: string, fresh: boolean): Promise<boolean> {
  const began = performance.now();
  const fromHere = relative(process.cwd(), root);
  const shown = fromHere.startsWith("..") ? root : fromHere || ".";
  await prepareFolder(root, fresh);

  console.log(heading("The data"));
  console.log(describeData(prepare(await loadPenguins(), 1)));

  console.log(heading(`Training in ${shown}, with checkpoints`));
  let ok = true;
  const last = await lastStep(root);
  if (last !== undefined && last >= STEPS) console.log(`all ${STEPS} steps are done, nothing to train`);
  else {
    if (last === undefined) await trainAndKill(root);
    console.log("another process takes it up:");
    ok = await trainToTheEnd(root);
  }

  console.log(heading("What the experiment was made of (model, config, data), and what changed"));
  await using manager = await CheckpointManager.open(root);
  console.log(await hashHistory(manager));

  console.log(heading("The best checkpoint, loaded by another process"));
  if (!(await runProgram("../checkpoints/evaluate.js", ["--root", root]))) ok = false;

  for (const args of [["hashes"], ["verify"]]) {
    console.log(heading(`$ daybook --root ${shown} ${args.join(" ")}`));
    if (!(await runProgram("../../tools/daybook.js", ["--root", root, ...args]))) ok = false;
  }
  console.log(`\n${ok ? "All is well" : "SOMETHING IS WRONG, see above"}, after ${((performance.now() - began) / 1000).toFixed(1)} s`);
  return ok;
}

await runDemo("checkpoints", "goes on from its newest checkpoint", demo);
