import type { Command } from "commander";
import type { Daybook } from "../../../src/index.js";
import type { EvictReport } from "../../../src/warm-starts.js";
import { readBook, writeBook } from "../book.js";
import { coloursOf } from "../colours.js";
import { helpText } from "../help.js";
import { print, printJsonLines } from "../output.js";
import { size } from "../sizes.js";
import { span } from "../spans.js";
import { tableLines, terminalWidth } from "../table.js";
import { bytes, clean, counted } from "../text.js";
import type { Context, Verb } from "../verb.js";
import { shortKey } from "./catalogue.js";
import { withStore } from "./store.js";

interface EvictFlags {
  readonly budget?: number;
  readonly ttl?: number;
  readonly dryRun?: boolean;
}

/** `daybook warm-starts evict` */
export const evictVerb: Verb = {
  name: "evict",
  configure: (command: Command) =>
    void command
      .description("give up entries that are expired, then the oldest until the rest fits a budget, and delete their payloads")
      .option("--budget <size>", "what all payloads together may take: 4096, 500MiB, 2G (default: 1 GiB)", size)
      .option("--ttl <span>", "how old an entry may get: 12h, 7d; 0s: as old as it likes (default: 30d)", span)
      .option("--dry-run", "only say which ones it would be")
      .addHelpText("after", helpText(
        [
          ["daybook warm-starts evict --dry-run", "what would go by the defaults: 1 GiB, 30 days?"],
          ["daybook warm-starts evict --budget 500MiB --ttl 7d", "expired ones first, then the oldest until the rest fits"],
          ["daybook warm-starts show 3f9a0c21", "what was given up stays in the history of its key"],
        ],
        "0 ok; 1 payloads that could not be deleted, no daybook there, or a damaged one; 2 wrong usage",
        "Stores evict by themselves, each by its own budget and time to live; this is for doing it by hand.",
      )),
  run: (context, command) => {
    const flags = command.opts<EvictFlags>();
    const work = (book: Daybook): Promise<number> => evict(context, book, flags);
    return flags.dryRun === true ? readBook(context, work) : writeBook(context.root, work);
  },
};

function evict(context: Context, book: Daybook, { budget, ttl, dryRun = false }: EvictFlags): Promise<number> {
  const limits = { ...(budget === undefined ? {} : { sizeBudgetBytes: budget }), ...(ttl === undefined ? {} : { ttlMs: ttl }) };
  return withStore(
    book,
    async (store, faults) => {
      const report = await store.evict({ dryRun });
      if (context.json) await printJsonLines([{ dryRun, ...report }]);
      else await print(`${(await reportLines(report, dryRun, faults() > 0)).join("\n")}\n`);
      return faults() > 0 ? 1 : 0;
    },
    limits,
  );
}

async function reportLines({ evicted, bytes: left, entries }: EvictReport, dryRun: boolean, failed: boolean): Promise<string[]> {
  const { bold, green } = coloursOf();
  const keys = [...new Set(evicted.map(({ key }) => key))];
  const heads = [{ head: "key", whole: true }, { head: "run" }, { head: "size", align: "right" as const }, { head: "why" }];
  const rows = evicted.map(({ key, run, reason, bytes: freed }) => [shortKey(key, keys), clean(run), bytes(freed), clean(reason)]);
  const table = rows.length === 0 ? [] : await tableLines(heads.map((column) => ({ ...column, head: bold(column.head) })), rows, terminalWidth());
  const freed = evicted.reduce((sum, one) => sum + one.bytes, 0);
  const done = rows.length === 0 ? "there is nothing to give up" : `${counted(rows.length, "entry", "entries")}${dryRun ? " would be" : ""} given up: ${bytes(freed)}`;
  return [...table, `${dryRun || failed ? "" : `${green("ok")}: `}${done}; ${counted(entries, "entry", "entries")}${dryRun && rows.length > 0 ? " would be" : ""} left: ${bytes(left)}`];
}
