import type { Command } from "commander";
import type { Daybook } from "../../../src/index.js";
import { nowOf, readBook } from "../book.js";
import { helpText } from "../help.js";
import { wholeNumber } from "../numbers.js";
import { print, printJsonLines } from "../output.js";
import type { Context, Verb } from "../verb.js";
import { requireOperation, withLedger } from "./catalogue.js";

interface ShowOptions {
  readonly calls: number;
}

/** How many calls a chart shows where nobody says. */
const shownCalls = 40;

/** `daybook operations show` */
export const showVerb: Verb = {
  name: "show",
  asOf: true,
  configure: (command: Command) =>
    void command
      .description("show an operation: a time chart of its calls, its sessions and whether they are alive, what went wrong")
      .argument("[operation]", "its id, or as much of the beginning or end as names it; default: the newest")
      .option("--calls <n>", "at most the newest n calls in the chart", wholeNumber(0), shownCalls)
      .addHelpText("after", helpText(
        [
          ["daybook operations show", "the newest one: who did what, from when to when, and what became of it"],
          ["daybook operations show 1a2b3c4d --at 5m", "one of them as it stood five minutes ago"],
          ["daybook --json operations show 1a2b3c4d | jq '.calls[] | select(.outcome == \"failed\")'", "one JSON object, with every call"],
        ],
        "0 ok; 1 no such operation (OPERATION_NOT_FOUND), several that the text names, no daybook there, or a damaged one; 2 wrong usage",
      )),
  run: (context, command) => readBook(context, (book) => show(context, book, command.args[0], command.opts<ShowOptions>())),
};

async function show(context: Context, book: Daybook, text: string | undefined, { calls }: ShowOptions): Promise<number> {
  const shown = await withLedger(book, async (ledger) => ledger.operation((await requireOperation(ledger, text, book.root)).operationId));
  if (context.json) {
    await printJsonLines([shown]);
    return 0;
  }
  const [{ describeOperation }, { sightOfProcess }] = await Promise.all([import("./describe-operation.js"), import("../../../src/operations.js")]);
  // What processes do now says nothing about then.
  const sees = book.asOf === undefined ? sightOfProcess : () => "unseen" as const;
  await print(`${(await describeOperation(shown, { nowMs: nowOf(book), calls, sees })).join("\n")}\n`);
  return 0;
}
