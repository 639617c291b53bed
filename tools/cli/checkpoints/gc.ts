import type { Command } from "commander";
import type { GcReport, Orphan } from "../../../src/checkpoints.js";
import type { Daybook, Moment } from "../../../src/index.js";
import { readBook, writeBook } from "../book.js";
import { coloursOf } from "../colours.js";
import { UsageError } from "../errors.js";
import { helpText } from "../help.js";
import { print, printJsonLines } from "../output.js";
import { span } from "../spans.js";
import { tableLines } from "../table.js";
import { bytes, clean, counted, localTime } from "../text.js";
import type { Context, Verb } from "../verb.js";
import { withCareProgress } from "./care-progress.js";
import { reportFailures } from "./failures.js";
import { withManager } from "./manager.js";

interface GcFlags {
  readonly dryRun?: boolean;
  readonly olderThan?: number;
}

/** `daybook checkpoints gc` */
export const gcVerb: Verb = {
  name: "gc",
  asOf: true,
  configure: (command: Command) =>
    void command
      .description("delete files below checkpoints/ that no event speaks of, and those of pruned checkpoints")
      .option("--dry-run", "only say which files it would be")
      .option("--older-than <span>", "leave younger ones alone, as they may belong to a save under way: 30m, 2d (default: 1h)", span)
      .addHelpText("after", helpText(
        [
          ["daybook checkpoints gc --dry-run", "what has a killed process left?"],
          ["daybook checkpoints gc --older-than 1d", "away with it, if it lies there for a day"],
          ["daybook checkpoints gc --at 2026-11-21", "which of them lay there on that day? With --at it only looks"],
          ["daybook --json checkpoints gc --dry-run | jq -r '.deleted[].path'", "one JSON object"],
        ],
        "0 ok; 1 files that could not be deleted, no daybook there, or a damaged one; 2 wrong usage",
        "Files that are not daybook's own by their place and name are told of, and never touched.",
      )),
  run: (context, command) => {
    const flags = command.opts<GcFlags>();
    const { at, ...present } = context;
    if (at !== undefined && flags.olderThan !== undefined) throw new UsageError("--at says how old a file has to be, and excludes --older-than");
    // What is deleted now cannot be asked for as of then: with a moment nothing is.
    if (at !== undefined) return readBook(present, async (book) => collect(context, book, { dryRun: true, olderThan: await ageOf(book, at) }));
    const work = (book: Daybook): Promise<number> => collect(context, book, flags);
    return flags.dryRun === true ? readBook(context, work) : writeBook(context.root, work);
  },
};

/** How long ago a moment was; before the first event was never. */
async function ageOf(book: Daybook, at: Moment): Promise<number> {
  const { asOf } = await book.at(at);
  return asOf?.time === undefined ? Infinity : Math.max(0, Date.now() - Date.parse(asOf.time));
}

async function collect(context: Context, book: Daybook, { dryRun = false, olderThan }: GcFlags): Promise<number> {
  const options = { dryRun, ...(olderThan === undefined ? {} : { graceMs: olderThan }) };
  const report = await withManager(book, (manager) => withCareProgress((onProgress) => manager.gc({ ...options, onProgress })));
  if (context.json) await printJsonLines([report]);
  else await print(`${(await reportLines(report)).join("\n")}\n`);
  return reportFailures(report.failed);
}

async function reportLines({ dryRun, deleted, young, foreign, bytes: freed, failed }: GcReport): Promise<string[]> {
  const colours = coloursOf();
  const table = deleted.length === 0 ? [] : await orphanTable(deleted);
  const done = deleted.length === 0 ? "there is nothing to clear away" : `${counted(deleted.length, "file")}${dryRun ? " would be" : ""} deleted: ${bytes(freed)}`;
  return [...table, `${dryRun || failed.length > 0 ? "" : `${colours.green("ok")}: `}${done}`, ...leftLines(young, foreign)];
}

/** Files that no event wants. */
export function orphanTable(orphans: readonly Orphan[]): Promise<string[]> {
  const colours = coloursOf();
  const heads = [{ head: "file" }, { head: "size", align: "right" as const }, { head: "since" }, { head: "why" }];
  return tableLines(heads.map((column) => ({ ...column, head: colours.bold(column.head) })), orphans.map(({ path, bytes: size, modifiedMs, why }) => [clean(path), bytes(size), localTime(new Date(modifiedMs).toISOString()), why]));
}

function leftLines(young: readonly Orphan[], foreign: readonly string[]): string[] {
  const { yellow } = coloursOf();
  return [
    ...(young.length === 0 ? [] : [`${counted(young.length, "younger file")} left alone: --older-than says from which age on they go`]),
    ...foreign.slice(0, 5).map((path) => yellow(`note: ${clean(path)} is not daybook's own, and left alone`)),
    ...(foreign.length > 5 ? [yellow(`note: and so are ${counted(foreign.length - 5, "more file")}`)] : []),
  ];
}
