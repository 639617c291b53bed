import type { SweepReport } from "../../../src/projects.js";
import { collect } from "../assignments.js";
import { openForWriting, readBook } from "../book.js";
import { commandBehindDashes, checkNames } from "../command-line.js";
import { UsageError } from "../errors.js";
import { helpText } from "../help.js";
import { wholeNumber } from "../numbers.js";
import { printJsonLines } from "../output.js";
import { isRoot } from "../root.js";
import type { SetOptions } from "../sweep/read-sweep-options.js";
import type { Context, Verb } from "../verb.js";

interface SweepVerbOptions extends SetOptions {
  readonly jobs?: number;
  readonly retries?: number;
  readonly metric?: string;
  readonly goal?: string;
  readonly relpath?: string;
  readonly tag?: readonly string[];
  readonly dryRun?: boolean;
}

/** The end of a run of many hours is worth waiting for the lock. */
const lockTimeoutMs = 60_000;

const mostJobs = 10_000;

/** `daybook sweep` */
export const sweepVerb: Verb = {
  name: "sweep",
  configure: (command) =>
    void command
      .description("run a command for every combination of parameters, each a tracked run; again, to go on where it was stopped")
      .usage("IDENT --grid k=a,b,c... | --file FILE [options] -- CMD...")
      .argument("<ident>", "what the runs are called, such as train")
      .argument("[cmd...]", "the command and its arguments, behind --; no shell is involved")
      .option("--grid <k=a,b,c>", "a parameter and its values, each read as by -p; repeated: all combinations, the last one changing fastest", collect)
      .option("--file <file>", "the sets from a .yaml, .yml or .json file instead (docs/sweeps.md)")
      .option("-p, --param <k=v>", "a parameter that is the same in all sets, and overrules a file; repeated", collect)
      .option("--sample <n>", "so many of the sets, drawn at random", wholeNumber(1))
      .option("--seed <s>", "decides the sample (default: 0)", wholeNumber(0))
      .option("-j, --jobs <n>", "how many commands at a time (default: 1)", wholeNumber(1))
      .option("--retries <n>", "further attempts at once for a set that fails (default: 0)", wholeNumber(0))
      .option("--metric <name>", "show the best run by this metric; needs --goal")
      .option("--goal <goal>", "max or min")
      .option("--relpath <path>", "sub-folder namespace, such as mnist/cnn")
      .option("--tag <tag>", "adds a tag to new runs; repeated", collect)
      .option("--dry-run", "only show the sets, their commands, and what would be done about them")
      .addHelpText("after", helpText(
        [
          ["daybook sweep train --grid lr=0.1,0.01 --grid model.width=8,16 -- python train.py --lr {lr} --width {model.width}", "four runs, one after the other"],
          ["daybook sweep train --file grid.yaml --jobs 4 --metric accuracy --goal max -- python train.py", "four at a time, the best so far beside the bar; train.py reads $DAYBOOK_PARAMS"],
          ["daybook sweep train --grid lr=0.1,0.03,0.01 --grid seed=1,2,3 --sample 5 --seed 7 -p epochs=10 -- ./train.sh", "random search; the same seed draws the same five"],
          ["daybook sweep train --file grid.yaml --dry-run -- python train.py --lr {lr}", "what would be run"],
        ],
        "0 every set is DONE; 1 some have failed, or could not be recorded; 2 wrong usage; 128+n stopped by signal n",
        `Going on:
  The same command again skips what is DONE, and takes up what has failed, was stopped, or was lost with a killed process, as
  further attempts of the same runs. Several at once, also of different terminals, share the work: each set is run once, and each of
  them ends when all sets are at their end. Ctrl-C is passed on to the commands, and nothing new begins; a second Ctrl-C kills them. If daybook
  itself is killed, its commands are killed too.

The command gets what a command of \`daybook run\` gets: DAYBOOK_PARAMS, DAYBOOK_RUN_DIR and the other variables; a metrics.json is taken
  up; exit code 0 is DONE. Its input is empty, it has no terminal, and its output goes to attempt-N.stdout.log and attempt-N.stderr.log in its
  run's folder.

Placeholders:
  {lr} in the command stands for that parameter's value, {model.width} for a nested one: a text as it is, all else as JSON. What names no
  parameter of the set stays as it is, and so does a shell's \${lr}; {{lr}} stands for {lr} itself. Text that becomes part of a shell script is read by
  the shell: there, use "$DAYBOOK_PARAMS", or arguments: sh -c 'train "$1"' sh {name}

Output:
  On a terminal a bar on stderr, else a line per run. With --json, one line on stdout for every set as it ends (also those that were DONE:
  "reused"), and a last one {"summary": ...}.`,
      )),
  run: async (context, command) => {
    const options = command.opts<SweepVerbOptions>();
    const [identifier = ""] = command.args;
    const template = commandBehindDashes(context.argv, command, "daybook sweep IDENT --grid k=a,b,c [options] -- CMD...");
    const relpath = await checkNames(identifier, options);
    const goal = readGoal(options);
    if ((options.jobs ?? 1) > mostJobs) throw new UsageError(`--jobs ${options.jobs}: at most ${mostJobs}`);
    const { readSweepOptions } = await import("../sweep/read-sweep-options.js");
    const sweep = await readSweepOptions(options);
    const place = { identifier, relpath };
    if (options.dryRun === true) {
      const { dryRun } = await import("../sweep/dry-run.js");
      const show = async (book?: Parameters<typeof dryRun>[0]): Promise<number> => dryRun(book, place, sweep, template, context.json).then(() => 0);
      return isRoot(context.root) ? readBook(context, show) : show();
    }
    const { runCommands } = await import("../sweep/run-commands.js");
    const settings = { concurrency: options.jobs ?? 1, retries: options.retries ?? 0, ...goal };
    await using book = await openForWriting(context.root, { lockTimeoutMs });
    const outcome = await runCommands({ book, place, sweep, template, settings, tags: options.tag ?? [], json: context.json });
    if (outcome.report === undefined) return outcome.exitCode;
    return finish(context, outcome.report);
  },
};

async function finish({ json }: Context, report: SweepReport): Promise<number> {
  if (json) {
    const { failures: _, ...summary } = report;
    await printJsonLines([{ summary }]);
  }
  return report.done === report.total ? 0 : 1;
}

function readGoal({ metric, goal }: SweepVerbOptions): { metric?: string; goal?: "max" | "min" } {
  if (metric === undefined && goal === undefined) return {};
  if (metric === undefined) throw new UsageError("--goal belongs to --metric NAME");
  if (metric === "") throw new UsageError("--metric needs a name");
  if (goal !== "max" && goal !== "min") throw new UsageError(`--metric ${metric} needs --goal max or --goal min`);
  return { metric, goal };
}
