/** `npm run torture`: arguments in, exit code out. */
import { randomInt } from "node:crypto";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { flushStandardStreams, onBrokenPipe, say } from "../../tools/cli/output.js";
import { Runner } from "./runner.js";
import { isSabotage } from "./sabotage/environment.js";
import { sabotages } from "./suite.js";
import type { Form, Sabotage } from "./suite.js";
import { suiteNames } from "./suites.js";

const help = `
Examples:
  $ npm run torture
      every suite in its form for CI, then each again without the safeguards that it must miss
  $ npm run torture -- --suite endurance --seed 4711
      one suite, repeated with the seed that an earlier run printed
  $ npm run torture -- --form long --suite crash-matrix --report docs/reliability.json
      the long form, suite by suite; each run takes its place in the report, and \`npm run torture:docs\` makes docs/reliability.md of it
  $ npm run torture -- --suite endurance --sabotage lock
      what a suite finds when the log has no lock: it has to be red

Forms:
  ci        minutes for all suites together
  long      by hand: an hour for endurance, 10,000 crashes, ...
  sabotage  seconds: no more than makes a missing safeguard show

Sabotage: a loader hook takes one safeguard out of the log (${sabotages.join(", ")}),
  in every process and thread of a suite. A suite that stays green without a safeguard it relies on proves nothing; so each suite is run
  without each of those that it names, and must be red; and once with nothing off, and must be green.

Environment:
  DAYBOOK_ENDURANCE_RATE      steps per second of each appender of endurance
  DAYBOOK_ENDURANCE_MINUTES   how long its load lasts

Seeds: every randomness of a suite comes from its seed. Where processes race, the machine has a say too.

Exit codes:
  0 all as it must be; 1 a failure, or a sabotage that was not noticed; 2 wrong usage
`;

interface Options {
  readonly form: Form;
  readonly suite: readonly string[];
  readonly seed?: number;
  readonly sabotage?: Sabotage;
  readonly skipSabotage?: true;
  readonly report?: string;
}

const program = new Command("torture")
  .description("Tries to make daybook lose, break or invent something, and says what was tried and found.")
  .usage("[--form FORM] [--suite NAME]... [--seed N] [...]")
  .addOption(new Option("--form <form>", "how long: ci, long or sabotage").choices(["ci", "long", "sabotage"]).default("ci"))
  .addOption(new Option("--suite <name>", `one suite; can be repeated (default: all, which are ${suiteNames.join(", ")})`).argParser(oneMoreSuite).default([], "all"))
  .addOption(new Option("--seed <number>", "what all randomness comes from (default: a new one, which is printed)").argParser(wholeNumber))
  .addOption(new Option("--sabotage <name>", "run the suites without this safeguard, and nothing else").argParser(oneSabotage))
  .option("--skip-sabotage", "only the suites")
  .option("--report <file>", "keep what was found as JSON; the suites of an earlier run that are not run now stay in it")
  .addHelpText("after", help)
  .allowExcessArguments(false)
  .configureOutput({ outputError: (text, write) => write(`${text.trimEnd()}; see --help\n`) })
  .exitOverride();

function oneMoreSuite(name: string, before: readonly string[]): readonly string[] {
  if (!suiteNames.includes(name)) throw new InvalidArgumentError(`It must be one of ${suiteNames.join(", ")}.`);
  return before.includes(name) ? before : [...before, name];
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!/^[0-9]+$/.test(text) || number > 0x7fffffff) throw new InvalidArgumentError("It must be a whole number from 0 to 2147483647.");
  return number;
}

function oneSabotage(name: string): Sabotage {
  if (!isSabotage(name)) throw new InvalidArgumentError(`It must be one of ${sabotages.join(", ")}.`);
  return name;
}

async function main(): Promise<number> {
  onBrokenPipe(() => process.exit(1));
  const stop = new AbortController();
  // The suites have process groups of their own, which the terminal's signals do not reach.
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) process.once(signal, () => stop.abort(code));
  try {
    program.parse();
    const { form, suite, seed = randomInt(0x7fffffff), sabotage, skipSabotage = false, report } = program.opts<Options>();
    const suites = suite.length === 0 ? suiteNames : suite;
    return (await new Runner({ suites, form, seed, sabotage, skipSabotage, report, signal: stop.signal }).run()) ? 0 : 1;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (stop.signal.aborted) return stop.signal.reason as number;
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return 1;
  }
}

process.exitCode = await main();
await flushStandardStreams();
process.exit();
