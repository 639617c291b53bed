/**
 * The demo: trains a grid of classifiers on the Palmer penguins in several processes, kills one of them, recovers, checks.
 * Usage: node dist/examples/penguins/demo.js [--root DIR] [--fresh]
 */
import { constants } from "node:os";
import { relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type RunRecord, paramHash } from "../../src/index.js";
import { Project, type SweepReport } from "../../src/projects.js";
import { loadPenguins, prepare } from "./dataset.js";
import { prepareFolder } from "./demo-folder.js";
import { GRID, IDENTIFIER, type TrainingParams } from "./grid.js";
import { InterruptedError, runProgram, stopAll, stopped } from "./processes.js";
import { createProgress } from "./progress.js";
import { describeData, heading, resultsTable } from "./report.js";
import { trainAll } from "./train-all.js";
import { trainGrid } from "./train-grid.js";

/** The runs of the grid that exist. */
async function gridRuns(project: Project): Promise<RunRecord[]> {
  const hashes = new Set([...GRID].map((params) => paramHash(params)));
  return project.book.runs.list({ where: ({ identifier, paramHash: hash }) => identifier === IDENTIFIER && hash !== undefined && hashes.has(hash) });
}

/** Trains what is not DONE yet; afterwards everything is, or this rejects. */
async function trainUnfinished(project: Project): Promise<SweepReport> {
  const before = await gridRuns(project);
  const open = GRID.length - before.filter(({ status }) => status === "DONE").length;
  console.log(`${GRID.length - open} of ${GRID.length} parameter sets are DONE, ${open === 0 ? "nothing" : open} to train`);
  for (const { uid, status, liveness, error } of before) {
    if (liveness === "lost") console.log(`run ${uid} was lost on the way (${status}, its process is gone)`);
    if (status === "ERROR") console.log(`run ${uid} failed: ${error?.message}`);
  }
  if (open > 0) {
    const progress = createProgress();
    await trainAll(project, progress).finally(() => progress.stop());
  }
  // The same sweep once more, in this process: what is DONE is looked at, and should a set have failed, it gets a second chance.
  const report = await trainGrid(project);
  const [failure] = report.failures;
  if (failure !== undefined) throw new Error(`run ${failure.uid} failed: ${String(failure.error)}; call the demo again and it goes on there`);
  return report;
}

async function demo(root: string, fresh: boolean): Promise<boolean> {
  const began = performance.now();
  const fromHere = relative(process.cwd(), root);
  const shown = fromHere.startsWith("..") ? root : fromHere || ".";
  await prepareFolder(root, fresh);

  console.log(heading("The data"));
  console.log(describeData(prepare(await loadPenguins(), (GRID.at(0) as unknown as TrainingParams).splitSeed)));

  console.log(heading(`Training, recorded in ${shown}`));
  await using project = await Project.open(root, { signal: stopped, daybook: { participantId: "demo" } });
  const { best, done, total } = await trainUnfinished(project);

  console.log(heading(`${done} of ${total} runs are DONE (best: lowest validation loss)`));
  console.log(resultsTable(await project.aggregate([IDENTIFIER], "metrics"), best?.uid));
  console.log(heading("The best run's weights, checked by another process"));
  let ok = await runProgram("./evaluate.js", ["--root", root, "--uid", String(best?.uid)]);

  // The run with the most attempts: the one that was lost and taken up again, also on a later call.
  const [retaken] = (await gridRuns(project)).toSorted((a, b) => b.attempts.length - a.attempts.length);
  const checks = [
    ["daybook", "--root", root, "history", `${IDENTIFIER}/${retaken?.uid}`],
    ["rebuild-projections", "--root", root, "--check"],
    ["daybook", "--root", root, "verify"],
  ];
  for (const [tool = "", ...args] of checks) {
    console.log(heading(`$ ${[tool, ...args].join(" ").replace(root, shown)}`));
    if (!(await runProgram(`../../tools/${tool}.js`, args))) ok = false;
  }
  console.log(`\n${ok ? "All is well" : "SOMETHING IS WRONG, see above"}, after ${((performance.now() - began) / 1000).toFixed(1)} s`);
  return ok;
}

// A second Ctrl-C meets no handler any more and ends the demo at once.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopAll(signal));

// `demo | head`, `demo 2>&1 | head`: once nobody reads, there is nothing left to do.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    stopAll("SIGPIPE");
  });
}

try {
  const { values } = parseArgs({ options: { root: { type: "string" }, fresh: { type: "boolean", default: false } } });
  if (!(await demo(resolve(values.root ?? "results/penguins"), values.fresh))) process.exitCode = 1;
} catch (error) {
  if (error instanceof InterruptedError) {
    console.error(`\n${error.signal}: stopped. Nothing recorded is lost; call the demo again and it goes on from there.`);
    process.exitCode = 128 + constants.signals[error.signal];
  } else {
    console.error(`demo: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
