/**
 * The demo of warm starts: fits a curve to the carbon dioxide of Mauna Loa in a process that is killed half-way, goes on in another one from the best iterate, and
 * begins the fit of the newer, longer series where that one ended. Each is compared with the same fit from cold.
 * Usage: node dist/examples/warm-starts/demo.js [--root DIR] [--fresh]
 */
import { fork } from "node:child_process";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { WarmStartStore } from "../../src/warm-starts.js";
import { prepareFolder } from "../penguins/demo-folder.js";
import { ending, runProgram, stopped } from "../penguins/processes.js";
import { runDemo } from "../run-demo.js";
import { heading } from "../penguins/report.js";
import { fit, problemOf, typicalError } from "./fit.js";
import type { Iterate } from "./fit.js";
import { loadSeries, until, yearBehind } from "./series.js";
import type { Series } from "./series.js";
import type { Fitted } from "./worker.js";

/** The series as it was known then is fitted first. */
const EARLIER = 2018;
/** The save in the middle of which the first process is killed. */
const KILLED_AT = 9;

type Told = { readonly fitted: Fitted } | { readonly halfWritten: number };

/** Fits in a process of its own. With `haltAt` it is killed in the middle of that save, and nothing comes of it. */
async function fitInProcess(root: string, year: number, haltAt?: number): Promise<Fitted | undefined> {
  stopped.throwIfAborted();
  const args = ["--root", root, "--until", String(year), ...(haltAt === undefined ? [] : ["--halt-at", String(haltAt)])];
  const child = fork(fileURLToPath(new URL("./worker.js", import.meta.url)), args, { signal: stopped });
  let fitted: Fitted | undefined;
  child.on("message", (told: Told) => {
    if ("fitted" in told) fitted = told.fitted;
    else child.kill("SIGKILL");
  });
  const { code, signal } = await ending(child);
  if (haltAt === undefined ? code !== 0 : signal !== "SIGKILL") throw new Error(`the fit of ${year} ended with ${signal ?? code}`);
  return fitted;
}

/** What the log has of a problem: the iteration it came to; undefined for nothing. */
async function savedIteration(root: string, series: Series): Promise<number | undefined> {
  await using store = await WarmStartStore.open(root);
  const entries = await store.entries({ key: problemOf(series) });
  return entries.length === 0 ? undefined : Math.max(...entries.map(({ iteration = 0 }) => iteration));
}

/** Says how a fit compares with the one from cold. @returns whether it reached the same optimum in fewer iterations */
function compare(what: string, cold: Iterate, warm: Fitted | undefined): boolean {
  if (warm === undefined) throw new Error(`${what}: nothing came of it`);
  const toTheBit = warm.parameters.every((value, index) => value === cold.parameters[index]);
  const apart = Math.abs(warm.error - cold.error) / cold.error;
  const ok = warm.iterations < cold.iterations && apart < 1e-6;
  const optimum = toTheBit ? "the same optimum to the last bit" : `the same optimum (errors apart by ${apart.toExponential(1)} of them)`;
  console.log(`${what}: ${warm.iterations} iterations instead of ${cold.iterations}, ${ok ? optimum : "NOT OK: another optimum, or no fewer iterations"}`);
  return ok;
}

async function demo(root: string, fresh: boolean): Promise<boolean> {
  const began = performance.now();
  const fromHere = relative(process.cwd(), root);
  const shown = fromHere.startsWith("..") ? root : fromHere || ".";
  await prepareFolder(root, fresh);
  const whole = await loadSeries();
  const earlier = until(whole, EARLIER);
  const show = (series: Series, { error, iterations }: Iterate): string => `from cold, to compare: ${iterations} iterations to ${typicalError(series, error).toFixed(6)} ppm`;

  console.log(heading(`The series as it was known at the beginning of ${EARLIER}, fitted in ${shown}`));
  const coldEarlier = fit(earlier);
  console.log(show(earlier, coldEarlier));
  if ((await savedIteration(root, earlier)) === undefined) {
    await fitInProcess(root, EARLIER, KILLED_AT);
    console.log(`SIGKILL: the process is dead in the middle of save ${KILLED_AT}; the log has iteration ${await savedIteration(root, earlier)}. Another process takes it up:`);
  }
  const resumed = compare("gone on", coldEarlier, await fitInProcess(root, EARLIER));

  console.log(heading("All months: another problem, but a near one"));
  const coldWhole = fit(whole);
  console.log(show(whole, coldWhole));
  const seeded = compare("warm start", coldWhole, await fitInProcess(root, yearBehind(whole)));

  let ok = resumed && seeded;
  const key = problemOf(earlier).toHex();
  for (const args of [["warm-starts"], ["warm-starts", "show", key.slice(0, 12)], ["warm-starts", "verify"]]) {
    console.log(heading(`$ daybook --root ${shown} ${args.join(" ")}`));
    if (!(await runProgram("../../tools/daybook.js", ["--root", root, ...args]))) ok = false;
  }
  console.log(`\n${ok ? "All is well" : "SOMETHING IS WRONG, see above"}, after ${((performance.now() - began) / 1000).toFixed(1)} s`);
  return ok;
}

await runDemo("warm-starts", "goes on from its best iterate", demo);
