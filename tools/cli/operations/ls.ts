import type { Command } from "commander";
import type { Daybook } from "../../../src/index.js";
import type { OperationQuery, OperationState } from "../../../src/operations.js";
import { nowOf, readBook } from "../book.js";
import { UsageError } from "../errors.js";
import { helpText } from "../help.js";
import { wholeNumber } from "../numbers.js";
import { print, printJsonLines } from "../output.js";
import { readSince } from "../since.js";
import type { Context, Verb } from "../verb.js";
import { withLedger } from "./catalogue.js";

interface ListOptions {
  readonly state?: string;
  readonly by?: string;
  readonly participant?: string;
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
      .option("--participant <participant>", "only those that this participant was in")
      .option("--since <time>", "only those created since then: a date, a time, or how long ago (2h, 3d)")
      .option("--limit <n>", "at most the newest n", wholeNumber(1))
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

async function list(context: Context, book: Daybook, { state, by, participant, since, limit }: ListOptions): Promise<number> {
  const query: OperationQuery = {
    ...(state === undefined ? {} : { state: state as OperationState }),
    ...(by === undefined ? {} : { initiator: by }),
    ...(participant === undefined ? {} : { participant }),
    ...(since === undefined ? {} : { since: new Date(readSince(since, nowOf(book))) }),
    ...(limit === undefined ? {} : { limit }),
  };
  // Below each other, the newest is nearest to the next prompt.
  const shown = await withLedger(book, async (ledger) => (await ledger.operations(query)).reverse());
  if (context.json) {
    await printJsonLines(shown);
    return 0;
  }
  const { operationsTable } = await import("./operations-table.js");
  const none = Object.keys(query).length > 0 ? "None of them is such." : `No operations in ${book.root}${book.asOf === undefined ? " yet" : " then"}.`;
  await print(`${(shown.length > 0 ? await operationsTable(shown, nowOf(book)) : [none]).join("\n")}\n`);
  return 0;
}
