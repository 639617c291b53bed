import type { Command } from "commander";
import type { Daybook, FieldPath, RunRecord } from "../../../src/index.js";
import { collect } from "../assignments.js";
import { nowOf, readBook } from "../book.js";
import { UsageError } from "../errors.js";
import { helpText } from "../help.js";
import { wholeNumber } from "../numbers.js";
import { print, printJsonLines } from "../output.js";
import { readRunScope } from "../run-address.js";
import { readSince } from "../since.js";
import { counted } from "../text.js";
import type { Context, Verb } from "../verb.js";

/** Says yes or no to a record, as of a time (ms). */
type Condition = (record: RunRecord, now: number) => boolean;

interface RunsOptions {
  readonly status?: string;
  readonly tag?: readonly string[];
  readonly where?: readonly string[];
  readonly sort?: string;
  readonly since?: string;
  readonly limit?: number;
  readonly columns?: string;
}

const fields = `Fields:
  run, identifier, relpath, uid, status, liveness, params.KEY, metrics.NAME, files.NAME, tags, note, paramHash, error.message,
  created, started, ended, active (its last recorded sign of life), duration (ms); keys with odd characters: params["odd.key"]

Expressions:
  = != < <= > >=, and or not (also && || !), in, contains, + - * / %, len(x), lower(x), ( ), [1, 2]; numbers compare with numbers, texts with texts
  params.lr < 0.1 and params.name = adam      status in [DONE, ERROR]      best in tags      started > "2026-11-01"
  A run without the field is neither =, < nor >, but it is != ; FIELD != null says that it has one. All of it: docs/expressions.md`;

const states = ["PENDING", "RUNNING", "DONE", "ERROR", "LIVE", "LOST", "ENDED", "UNKNOWN"];

/** `daybook runs` */
export const runsVerb: Verb = {
  name: "runs",
  asOf: true,
  configure: (command: Command) =>
    void command
      .description("list runs, with the parameters that vary and their metrics")
      .argument("[scope]", "IDENT or IDENT/RELPATH (with everything below it); default: all")
      .option("--status <list>", "only these, joined by commas: PENDING, RUNNING, DONE, ERROR; or by liveness: live, lost, ended, unknown")
      .option("--tag <tag>", "only runs with this tag; repeated: with all of them", collect)
      .option("--where <condition>", "FIELD=VALUE, also != < <= > >=, or an expression (below); repeated: all of them", collect)
      .option("--since <time>", "runs that have shown life since then: 2h, 3d, 2026-11-21, 2026-11-21T23:04Z (no zone: local time)")
      .option("--sort <fields>", "such as metrics.accuracy, or -metrics.accuracy,params.lr: a dash for the largest first, a comma before the next; runs without a field come last")
      .option("--limit <n>", "at most so many", wholeNumber(0))
      .option("--columns <list>", "fields to show, joined by commas")
      .addHelpText("after", helpText(
        [
          ["daybook runs", "all runs"],
          ["daybook runs train/mnist --status RUNNING,ERROR", "what is at work, lost or broken below train/mnist"],
          ["daybook runs --where 'params.lr>=0.1' --where metrics.accuracy!=null --sort -metrics.accuracy,params.lr --limit 3", "the three best"],
          ["daybook runs --where 'params.lr < 0.1 and (best in tags or metrics.val.acc > 0.9)'", "an expression"],
          ["daybook runs --since 2h --status lost,error", "what broke in the last two hours"],
          ["daybook runs --columns run,params.lr,metrics.accuracy,duration,note --tag baseline", "chosen columns"],
          ["daybook runs --at 2026-11-21 --status running", "what was at work when that day began"],
          ["daybook --json runs | jq -r 'select(.liveness == \"lost\") | .uid'", "complete records, one JSON object per line"],
        ],
        "0 ok, also when there are none; 1 no daybook there, or a damaged one; 2 wrong usage",
        fields,
      )),
  run: async (context, command) => {
    const [scope] = command.args;
    const options = command.opts<RunsOptions>();
    const question = await readQuestion(options);
    return readBook(context, (book) => listRuns(context, book, scope, question, options));
  },
};

/** What was asked for, checked before anything is opened. */
interface Question {
  readonly conditions: readonly Condition[];
  readonly columns: readonly FieldPath[] | undefined;
  /** The fields that were named, by the option that named them. */
  readonly asked: readonly { readonly option: string; readonly paths: readonly FieldPath[] }[];
}

async function readQuestion(options: RunsOptions): Promise<Question> {
  const [{ lastActive, parseRunExpression, readRunOrder }, { readColumns }] = await Promise.all([import("../../../src/index.js"), import("../runs-table.js")]);
  const expressions = await Promise.all((options.where ?? []).map((text) => parseRunExpression(text, "--where")));
  // Read now, so that it is refused before anything is opened; "ago" is before the moment that is looked at.
  if (options.since !== undefined) readSince(options.since, 0);
  const since = (now: number): number | undefined => (options.since === undefined ? undefined : readSince(options.since, now));
  const columns = options.columns === undefined ? undefined : readColumns(options.columns);
  return {
    conditions: [
      ...conditionsOf(options),
      ...(options.since === undefined ? [] : [(record: RunRecord, now: number) => Date.parse(lastActive(record) ?? "") >= (since(now) ?? 0)]),
      ...expressions.map(({ matches }): Condition => (record, now) => matches(record, now)),
    ],
    columns,
    asked: [
      { option: "--where", paths: expressions.flatMap((one) => one.fields) },
      { option: "--sort", paths: options.sort === undefined ? [] : readRunOrder(options.sort).map(({ path }) => path) },
      { option: "--columns", paths: columns ?? [] },
    ],
  };
}

async function listRuns(context: Context, book: Daybook, scope: string | undefined, question: Question, options: RunsOptions): Promise<number> {
  const inScope = scope === undefined ? () => true : await scopeCondition(scope);
  const seen: RunRecord[] = [];
  const now = nowOf(book);
  const records = await book.runs.list({
    where: (record) => {
      seen.push(record);
      return inScope(record, now) && question.conditions.every((condition) => condition(record, now));
    },
    ...(options.sort === undefined ? {} : { sort: options.sort }),
    ...(options.limit === undefined ? {} : { limit: options.limit }),
  });
  const { noteUnseen } = await import("../unseen.js");
  noteUnseen(seen, question.asked, context.json);
  if (context.json) {
    await printJsonLines(records);
    return 0;
  }
  const { runsTable } = await import("../runs-table.js");
  const lines = records.length === 0 ? await emptyHint(book, scope, options) : await runsTable(records, question.columns, now);
  await print(`${lines.join("\n")}\n`);
  return 0;
}

async function scopeCondition(text: string): Promise<Condition> {
  const { identifier, relpath } = await readRunScope(text);
  return (record: RunRecord) =>
    record.identifier === identifier && (relpath === "" || record.relpath === relpath || record.relpath.startsWith(`${relpath}/`));
}

function conditionsOf({ status, tag = [] }: RunsOptions): Condition[] {
  const conditions = tag.map((one): Condition => (record) => record.tags.includes(one));
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
  if (all === 0) return [book.asOf === undefined ? `No runs in ${book.root} yet. Record one: daybook run train -p lr=0.1 -- python train.py` : `There were no runs in ${book.root} then.`];
  const hint = scope !== undefined && /\/\d{4,}$/.test(scope) ? `; for a single run: daybook show ${scope}` : "";
  return [options.limit === 0 ? `There are ${counted(all, "run")}.` : `None of the ${counted(all, "run")} in ${book.root} is meant by that${hint}.`];
}
