import type { Command } from "commander";
import type { Daybook } from "../../../src/index.js";
import type { OperationState } from "../../../src/operations.js";
import { nowOf, readBook } from "../book.js";
import { UsageError } from "../errors.js";
import { helpText } from "../help.js";
import { wholeNumber } from "../numbers.js";
import { print, printJsonLines } from "../output.js";
import { readSince } from "../since.js";
import type { Context, Verb } from "../verb.js";
import { readOperations } from "./catalogue.js";

interface ListOptions {
  readonly state?: string;
  readonly by?: string;
  readonly since?: string;
  readonly limit?: number;
}

const states: readonly OperationState[] = ["running", "cleanup", "completed", "failed"];

/** `daybook operations ls` */
export const lsVerb: Verb = {
  name: "ls",
  asOf: true,
  configure: (command: Command) =>
    void command
      .description("list operations, the newest last")
      // A word too many may be a verb that there is not.
      .allowExcessArguments(true)
      .option("--state <state>", `only those that are ${states.join(", ")}`)
      .option("--by <participant>", "only those that this participant created")
      .option("--since <time>", "only those created since then: a date, a time, or how long ago (2h, 3d)")
      .option("--limit <n>", "at most the newest n", wholeNumber(0))
      .addHelpText("after", helpText(
        [
          ["daybook operations ls", "all of them: state, how long, calls by outcome, who is in it"],
          ["daybook operations ls --state failed --since 1d", "what failed since yesterday, and why"],
          ["daybook --json operations ls --limit 1 | jq -r .operationId", "one JSON object per operation"],
        ],
        "0 ok, also when there are none; 1 no daybook there, or a damaged one; 2 wrong usage",
      )),
  run: (context, command) => {
    if (command.args.length > 0) throw new UsageError(`${command.args[0]} is no verb of operations; \`daybook operations show ${command.args[0]}\` shows one`);
    const options = command.opts<ListOptions>();
    if (options.state !== undefined && !states.includes(options.state as OperationState)) throw new UsageError(`--state ${options.state}: it must be one of ${states.join(", ")}`);
    return readBook(context, (book) => list(context, book, options));
  },
};

async function list(context: Context, book: Daybook, { state, by, since, limit }: ListOptions): Promise<number> {
  const sinceMs = since === undefined ? -Infinity : readSince(since, nowOf(book));
  const all = await readOperations(book);
  const meant = all.filter((row) => (state === undefined || row.state === state) && (by === undefined || row.initiator === by) && Date.parse(row.time) >= sinceMs);
  const shown = limit === undefined ? meant : meant.slice(Math.max(0, meant.length - limit));
  if (context.json) {
    await printJsonLines(shown);
    return 0;
  }
  const { operationsTable } = await import("./operations-table.js");
  const none = all.length === 0 ? `No operations in ${book.root}${book.asOf === undefined ? " yet" : " then"}.` : "None of them is such.";
  await print(`${(shown.length > 0 ? await operationsTable(shown, nowOf(book)) : [none]).join("\n")}\n`);
  return 0;
}
