import type { Command } from "commander";
import type { Daybook, HistoryChange } from "../../../src/index.js";
import type { LogLevel } from "../../../src/operations.js";
import { readBook } from "../book.js";
import { coloursOf } from "../colours.js";
import { UsageError } from "../errors.js";
import { helpText } from "../help.js";
import { LineOutput } from "../output.js";
import { terminalWidth } from "../table.js";
import { clean, columnsOf, localTime, pad, shorten } from "../text.js";
import type { Context, Verb } from "../verb.js";
import { requireOperation, withLedger } from "./catalogue.js";
import { levelOf, levels, textOf } from "./event-text.js";

interface LogOptions {
  readonly follow?: boolean;
  readonly level: string;
  readonly messages?: boolean;
}

/** `daybook operations log` */
export const logVerb: Verb = {
  name: "log",
  asOf: true,
  configure: (command: Command) =>
    void command
      .description("print the log of an operation: what its participants said, and what happened to its sessions and calls")
      .argument("[operation]", "its id, or as much of the beginning or end as names it; default: the newest")
      .option("-f, --follow", "go on with what any process appends; ends with the operation")
      .option("--level <level>", `only what is ${levels.join(", ")} or worse; debug shows beats`, "info")
      .option("--messages", "only what participants said")
      .addHelpText("after", helpText(
        [
          ["daybook operations log", "that of the newest operation"],
          ["daybook operations log 1a2b3c4d --follow", "as it happens, until the operation has ended; Ctrl-C ends it, too"],
          ["daybook operations log 1a2b3c4d --level warning", "failures, crashes, aborts, and what was said at that level"],
          ["daybook --json operations log | jq -r 'select(.type == \"call.failed\").data.error.message'", "complete events, one JSON object per line"],
        ],
        "0 ok (also when --follow is ended by Ctrl-C or SIGTERM); 1 no such operation (OPERATION_NOT_FOUND), several that the text names, no daybook there, or a damaged one; 2 wrong usage",
      )),
  run: (context, command) => {
    const options = command.opts<LogOptions>();
    if (!levels.includes(options.level as LogLevel)) throw new UsageError(`--level ${options.level}: it must be one of ${levels.join(", ")}`);
    if (options.follow === true && context.at !== undefined) throw new UsageError("--follow is about what is to come, and excludes --at");
    return readBook(context, (book) => printLog(context, book, command.args[0], options));
  },
};

async function printLog(context: Context, book: Daybook, text: string | undefined, { follow = false, level, messages = false }: LogOptions): Promise<number> {
  const { operationId } = await withLedger(book, (ledger) => requireOperation(ledger, text, book.root));
  const least = levels.indexOf(level as LogLevel);
  const output = new LineOutput();
  const line = context.json ? ({ event, text: said }: HistoryChange) => JSON.stringify({ ...event, text: said }) : logLine();
  let last = 0;
  let over = false;
  const show = async (change: HistoryChange): Promise<void> => {
    const { event } = change;
    last = event.seq;
    over ||= event.type === "operation.completed" || event.type === "operation.failed";
    if (levels.indexOf(levelOf(event)) < least || (messages && event.type !== "operation.logged")) return;
    await output.line(line(change));
  };
  try {
    for await (const change of book.changes({ operation: operationId })) await show(change);
  } finally {
    // What was read before damage was met is shown.
    await output.flush();
  }
  if (!follow || over) return 0;
  const ended = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    // The edge's listener would end the process with 130; here this is how one leaves.
    process.removeAllListeners(signal);
    process.once(signal, () => ended.abort());
  }
  // Loaded only here: it brings rxjs along.
  const { followEvents } = await import("../../../src/live.js");
  try {
    for await (const { seq } of followEvents(book, { stream: `operation/${operationId}`, from: last + 1, signal: ended.signal })) {
      for await (const change of book.changes({ operation: operationId, from: seq, to: seq })) await show(change);
      await output.flush();
      if (over) break;
    }
  } catch (error) {
    if (!ended.signal.aborted) throw error;
  }
  return 0;
}

/** Makes a function that shows an event in one line: local time, level, by, text. The third column widens as needed. */
function logLine(): (change: HistoryChange) => string {
  const colours = coloursOf();
  const colourOf = { debug: colours.dim, info: (text: string) => text, warning: colours.yellow, error: colours.red };
  let width = 8;
  return (change) => {
    const { event } = change;
    const level = levelOf(event);
    const by = clean(event.by);
    width = Math.min(24, Math.max(width, columnsOf(by)));
    const time = localTime(event.at ?? event.time).slice(11);
    const head = `${time}  ${level.padEnd(7)}  ${pad(by, width)}  `;
    const room = Math.max(20, (terminalWidth() ?? Infinity) - columnsOf(head));
    return `${colours.dim(time)}  ${colourOf[level](level.padEnd(7))}  ${colours.cyan(pad(by, width))}  ${colourOf[level](shorten(clean(textOf(change)), room))}`;
  };
}
