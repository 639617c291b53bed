import * as fs from "node:fs";
import { Command } from "commander";
import { tour } from "./help.js";
import { readMoment } from "./moment.js";
import { projectionModules } from "./projections.js";
import { resolveRoot } from "./root.js";
import type { Outcome, Verb, VerbGroup } from "./verb.js";
import { aggregateVerb } from "./verbs/aggregate.js";
import { backupVerb } from "./verbs/backup.js";
import { blameVerb } from "./verbs/blame.js";
import { checkpointsVerb } from "./verbs/checkpoints.js";
import { compressVerb } from "./verbs/compress.js";
import { diffVerb } from "./verbs/diff.js";
import { exportVerb } from "./verbs/export.js";
import { hashesVerb } from "./verbs/hashes.js";
import { headVerb } from "./verbs/head.js";
import { historyVerb } from "./verbs/history.js";
import { importVerb } from "./verbs/import.js";
import { keysVerb } from "./verbs/keys.js";
import { logVerb } from "./verbs/log.js";
import { operationsVerb } from "./verbs/operations.js";
import { rebuildVerb } from "./verbs/rebuild-projections.js";
import { repairVerb } from "./verbs/repair.js";
import { runVerb } from "./verbs/run.js";
import { runsVerb } from "./verbs/runs.js";
import { setVerb } from "./verbs/set.js";
import { showVerb } from "./verbs/show.js";
import { statsVerb } from "./verbs/stats.js";
import { sweepVerb } from "./verbs/sweep.js";
import { verifyVerb } from "./verbs/verify.js";
import { viewVerb } from "./verbs/view.js";

const verbs: readonly (Verb | VerbGroup)[] = [
  ...[runVerb, sweepVerb, setVerb, runsVerb, showVerb, historyVerb, blameVerb, diffVerb, aggregateVerb, hashesVerb, checkpointsVerb, operationsVerb],
  ...[logVerb, viewVerb, rebuildVerb, verifyVerb, headVerb, keysVerb, repairVerb, backupVerb, statsVerb, compressVerb, importVerb, exportVerb],
];

/** Builds a program; its verb's exit code goes to `outcome`. */
export type ProgramFactory = (outcome: Outcome) => Command;

/** The `daybook` command with all its verbs. */
export function daybookProgram(outcome: Outcome): Command {
  const program = withGlobals(new Command("daybook"))
    .description("The ledger of your experiment runs: an append-only event log in a folder.")
    .usage("[--root DIR] [--json] <verb> [...]")
    .version(version(), "-V, --version", "print the version")
    .addHelpText("after", tour);
  for (const verb of verbs) {
    if ("verbs" in verb) declareGroup(program.command(verb.name), verb, outcome);
    else declare(program.command(verb.name), verb, outcome);
  }
  return program;
}

/** A verb as a command of its own. */
export function singleVerbProgram(verb: Verb, outcome: Outcome): Command {
  const program = withGlobals(new Command(verb.name)).version(version(), "-V, --version", "print the version");
  declare(program, verb, outcome);
  return program;
}

function withGlobals(program: Command): Command {
  return program
    .option("--root <dir>", "the daybook's folder (default: see below)")
    .option("--json", "one JSON object per line instead of tables")
    .option("--projections <file>", "a module that exports projections of yours, for the verbs about views; repeatable", (file: string, files: readonly string[] = []) => [...files, file])
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: () => undefined })
    .exitOverride();
}

function declareGroup(command: Command, group: VerbGroup, outcome: Outcome): void {
  group.configure(command);
  for (const [index, verb] of group.verbs.entries()) declare(command.command(verb.name, { isDefault: index === 0 }), verb, outcome);
}

function declare(command: Command, verb: Verb, outcome: Outcome): void {
  command.copyInheritedSettings(command.parent ?? command);
  verb.configure(command);
  if (verb.asOf === true) command.option("--at <moment>", "as it stood then: a SEQ (digits), or a time as 2026-11-21T23:04Z, 2026-11-21 23:04 (local), 2h (ago), head");
  command.action(async () => {
    const { root, json = false, at, projections } = command.optsWithGlobals<{ root?: string; json?: boolean; at?: string; projections?: readonly string[] }>();
    // The log's head is where every verb reads without a moment.
    const moment = at === undefined || at === "head" || verb.asOf !== true ? {} : { at: readMoment(at, "--at") };
    let top = command;
    while (top.parent !== null) top = top.parent;
    const { rawArgs } = top as Command & { readonly rawArgs: readonly string[] };
    outcome.exitCode = await verb.run({ root: resolveRoot(root), json, argv: rawArgs, projections: verb.views === true ? projectionModules(projections) : [], ...moment }, command);
  });
}

function version(): string {
  // From dist/tools/cli, here and in the installed package.
  const text = fs.readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
