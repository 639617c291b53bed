import type { Command } from "commander";
import type { Daybook, RunRecord } from "../../../src/index.js";
import { collect } from "../assignments.js";
import { readBook } from "../book.js";
import { UsageError } from "../errors.js";
import { helpText } from "../help.js";
import { wholeNumber } from "../numbers.js";
import { print, printJsonLines } from "../output.js";
import { orderBy } from "../record-fields.js";
import { readRunScope } from "../run-address.js";
import { runsTable } from "../runs-table.js";
import { counted } from "../text.js";
import type { Context, Verb } from "../verb.js";
import { readCondition } from "../where.js";
import type { Condition } from "../where.js";

interface RunsOptions {
  readonly status?: string;
  readonly tag?: readonly string[];
  readonly where?: readonly string[];
  readonly sort?: string;
  readonly limit?: number;
  readonly columns?: string;
}

const states = ["PENDING", "RUNNING", "DONE", "ERROR", "LIVE", "LOST", "ENDED", "UNKNOWN"];

/** `daybook runs` */
export const runsVerb: Verb = {
  name: "runs",
  configure: (command: Command) =>
    void command
      .description("list runs, with the parameters that vary and their metrics")
      .argument("[scope]", "IDENT or IDENT/RELPATH (with everything below it); default: all")
      .option("--status <list>", "only these, joined by commas: PENDING, RUNNING, DONE, ERROR; or by liveness: live, lost, ended, unknown")
      .option("--tag <tag>", "only runs with this tag; repeated: with all of them", collect)
      .option("--where <condition>", "FIELD=VALUE, also != < <= > >=; repeated: all of them", collect)
      .option("--sort <field>", "such as metrics.accuracy, or -metrics.accuracy for the largest first; runs without it come last")
      .option("--limit <n>", "at most so many", wholeNumber(0))
      .option("--columns <list>", "fields to show, joined by commas")
      .addHelpText("after", helpText(
        [
          ["daybook runs", "all runs"],
          ["daybook runs train/mnist --status RUNNING,ERROR", "what is at work, lost or broken below train/mnist"],
          ["daybook runs --where 'params.lr>=0.1' --where metrics.accuracy!=null --sort -metrics.accuracy --limit 3", "the three best"],
          ["daybook runs --columns run,params.lr,metrics.accuracy,duration,note --tag baseline", "chosen columns"],
          ["daybook --json runs | jq -r 'select(.liveness == \"lost\") | .uid'", "complete records, one JSON object per line"],
        ],
        "0 ok, also when there are none; 1 no daybook there, or a damaged one; 2 wrong usage",
        "Fields:\n  run, identifier, relpath, uid, status, liveness, params.KEY, metrics.NAME, tags, note, paramHash, started, ended, duration (ms)",
      )),
  run: (context, command) => {
    const [scope] = command.args;
    const options = command.opts<RunsOptions>();
    const conditions = conditionsOf(options);
    return readBook(context, (book) => listRuns(context, book, scope, conditions, options));
  },
};

async function listRuns(context: Context, book: Daybook, scope: string | undefined, conditions: readonly Condition[], options: RunsOptions): Promise<number> {
  const inScope = scope === undefined ? () => true : await scopeCondition(scope);
  const records = await book.runs.list({
    where: (record) => inScope(record) && conditions.every((condition) => condition(record)),
    ...(options.sort === undefined ? {} : { sort: orderBy(options.sort) }),
    ...(options.limit === undefined ? {} : { limit: options.limit }),
  });
  if (context.json) {
    await printJsonLines(records);
    return 0;
  }
  const lines = records.length === 0 ? await emptyHint(book, scope, options) : await runsTable(records, options.columns);
  await print(`${lines.join("\n")}\n`);
  return 0;
}

async function scopeCondition(text: string): Promise<Condition> {
  const { identifier, relpath } = await readRunScope(text);
  return (record: RunRecord) =>
    record.identifier === identifier && (relpath === "" || record.relpath === relpath || record.relpath.startsWith(`${relpath}/`));
}

function conditionsOf({ status, tag = [], where = [] }: RunsOptions): Condition[] {
  const conditions = [...where.map(readCondition), ...tag.map((one): Condition => (record) => record.tags.includes(one))];
  if (status !== undefined) {
    const wanted = status.split(",").map((one) => one.trim().toUpperCase());
    const unknown = wanted.find((one) => !states.includes(one));
    if (unknown !== undefined) throw new UsageError(`--status ${status}: ${JSON.stringify(unknown)} is none of ${states.slice(0, 4).join(", ")}, live, lost, ended, unknown`);
    conditions.push((record) => wanted.includes(record.status) || wanted.includes(record.liveness.toUpperCase()));
  }
  return conditions;
}

async function emptyHint(book: Daybook, scope: string | undefined, options: RunsOptions): Promise<string[]> {
  const all = (await book.runs.list()).length;
  if (all === 0) return [`No runs in ${book.root} yet. Record one: daybook run train -p lr=0.1 -- python train.py`];
  const hint = scope !== undefined && /\/\d{4,}$/.test(scope) ? `; for a single run: daybook show ${scope}` : "";
  return [options.limit === 0 ? `There are ${counted(all, "run")}.` : `None of the ${counted(all, "run")} in ${book.root} is meant by that${hint}.`];
}
