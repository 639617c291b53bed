import type { Command } from "commander";
import type { Daybook } from "../../../src/index.js";
import type { WarmStartGcReport, WarmStartOrphan } from "../../../src/warm-starts.js";
import { readBook, writeBook } from "../book.js";
import { reportFailures } from "../checkpoints/failures.js";
import { coloursOf } from "../colours.js";
import { helpText } from "../help.js";
import { print, printJsonLines } from "../output.js";
import { span } from "../spans.js";
import { tableLines } from "../table.js";
import { bytes, clean, counted, localTime } from "../text.js";
import type { Context, Verb } from "../verb.js";
import { withStore } from "./store.js";

interface GcFlags {
  readonly dryRun?: boolean;
  readonly olderThan?: number;
}

/** `daybook warm-starts gc` */
export const gcVerb: Verb = {
  name: "gc",
  configure: (command: Command) =>
    void command
      .description("delete files below warm-starts/ that no entry names")
      .option("--dry-run", "only say which files it would be")
      .option("--older-than <span>", "leave younger ones alone, as they may belong to a save under way: 30m, 2d (default: 1h)", span)
      .addHelpText("after", helpText(
        [
          ["daybook warm-starts gc --dry-run", "what has a killed process left?"],
          ["daybook warm-starts gc --older-than 1d", "away with it, if it lies there for a day"],
          ["daybook --json warm-starts gc --dry-run | jq -r '.deleted[].path'", "one JSON object"],
        ],
        "0 ok; 1 files that could not be deleted, no daybook there, or a damaged one; 2 wrong usage",
        "Files that are not daybook's own by their place and name are told of, and never touched.",
      )),
  run: (context, command) => {
    const flags = command.opts<GcFlags>();
    const work = (book: Daybook): Promise<number> => collect(context, book, flags);
    return flags.dryRun === true ? readBook(context, work) : writeBook(context.root, work);
  },
};

function collect(context: Context, book: Daybook, { dryRun = false, olderThan }: GcFlags): Promise<number> {
  return withStore(book, async (store) => {
    const report = await store.gc({ dryRun, ...(olderThan === undefined ? {} : { graceMs: olderThan }) });
    if (context.json) await printJsonLines([report]);
    else await print(`${(await reportLines(report)).join("\n")}\n`);
    return reportFailures(report.failed);
  });
}

async function reportLines({ dryRun, deleted, young, foreign, bytes: freed, failed }: WarmStartGcReport): Promise<string[]> {
  const { green, yellow } = coloursOf();
  const done = deleted.length === 0 ? "there is nothing to clear away" : `${counted(deleted.length, "file")}${dryRun ? " would be" : ""} deleted: ${bytes(freed)}`;
  return [
    ...(deleted.length === 0 ? [] : await orphanTable(deleted)),
    `${dryRun || failed.length > 0 ? "" : `${green("ok")}: `}${done}`,
    ...(young.length === 0 ? [] : [`${counted(young.length, "younger file")} left alone: --older-than says from which age on they go`]),
    ...foreign.slice(0, mostForeign).map((path) => yellow(`note: ${clean(path)} is not daybook's own, and left alone`)),
    ...(foreign.length > mostForeign ? [yellow(`note: and so are ${counted(foreign.length - mostForeign, "more file")}`)] : []),
  ];
}

const mostForeign = 5;

function orphanTable(orphans: readonly WarmStartOrphan[]): Promise<string[]> {
  const { bold } = coloursOf();
  const heads = [{ head: "file" }, { head: "size", align: "right" as const }, { head: "since" }];
  return tableLines(heads.map((column) => ({ ...column, head: bold(column.head) })), orphans.map(({ path, bytes: size, modifiedMs }) => [clean(path), bytes(size), localTime(new Date(modifiedMs).toISOString())]));
}
