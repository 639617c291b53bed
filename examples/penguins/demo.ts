/**
 * The demo: trains a grid of classifiers on the Palmer penguins in several processes, kills one of them, recovers, checks.
 * Usage: node dist/examples/penguins/demo.js [--root DIR] [--fresh]      (npm run demo -- [--fresh])
 */
import { constants } from "node:os";
import { relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Daybook, type RecordedEvent, openDaybook } from "../../src/index.js";
import { loadPenguins, prepare } from "./dataset.js";
import { prepareFolder } from "./demo-folder.js";
import { type GridEntry, bestRun, gridState, unfinished } from "./grid-state.js";
import { IDENTIFIER, parameterGrid } from "./grid.js";
import { InterruptedError, runProgram, stopAll } from "./processes.js";
import { type Progress, createProgress } from "./progress.js";
import { describeData, eventsTable, heading, runsTable } from "./report.js";
import { trainAll } from "./train-all.js";

/** Trains what is not DONE yet; afterwards everything is, or this rejects. */
async function trainUnfinished(book: Daybook, root: string, progress: Progress): Promise<void> {
  const before = await gridState(book);
  const open = unfinished(before);
  const done = `${before.length - open.length} of ${before.length} parameter sets are DONE`;
  if (open.length === 0) return console.log(`${done}, nothing to train`);
  console.log(`${done}, ${open.length} to train`);
  for (const { record } of open) {
    if (record?.liveness === "lost") console.log(`run ${record.uid} was lost on the way (${record.status}, its process is gone)`);
    if (record?.status === "ERROR") console.log(`run ${record.uid} failed: ${record.error?.message}`);
  }
  const lostUid = await trainAll(book, root, progress);
  if (lostUid === undefined) console.log("no worker could be killed in the middle of a run this time: too little was left to train");
  const left = unfinished(await gridState(book));
  if (left.length === 0) return;
  const names = left.map(({ record }) => (record ? `${record.uid} (${record.status}, ${record.liveness})` : "one without a run"));
  throw new Error(`not finished: ${names.join(", ")}; call the demo again and it goes on there`);
}

/** The run with the most attempts: the one that was lost and taken up again, also on a later call. */
function mostAttempted(state: readonly GridEntry[]): string | undefined {
  const records = state.flatMap(({ record }) => (record ? [record] : []));
  return records.toSorted((a, b) => b.attempts.length - a.attempts.length)[0]?.uid;
}

/** Tables of what the ledger and the log hold. */
async function printResults(book: Daybook): Promise<void> {
  const state = await gridState(book);
  console.log(heading("The runs (best: lowest validation loss)"));
  console.log(runsTable(state.flatMap(({ record }) => (record ? [record] : [])), bestRun(state)?.uid));
  const uid = mostAttempted(state);
  if (uid === undefined) return;
  const events: RecordedEvent[] = [];
  for await (const event of book.log.read({ stream: `run/${IDENTIFIER}/${uid}` })) events.push(event);
  console.log(heading(`The events of run ${uid}`));
  console.log(eventsTable(events, process.stdout.columns ?? 120));
}

async function demo(root: string, fresh: boolean): Promise<boolean> {
  const began = performance.now();
  const fromHere = relative(process.cwd(), root);
  const shown = fromHere.startsWith("..") ? root : fromHere || ".";
  await prepareFolder(root, fresh);

  console.log(heading("The data"));
  console.log(describeData(prepare(await loadPenguins(), parameterGrid()[0]?.splitSeed ?? 0)));

  console.log(heading(`Training, recorded in ${shown}`));
  const progress = createProgress();
  const book = await openDaybook(root, { participantId: "demo" });
  let ok = false;
  try {
    await trainUnfinished(book, root, progress).finally(() => progress.stop());
    console.log(heading("The best run's weights, checked by another process"));
    ok = await runProgram("./evaluate.js", ["--root", root]);
    await printResults(book);
  } finally {
    await book.close();
  }

  const checks = [
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
