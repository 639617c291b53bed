import type { Command } from "commander";
import type { Daybook, HistoryOptions } from "../../../src/index.js";
import { readBook } from "../book.js";
import { UsageError } from "../errors.js";
import { helpText } from "../help.js";
import { historyLine } from "../history-line.js";
import { momentForms, momentOf } from "../moments.js";
import { LineOutput } from "../output.js";
import { readRunName } from "../run-address.js";
import type { Context, Verb } from "../verb.js";

interface Options {
  readonly stream?: string;
  readonly operation?: string;
  readonly from?: string;
  readonly to?: string;
}

/** `daybook history` */
export const historyVerb: Verb = {
  name: "history",
  asOf: true,
  configure: (command: Command) =>
    void command
      .description("list what happened to one run, stream or operation: when, by whom, and what it changed")
      .argument("[run]", "IDENT[/RELPATH]/UID; without a relpath: the root's run, else the only one of that uid")
      .option("--stream <stream>", "this stream and everything below it, such as run/train")
      .option("--operation <id>", "this operation")
      .option("--from <moment>", "begin there")
      .option("--to <moment>", "end there")
      .addHelpText("after", helpText(
        [
          ["daybook history train/0001", "every event of a run, with old and new values"],
          ["daybook history train/0001 --from 2026-11-21 --to 2026-11-21T12:00", "one morning of it, local time"],
          ["daybook history --stream order/17", "an entity of your own"],
          ["daybook --json history train/0001 | jq -c '.changes[]'", "complete events, each with its changes: field (JSON Pointer), before, after"],
        ],
        "0 ok; 1 no such run or operation, several runs of that uid, a moment that is still to come (MOMENT_AHEAD), no daybook there, or a damaged one; 2 wrong usage",
        `A moment is ${momentForms}.`,
      )),
  run: async (context, command) => {
    const [run] = command.args;
    const options = command.opts<Options>();
    const given = [run, options.stream, options.operation].filter((one) => one !== undefined);
    if (given.length !== 1) throw new UsageError(given.length === 0 ? "name a run, a --stream or an --operation" : "a run, --stream and --operation exclude each other");
    if (run !== undefined) await readRunName(run);
    return readBook(context, (book) => printHistory(context, book, run, options));
  },
};

async function printHistory(context: Context, book: Daybook, run: string | undefined, { stream, operation, from, to }: Options): Promise<number> {
  const query: HistoryOptions = {
    ...(run === undefined ? {} : { run }),
    ...(stream === undefined ? {} : { stream }),
    ...(operation === undefined ? {} : { operation }),
    ...(from === undefined ? {} : { from: await momentOf(book, "--from", from) }),
    ...(to === undefined ? {} : { to: await momentOf(book, "--to", to) }),
  };
  const output = new LineOutput();
  const line = historyLine({ streams: run === undefined });
  try {
    for await (const change of book.changes(query)) {
      const { event, changes, text } = change;
      await output.line(context.json ? JSON.stringify({ ...event, changes, text }) : line(change));
    }
  } finally {
    // What was read before damage was met is shown.
    await output.flush();
  }
  return 0;
}
