import type { Command } from "commander";
import type { RunRecord } from "../../../src/index.js";
import type { MissingFile } from "../../../src/ledgers/projects/aggregate.js";
import { collect } from "../assignments.js";
import { nowOf, readBook } from "../book.js";
import { UsageError } from "../errors.js";
import { helpText } from "../help.js";
import { print, printJsonLines, say } from "../output.js";
import { clean, counted } from "../text.js";
import type { Verb } from "../verb.js";

interface AggregateVerbOptions {
  readonly file: string;
  readonly relpath?: string;
  readonly by?: string;
  readonly format?: string;
  readonly where?: readonly string[];
  readonly onConflict?: string;
  readonly strict?: boolean;
}

const shownMissing = 10;

/** `daybook aggregate` */
export const aggregateVerb: Verb = {
  name: "aggregate",
  asOf: true,
  configure: (command: Command) =>
    void command
      .description("join the JSON files that runs have attached into one table")
      .argument("<ident...>", "identifiers; their runs stand in one row if they have the same uid (or parameters)")
      .requiredOption("--file <name>", "the name under which the files are attached, such as metrics")
      .option("--relpath <path>", "where the runs are (default: the root)")
      .option("--by <what>", "uid, or params: runs with the same parameters (default: uid)")
      .option("--format <format>", "table, csv or json (default: table)")
      .option("--where <condition>", "of which runs, as in `daybook runs`; repeated: all of them", collect)
      .option("--on-conflict <how>", "of a key of several identifiers: prefix (train.loss, eval.loss) or last (the later one counts) (default: prefix)")
      .option("--strict", "end with 1 if a file cannot be had")
      .addHelpText("after", helpText(
        [
          ["daybook aggregate train eval --file metrics", "one row per uid, with what metrics.json of both holds"],
          ["daybook aggregate train eval --file metrics --by params --format csv > table.csv", "joined by parameters; missing files are told of on stderr"],
          ["daybook aggregate train --file metrics --where status=DONE --json | jq .loss", "one JSON object per row"],
        ],
        "0 ok; 1 with --strict, a file cannot be had (FILES_MISSING); no daybook there, or a damaged one; 2 wrong usage",
        "Nested keys are joined by dots; lists are JSON text. In CSV a quote stands before texts that a spreadsheet would take for a formula.\nWith --at it is the runs of then, and the files that they had; what is in these files is read as it is now.",
      )),
  run: async (context, command) => {
    const options = command.opts<AggregateVerbOptions>();
    const by = oneOf("--by", options.by ?? "uid", ["uid", "params"] as const);
    const format = oneOf("--format", options.format ?? (context.json ? "json" : "table"), ["table", "csv", "json"] as const);
    const onConflict = oneOf("--on-conflict", options.onConflict ?? "prefix", ["prefix", "last"] as const);
    const { parseRunExpression } = await import("../../../src/index.js");
    const conditions = await Promise.all((options.where ?? []).map((text) => parseRunExpression(text, "--where")));
    return readBook(context, async (book) => {
      const now = nowOf(book);
      const where = (record: RunRecord): boolean => conditions.every((condition) => condition.matches(record, now));
      const [{ aggregateRuns, sourceOf }, { noteUnseen }] = await Promise.all([import("../../../src/ledgers/projects/aggregate.js"), import("../unseen.js")]);
      const source = sourceOf(book.runs);
      if (conditions.length > 0) noteUnseen(await book.runs.list(), [{ option: "--where", paths: conditions.flatMap((one) => one.fields) }], context.json);
      const join = { by, onConflict, onMissing: options.strict === true ? "throw" : "list", ...(conditions.length === 0 ? {} : { where }) } as const;
      if (format === "json") {
        const { rows, missing } = await aggregateRuns(source, options.relpath ?? "", command.args, options.file, join);
        await printJsonLines(rows);
        tellMissing(missing, context.json);
        return 0;
      }
      const { text, missing } = await aggregateRuns(source, options.relpath ?? "", command.args, options.file, { ...join, format });
      await print(text);
      if (text === "") say(`daybook: none of the runs of ${command.args.map(clean).join(", ")} has a file ${clean(options.file)} that can be had`);
      tellMissing(missing, context.json);
      return 0;
    });
  },
};

function oneOf<const Name extends string>(option: string, given: string, names: readonly Name[]): Name {
  const found = names.find((name) => name === given);
  if (found === undefined) throw new UsageError(`${option} ${given}: it must be one of ${names.join(", ")}`);
  return found;
}

function tellMissing(missing: readonly MissingFile[], json: boolean): void {
  if (json) {
    for (const one of missing) say(JSON.stringify({ missing: one }));
    return;
  }
  for (const { run, why, message } of missing.slice(0, shownMissing)) say(`daybook: missing: ${clean(run)}: ${clean(message)} (${why})`);
  if (missing.length > shownMissing) say(`daybook: missing: ${counted(missing.length - shownMissing, "more file")}; --json lists all`);
}
