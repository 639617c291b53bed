import * as fs from "node:fs";
import type { Daybook, ImportReport, LegacyMetadata, Untaken } from "../../../src/index.js";
import { openForWriting, readBook } from "../book.js";
import { coloursOf } from "../colours.js";
import { messageOf } from "../errors.js";
import { helpText } from "../help.js";
import { print, printJsonLines } from "../output.js";
import { startProgress } from "../progress.js";
import { isRoot } from "../root.js";
import { tableLines, terminalWidth } from "../table.js";
import { clean, counted } from "../text.js";
import type { Context, Verb } from "../verb.js";

interface ImportFlags {
  readonly timeZone?: string;
  readonly relpath?: string;
  readonly dryRun?: boolean;
}

/** How many things that could not be taken are printed. */
const shownSkipped = 20;

/** `daybook import` */
export const importVerb: Verb = {
  name: "import",
  configure: (command) =>
    void command
      .description("take over the runs of a Python run ledger's metadata.json, with their moments, files and hashes")
      .argument("<file>", "the metadata.json; - is standard input")
      .option("--time-zone <zone>", "of its times, which have none: Europe/Berlin, +02:00 (default: this machine's)")
      .option("--relpath <path>", "put everything below this relpath")
      .option("--dry-run", "only say what would be done, and write nothing")
      .addHelpText("after", helpText(
        [
          ["daybook import old/metadata.json --dry-run", "what would come, and what cannot be taken"],
          ["daybook import old/metadata.json --time-zone Europe/Berlin", "take it; repeated later, it adds what is new, and nothing twice"],
          ["daybook --json import old/metadata.json | jq '.skipped[]'", "the report as one JSON object, with everything that was not taken"],
        ],
        "0 all of it is here now; 1 something could not be taken (the rest was), or it is no such file; 2 wrong usage",
        "Runs keep their numbers (007 becomes 0007). One that is here under the same number, and is another one, is left as it is and reported.",
      )),
  run: async (context, command) => {
    const [file = "-"] = command.args;
    const flags = command.opts<ImportFlags>();
    return flags.dryRun === true ? dryImport(context, await load(file), flags) : importInto(context, await load(file), flags);
  },
};

/** What is to be imported. */
interface Source {
  readonly name: string;
  readonly text: string;
}

async function load(file: string): Promise<Source> {
  const name = file === "-" ? "standard input" : file;
  try {
    return { name, text: fs.readFileSync(file === "-" ? 0 : file, "utf8") };
  } catch (error) {
    const { MetadataUnreadableError } = await import("../../../src/index.js");
    throw new MetadataUnreadableError(name, "", messageOf(error), error);
  }
}

/** Read before anything else: what is no such file makes no root. */
async function preview({ name, text }: Source, { timeZone }: ImportFlags): Promise<LegacyMetadata> {
  const { readMetadata } = await import("../../../src/index.js");
  return readMetadata(text, { name, ...(timeZone === undefined ? {} : { timeZone }) });
}

async function importInto(context: Context, source: Source, flags: ImportFlags): Promise<number> {
  await preview(source, flags);
  await using book = await openForWriting(context.root);
  return await importAndReport(context, book, source, flags);
}

async function dryImport(context: Context, source: Source, flags: ImportFlags): Promise<number> {
  const { runs, skipped } = await preview(source, flags);
  if (isRoot(context.root)) return readBook(context, (book) => importAndReport(context, book, source, flags));
  // Where there is no daybook yet, everything would be new.
  return tell(context, { runs: runs.length, grown: 0, already: 0, skipped }, true);
}

async function importAndReport(context: Context, book: Daybook, { text }: Source, { timeZone, relpath, dryRun = false }: ImportFlags): Promise<number> {
  const progress = await startProgress(dryRun ? "Reading" : "Importing", "runs");
  let report: ImportReport;
  try {
    report = await book.runs.import(text, {
      dryRun,
      ...(timeZone === undefined ? {} : { timeZone }),
      ...(relpath === undefined ? {} : { relpath }),
      onProgress: ({ runs, total }) => progress.update(runs, total),
    });
  } finally {
    progress.stop();
  }
  return tell(context, report, dryRun);
}

async function tell(context: Context, report: Pick<ImportReport, "runs" | "grown" | "already" | "skipped"> & Partial<ImportReport>, dryRun: boolean): Promise<number> {
  const { runs, grown, already, skipped } = report;
  const code = skipped.length === 0 ? 0 : 1;
  if (context.json) {
    await printJsonLines([{ ...report, dryRun }]);
    return code;
  }
  const lines = await skippedLines(skipped);
  const zone = report.timeZone === undefined ? "" : `; times without a zone read as ${report.timeZone}`;
  lines.push(`${dryRun ? "would import" : "imported"} ${counted(runs, "run")}, ${grown.toLocaleString("en-US")} grown, ${already.toLocaleString("en-US")} already here${zone}`);
  await print(`${lines.join("\n")}\n`);
  return code;
}

async function skippedLines(skipped: readonly Untaken[]): Promise<string[]> {
  if (skipped.length === 0) return [];
  const colours = coloursOf();
  const columns = ["not taken", "where", "why"].map((head) => ({ head: colours.bold(head), whole: head === "where" }));
  const rows = skipped.slice(0, shownSkipped).map(({ kind, place, why }) => [kind === "conflict" ? colours.red(kind) : kind, clean(place), clean(why)]);
  const lines = await tableLines(columns, rows, terminalWidth());
  if (skipped.length > shownSkipped) lines.push(`and ${counted(skipped.length - shownSkipped, "more thing")}; --json has them all`);
  return [...lines, ""];
}
