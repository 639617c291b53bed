import { join } from "node:path";
import { mkdirSync } from "node:fs";
import { Findings } from "../data/findings.js";
import { withoutWarnings } from "../data/quiet.js";
import { inScratch } from "../data/scratch.js";
import { Seeded } from "../data/seeded.js";
import type { SuiteReport, TortureContext, TortureSuite } from "../suite.js";
import type { Fault, FileCall } from "../../support/faulty-files.js";
import { faultsOf, isHarmless, needsRoom } from "./disk.js";
import type { Plan } from "./disk.js";
import { scenarios } from "./scenarios.js";
import { runTrial } from "./trial.js";
import type { Stage } from "./trial.js";

/** In the short form, for one in so many calls all writes fail from it on. */
const persistentEvery = 4;

async function run(context: TortureContext): Promise<SuiteReport> {
  const findings = new Findings(context.seed);
  const random = new Seeded(context.seed);
  return inScratch((folder) =>
    withoutWarnings(async () => {
      const stages: Stage[] = [];
      for (const [index, scenario] of scenarios.entries()) {
        if (context.form === "sabotage" && scenario.name !== "a torn tail") continue;
        const template = join(folder, `template-${index}`);
        mkdirSync(template);
        await scenario.prepare(template);
        for (const behind of ["nobody", "handle"] as const) if (behind === "nobody" || scenario.options?.readOnly !== true) stages.push({ scenario, template, folder, behind });
      }
      let refused = 0;
      for (const [index, stage] of stages.entries()) {
        context.progress(index, stages.length, stage.scenario.name);
        refused += await tryEveryCall(stage, context, findings, random);
      }
      refused += await tryAlong(stages, context, findings, random);
      return findings.report({ "calls that were refused with a typed error": String(refused) });
    }),
  );
}

/**
 * A fault at one call. What is done in the background moves the calls about a little from trial to trial, and a fault fits calls of its name only:
 * it strikes the first of them from the place on where one was seen.
 */
function once(call: FileCall, from: number, fault: Fault): Plan {
  let struck = false;
  return (now, index) => {
    if (struck || index < from || now !== call) return undefined;
    struck = true;
    return fault;
  };
}

/** Every call of a scenario fails in turn. Gives how many operations were refused. */
async function tryEveryCall(stage: Stage, context: TortureContext, findings: Findings, random: Seeded): Promise<number> {
  const what = `${stage.scenario.name}${stage.behind === "nobody" ? "" : `, a ${stage.behind} appends behind`}`;
  const clean = await runTrial(stage, () => undefined, true);
  for (const problem of clean.problems) findings.fail(`${what}, no fault`, problem);
  let refused = 0;
  const long = context.form === "long";
  const every = long ? 1 : context.form === "sabotage" ? 29 : stage.behind === "handle" ? 17 : 4;
  for (const [position, call] of clean.calls.entries()) {
    const failing = position + 1;
    if ((failing + context.seed) % every !== 0) continue;
    const all = faultsOf(call);
    for (const fault of long ? all : [random.pick(all)]) {
      const trial = await runTrial(stage, once(call, failing, fault), isHarmless(fault));
      refused += trial.refused;
      findings.count(`one call: ${fault?.error ?? "short"}${fault !== undefined && "short" in fault && fault.error !== undefined ? ", short" : ""}`);
      for (const problem of trial.problems) findings.fail(`${what}: ${JSON.stringify(fault)} at call ${failing}, ${call}`, problem);
    }
    if (!long && Math.floor(failing / every) % persistentEvery !== 0) continue;
    const errors = ["ENOSPC", "EDQUOT", "EIO"] as const;
    for (const error of long ? errors : [random.pick(errors)]) {
      const trial = await runTrial(stage, (now, index, args) => (index >= failing && needsRoom(now, args) ? { error } : undefined), false);
      refused += trial.refused;
      findings.count("every write from a call on, until the disk is freed");
      for (const problem of trial.problems) findings.fail(`${what}: ${error} from call ${failing} on`, problem);
    }
  }
  return refused;
}

/** Calls fail at random while a real process appends along. */
async function tryAlong(stages: readonly Stage[], context: TortureContext, findings: Findings, random: Seeded): Promise<number> {
  if (context.form === "sabotage") return 0;
  let refused = 0;
  const alone = stages.filter(({ behind }) => behind === "nobody");
  for (let round = 0; round < (context.form === "long" ? 400 : 9); round += 1) {
    const stage: Stage = { ...(alone[round % alone.length] as Stage), behind: "process" };
    const every = 20 + random.below(100);
    const trial = await runTrial(stage, (call) => (random.below(every) === 0 ? random.pick(faultsOf(call)) : undefined), false);
    refused += trial.refused;
    findings.count("works with faults at random while a real process appends along");
    for (const problem of trial.problems) findings.fail(`${stage.scenario.name}, a process appends along, round ${round}, a fault every ${every} calls`, problem);
  }
  return refused;
}

/** Fails each system call of each operation. */
export const suite: TortureSuite = {
  name: "faults",
  promise: "A failing disk gives typed errors; what was acknowledged is there, what was refused is not (after a failed sync it may be, whole), and the log opens unaided.",
  method:
    "Creating, opening (new, existing, behind a torn tail, with a mark of a failed sync, read-only), appending (alone, in groups, with an id, with an expectation, without a sync), decisions, run ledger calls, rotation, " +
    "sealing, quarantine, snapshots, reading, checking and rebuilding are done on a file system that fails one call of the work after the other: EIO, ENOSPC, EDQUOT, EMFILE, EINTR, short writes and reads, failing syncs; " +
    "then every write from a call on, until the disk is freed. Also while another handle appends between the steps, and with faults at random while a real process appends along. After each, what every caller was told is " +
    "held against the log as a reader written from docs/format.md reads it; errors are typed, no descriptor is left open, views equal a refold, the log opens unaided and passes a full check. The short form tries a part of the calls, another one for each seed.",
  gaps: [
    "EINTR is injected at reads and writes: libuv repeats the other calls itself.",
    "Files that are not the log's own (run folders, the lock file) are made past the failing file system.",
    "A disk that reports success and lies is the power-loss suite's.",
  ],
  notices: ["quarantine"],
  run,
};
