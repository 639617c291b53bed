import { join } from "node:path";
import { mkdirSync } from "node:fs";
import { Findings } from "../data/findings.js";
import { withoutWarnings } from "../data/quiet.js";
import { inScratch } from "../data/scratch.js";
import { Seeded } from "../data/seeded.js";
import type { SuiteReport, TortureContext, TortureSuite } from "../suite.js";
import { faultsOf, isHarmless, needsRoom } from "./disk.js";
import { scenarios } from "./scenarios.js";
import { runTrial } from "./trial.js";
import type { Stage } from "./trial.js";

/** In the short form, from every so many calls on all writes fail. */
const persistentEvery = 10;

async function run(context: TortureContext): Promise<SuiteReport> {
  const findings = new Findings(context.seed);
  const random = new Seeded(context.seed);
  return inScratch((folder) =>
    withoutWarnings(async () => {
      const stages: Stage[] = [];
      for (const [index, scenario] of scenarios.entries()) {
        if (process.env["ONLY"] !== undefined && process.env["ONLY"] !== String(index)) continue;
        const template = join(folder, `template-${index}`);
        mkdirSync(template);
        await scenario.prepare(template);
        for (const behind of [false, true]) if (!behind || scenario.options?.readOnly !== true) stages.push({ scenario, template, folder, behind });
      }
      let refused = 0;
      for (const [index, stage] of stages.entries()) {
        context.progress(index, stages.length, stage.scenario.name);
        refused += await tryEveryCall(stage, context, findings, random);
      }
      return findings.report({ "calls that were refused with a typed error": String(refused) });
    }),
  );
}

/** Every call of a scenario fails in turn. Gives how many operations were refused. */
async function tryEveryCall(stage: Stage, context: TortureContext, findings: Findings, random: Seeded): Promise<number> {
  const what = `${stage.scenario.name}${stage.behind ? ", another handle appends behind" : ""}`;
  const clean = await runTrial(stage, () => undefined, true);
  if (process.env["ONLY"] !== undefined) console.error(what, clean.calls.length);
  for (const problem of clean.problems) findings.fail(`${what}, no fault`, problem);
  let refused = 0;
  const long = context.form === "long";
  const every = long ? 1 : context.form === "sabotage" ? 7 : stage.behind ? 5 : 1;
  for (const [position, call] of clean.calls.entries()) {
    const failing = position + 1;
    if (failing % every !== 0) continue;
    const all = faultsOf(call);
    for (const fault of long ? all : [random.pick(all)]) {
      const trial = await runTrial(stage, (_call, index) => (index === failing ? fault : undefined), isHarmless(fault));
      refused += trial.refused;
      findings.count(`one call: ${fault?.error ?? "short"}${fault !== undefined && "short" in fault && fault.error !== undefined ? ", short" : ""}`);
      for (const problem of trial.problems) findings.fail(`${what}: ${JSON.stringify(fault)} at call ${failing}, ${call}`, problem);
    }
    if (!long && failing % persistentEvery !== 0) continue;
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

/** Fails each system call of each operation. */
export const suite: TortureSuite = {
  name: "faults",
  promise: "A failing disk gives typed errors; what was acknowledged is there, what was refused is not (after a failed sync it may be, whole), and the log opens unaided.",
  method:
    "",
  gaps: [],
  notices: ["quarantine"],
  run,
};
