import type { Command } from "commander";
import type { Daybook, ReadOptions, RecordedEvent } from "../../../src/index.js";
import { collect } from "../assignments.js";
import { readBook } from "../book.js";
import { UsageError } from "../errors.js";
import { eventLine } from "../event-line.js";
import { helpText } from "../help.js";
import { wholeNumber } from "../numbers.js";
import { LineOutput } from "../output.js";
import { requireRecord } from "../run-address.js";
import { addressOf } from "../text.js";
import type { Context, Verb } from "../verb.js";

interface LogOptions {
  readonly follow?: boolean;
  readonly from?: number;
  readonly to?: number;
  readonly type?: readonly string[];
  readonly stream?: string;
  readonly limit?: number;
  readonly tail?: number;
}

/** How many past events `--follow` begins with. */
const followTail = 20;

/** `daybook log` */
export const logVerb: Verb = {
  name: "log",
  asOf: true,
  configure: (command: Command) =>
    void command
      .description("print events, one per line; with --follow also those to come")
      .argument("[run]", "only the events of this run: IDENT[/RELPATH]/UID")
      .option("-f, --follow", `go on with what any process appends (begins with the last ${followTail})`)
      .option("--from <seq>", "the first one", wholeNumber(0))
      .option("--to <seq>", "the last one", wholeNumber(0))
      .option("--type <type>", "only this type; repeated: any of them", collect)
      .option("--stream <stream>", "only this stream and everything below it, such as run/train")
      .option("--limit <n>", "at most the first n", wholeNumber(0))
      .option("-n, --tail <n>", "at most the last n", wholeNumber(0))
      .addHelpText("after", helpText(
        [
          ["daybook log --tail 10", "the last ten events"],
          ["daybook log train/0001", "everything that happened to one run"],
          ["daybook log --follow --type run.status-changed", "status changes as they happen, of all processes; Ctrl-C ends it"],
          ["daybook log --at 2h --tail 10", "the last ten of two hours ago"],
          ["daybook --json log --from 1000 --stream run/train | jq -c .data", "complete events, one JSON object per line"],
        ],
        "0 ok (also when --follow is ended by Ctrl-C or SIGTERM); 1 no such run, no daybook there, or a damaged one; 2 wrong usage",
      )),
  run: (context, command) => {
    const [run] = command.args;
    const options = command.opts<LogOptions>();
    if (run !== undefined && options.stream !== undefined) throw new UsageError("a run and --stream exclude each other");
    if (options.limit !== undefined && options.tail !== undefined) throw new UsageError("--limit (the first) and --tail (the last) exclude each other");
    if (options.follow === true && options.to !== undefined) throw new UsageError("--follow has no end, and so no --to");
    if (options.follow === true && context.at !== undefined) throw new UsageError("--follow is about what is to come, and excludes --at");
    return readBook(context, (book) => printLog(context, book, run, options));
  },
};

async function printLog(context: Context, book: Daybook, run: string | undefined, options: LogOptions): Promise<number> {
  const stream = run === undefined ? options.stream : `run/${addressOf(await requireRecord(book, run))}`;
  const head = await book.log.head();
  const filter = { ...(stream === undefined ? {} : { stream }), ...(options.type === undefined ? {} : { types: options.type }) };
  const past: ReadOptions = { ...filter, from: options.from ?? 1, to: Math.min(options.to ?? head.seq, head.seq) };
  const output = new LineOutput();
  const show = context.json ? (event: RecordedEvent) => JSON.stringify(event) : eventLine();
  const tail = options.tail ?? (options.follow === true && options.from === undefined && options.limit === undefined ? followTail : undefined);
  let left = options.limit ?? Infinity;
  for await (const event of tail === undefined ? book.log.read(past) : lastOf(book, past, tail)) {
    if (left <= 0) break;
    left -= 1;
    await output.line(show(event));
  }
  await output.flush();
  if (options.follow !== true) return 0;
  const ended = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    // The edge's listener would end the process with 130; here this is how one leaves.
    process.removeAllListeners(signal);
    process.once(signal, () => ended.abort());
  }
  // Loaded only here: it brings rxjs along.
  const { followEvents } = await import("../../../src/live.js");
  try {
    for await (const event of followEvents(book, { ...filter, from: Math.max(head.seq + 1, options.from ?? 0), signal: ended.signal })) {
      if (left <= 0) break;
      left -= 1;
      await output.line(show(event));
      await output.flush();
      if (left <= 0) break;
    }
  } catch (error) {
    if (!ended.signal.aborted) throw error;
  }
  return 0;
}

/** The last `count` of what a reading gives. */
async function* lastOf(book: Daybook, options: ReadOptions, count: number): AsyncGenerator<RecordedEvent> {
  const { from = 1, to = 0, stream, types } = options;
  // Unfiltered, the place is known; filtered, all has to be read.
  const start = stream === undefined && types === undefined ? Math.max(from, to - count + 1) : from;
  let kept: RecordedEvent[] = [];
  for await (const event of book.log.read({ ...options, from: start })) {
    kept.push(event);
    if (kept.length >= 2 * count + 100) kept = kept.slice(kept.length - count);
  }
  yield* kept.slice(Math.max(0, kept.length - count));
}
