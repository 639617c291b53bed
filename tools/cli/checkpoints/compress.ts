import type { Command } from "commander";
import type { CompressCheckpointsReport } from "../../../src/checkpoints.js";
import type { Daybook } from "../../../src/index.js";
import { readBook, writeBook } from "../book.js";
import { coloursOf } from "../colours.js";
import { helpText } from "../help.js";
import { wholeNumber } from "../numbers.js";
import { print, printJsonLines } from "../output.js";
import { tableLines } from "../table.js";
import { bytes, clean, counted } from "../text.js";
import type { Context, Verb } from "../verb.js";
import { withCareProgress } from "./care-progress.js";
import { reportFailures } from "./failures.js";
import { withManager } from "./manager.js";
import { span } from "../spans.js";

interface CompressFlags {
  readonly keep?: number;
  readonly olderThan?: number;
  readonly level?: number;
  readonly dryRun?: boolean;
}

/** `daybook checkpoints compress` */
export const compressCheckpointsVerb: Verb = {
  name: "compress",
  configure: (command: Command) =>
    void command
      .description("compress the files of old checkpoints; they are loaded as before")
      .option("--keep <n>", "leave the n highest steps of each hash as they are (default: 1)", wholeNumber(0))
      .option("--older-than <span>", "only what was saved so long ago: 12h, 7d", span)
      .option("--level <n>", "of gzip: 1 is fast, 9 small (default: 6)", wholeNumber(1, 9))
      .option("--dry-run", "only say which files it would be")
      .addHelpText("after", helpText(
        [
          ["daybook checkpoints compress --older-than 7d --dry-run", "which files are a week old, and not the newest of their hash?"],
          ["daybook checkpoints compress --keep 3", "all but the three highest steps of each hash"],
        ],
        "0 ok; 1 files that could not be compressed, no daybook there, or a damaged one; 2 wrong usage",
        "What would hardly become smaller stays as it is. The segments of the log are the matter of `daybook compress`.",
      )),
  run: (context, command) => {
    const flags = command.opts<CompressFlags>();
    const work = (book: Daybook): Promise<number> => compress(context, book, flags);
    return flags.dryRun === true ? readBook(context, work) : writeBook(context.root, work);
  },
};

async function compress(context: Context, book: Daybook, { keep, olderThan, level, dryRun = false }: CompressFlags): Promise<number> {
  const options = { dryRun, ...(keep === undefined ? {} : { keep }), ...(olderThan === undefined ? {} : { olderThanMs: olderThan }), ...(level === undefined ? {} : { level }) };
  const report = await withManager(book, (manager) => withCareProgress((onProgress) => manager.compressCheckpoints({ ...options, onProgress })));
  if (context.json) await printJsonLines([report]);
  else await print(`${(await reportLines(report)).join("\n")}\n`);
  return reportFailures(report.failed);
}

async function reportLines({ dryRun, compressed, incompressible, freedBytes, failed }: CompressCheckpointsReport): Promise<string[]> {
  const colours = coloursOf();
  const right = { align: "right" as const };
  const heads = [{ head: "hash", whole: true }, { head: "step", ...right }, { head: "file" }, { head: "plain", ...right }, ...(dryRun ? [] : [{ head: "compressed", ...right }])];
  const rows = compressed.map(({ hash, step, path, bytes: plain, storedBytes }) => [clean(hash), String(step), clean(path), bytes(plain), ...(dryRun ? [] : [bytes(storedBytes)])]);
  const table = rows.length === 0 ? [] : await tableLines(heads.map((column) => ({ ...column, head: colours.bold(column.head) })), rows);
  const done = rows.length === 0 ? "there is nothing to compress" : `${counted(rows.length, "file")}${dryRun ? " would be tried" : ` compressed: ${bytes(freedBytes)} are free`}`;
  return [...table, `${dryRun || failed.length > 0 ? "" : `${colours.green("ok")}: `}${done}${incompressible === 0 ? "" : `; ${counted(incompressible, "file")} would hardly become smaller`}`];
}
