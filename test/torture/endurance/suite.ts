import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDaybook } from "../../../src/index.js";
import type { SuiteReport, TortureContext, TortureFailure, TortureSuite } from "../suite.js";
import { bounds, compareEnds } from "./bounds.js";
import { checkLog } from "./check-log.js";
import type { CheckedLog } from "./check-log.js";
import { runLoad } from "./load.js";
import type { Load } from "./load.js";
import { planFor } from "./plan.js";
import type { Plan } from "./plan.js";

/** What a load must have done; one that did nothing would find nothing. */
const least = ["appends", "run attempts", "events followed", "openings", "visits"];
const expected = [...least, "groups of three appends", "appends under an id", "repeats under an id", "appends on an expectation", "refused on an expectation", "runs allocated", "run views followed", "run lists", "quick verifications"];

export const suite: TortureSuite = {
  name: "endurance",
  promise: "A daybook that is used for long by many processes stays as small, as fast and as whole as it was.",
  method: [
    "Six processes work on one root for an hour (in CI for two minutes): two append (alone, in batches, in groups, under ids, on expectations), two do run work with leases and beats,",
    "one follows events and views, lists and verifies, one opens and closes all the time; and short-lived ones come and go. Segments are small, so that",
    "rotation and sealing go on throughout. Each process samples itself; its last part is held against the part after warm-up:",
    `resident memory at most ${bounds.memoryFactor} times as much and ${bounds.memoryMore / 1024 / 1024} MB, what is alive after a collection at most ${bounds.memoryFactor} times as much and ${bounds.aliveMore / 1024 / 1024} MB, at most ${bounds.descriptorsMore} more open descriptors, the median durable append at most`,
    `${bounds.latencyFactor} times as long (times what a bare write and sync of a file has become slower on the machine, if it has), the 99th percentile of the event`,
    `loop's delay at most ${bounds.loopFactor} times as long and ${bounds.loopMoreMs} ms. The number of streams, ids and runs is bounded; what grows by design are the attempts of the`,
    "runs, which are counted. In the end a reader that shares no code with the library holds the log against what each process was told: everything",
    "acknowledged is there once and at its place, everything refused is not, no uid is given out twice, no held run is taken up; every byte is verified,",
    "and all projections are refolded from the log and compared with what was served.",
  ].join(" "),
  gaps: [
    "The load is throttled: it shows what adds up over time, not what the highest rate does.",
    "An hour is not a month; what grows by less than the bounds in an hour is not seen.",
  ],
  notices: ["lock"],
  run,
};

async function run(context: TortureContext): Promise<SuiteReport> {
  const plan = planFor(context.form, process.env);
  const folder = mkdtempSync(join(tmpdir(), "daybook-endurance-"));
  const [root, notes] = [join(folder, "root"), join(folder, "notes")];
  try {
    mkdirSync(notes);
    await (await openDaybook(root, { segmentBytes: plan.segmentBytes })).close();
    const total = Math.round(plan.loadMs / 1000);
    const load = await runLoad({ root, notes }, plan, context.seed, (ms) => context.progress(Math.min(total, Math.round(ms / 1000)), total, "seconds of mixed load"));
    context.progress(total, total, "holding the log against what was acknowledged");
    const checked = checkLog(root, notes);
    const counts = countsOf(load);
    const idle = (context.form === "sabotage" ? least : expected).filter((what) => (counts[what] ?? 0) === 0).map((what) => ({ where: "the load", problem: `there were no ${what}` }));
    const ends = plan.windowMs === 0 ? { facts: {}, failures: [], compared: 0 } : compareEnds(load.lasting, plan);
    const book = await wholeness(root);
    return {
      tried: {
        ...counts,
        "acknowledgements and refusals held against the log": checked.acknowledgements,
        "events read by the independent reader": checked.events,
        "sealed segments held against the manifest": checked.sealed,
        "processes compared with themselves after warm-up": ends.compared,
      },
      facts: { ...factsOf(load, checked, root, plan), ...book.facts, ...ends.facts },
      failures: [...problemsOf(load), ...idle, ...ends.failures, ...checked.failures, ...book.failures],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function countsOf(load: Load): Record<string, number> {
  const counts: Record<string, number> = Object.fromEntries(expected.map((what) => [what, 0]));
  for (const { summary } of [...load.lasting, ...load.visitors]) {
    for (const [what, count] of Object.entries(summary?.counts ?? {})) counts[what] = (counts[what] ?? 0) + count;
  }
  return counts;
}

const problemsOf = (load: Load): TortureFailure[] => [...load.lasting, ...load.visitors].flatMap(({ by, problems }) => problems.map((problem) => ({ where: by, problem })));

function factsOf(load: Load, checked: CheckedLog, root: string, plan: Plan): Record<string, string> {
  const cpuMs = [...load.lasting, ...load.visitors].reduce((sum, { summary }) => sum + (summary?.cpuMs ?? 0), 0);
  return {
    "processor time of all processes, of one core": `${((cpuMs / plan.loadMs) * 100).toFixed(0)} %`,
    "events per commit": (checked.events / Math.max(1, checked.commits)).toFixed(2),
    "manifest at the end, KB": (sizeOf(join(root, "log", "manifest.ndjson")) / 1024).toFixed(0),
    "minutes of load": (plan.loadMs / 60_000).toFixed(1),
    "steps per second of each appender": String(plan.rate),
  };
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** Every byte verified, and every projection refolded and compared with what is served. */
async function wholeness(root: string): Promise<{ facts: Record<string, string>; failures: TortureFailure[] }> {
  try {
    await using book = await openDaybook(root);
    const { ok, faults, notes, events, segments } = await book.verify({ full: true });
    const failures: TortureFailure[] = ok ? [] : faults.map(({ segment, offset, message }) => ({ where: `verify --full: ${segment}@${offset}`, problem: message }));
    failures.push(...notes.map((note) => ({ where: "verify --full", problem: note })));
    const rebuilt = await book.rebuild();
    for (const { name, drift, failure } of rebuilt.projections) {
      if (failure !== undefined) failures.push({ where: `rebuild of ${name}`, problem: failure });
      if (drift.length > 0) failures.push({ where: `rebuild of ${name}`, problem: `${drift.length} places have drifted: ${JSON.stringify(drift[0])}` });
    }
    const view = JSON.stringify(await book.view("runs")).length;
    return { facts: { "events and segments in the end": `${events.toLocaleString("en-US")}, ${segments}`, "run view in the end, KB (grows with the attempts)": (view / 1024).toFixed(0) }, failures };
  } catch (error) {
    return { facts: {}, failures: [{ where: "opening after the load", problem: String(error) }] };
  }
}
