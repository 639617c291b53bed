import * as fs from "node:fs";
import type { Daybook, ImportReport, Untaken } from "../../../src/index.js";
import { openForWriting, readBook } from "../book.js";
import { coloursOf } from "../colours.js";
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
  run: (context, command) => {
    const [file = "-"] = command.args;
    const flags = command.opts<ImportFlags>();
    const work = (book: Daybook): Promise<number> => importAndReport(context, book, file, flags);
    if (flags.dryRun !== true) return importInto(context.root, work);
    return isRoot(context.root) ? readBook(context, work) : previewImport(context, file, flags);
  },
};

async function importInto(root: string, work: (book: Daybook) => Promise<number>): Promise<number> {
  await using book = await openForWriting(root);
  return await work(book);
}

async function importAndReport(context: Context, book: Daybook, file: string, { timeZone, relpath, dryRun = false }: ImportFlags): Promise<number> {
  const source = file === "-" ? standardInput() : file;
  const progress = await startProgress(dryRun ? "Reading" : "Importing", "runs");
  let report: ImportReport;
  try {
    report = await book.runs.import(source, {
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

/** Where there is no daybook yet, everything would be new. */
async function previewImport(context: Context, file: string, { timeZone }: ImportFlags): Promise<number> {
  const { readMetadata, MetadataUnreadableError } = await import("../../../src/index.js");
  let text: string;
  try {
    text = file === "-" ? standardInput() : fs.readFileSync(file, "utf8");
  } catch (error) {
    throw new MetadataUnreadableError(file, "", error instanceof Error ? error.message : String(error), error);
  }
  const { runs, skipped } = readMetadata(text, timeZone === undefined ? {} : { timeZone });
  return tell(context, { runs: runs.length, grown: 0, already: 0, skipped }, true);
}

/** Without a brace it would be taken for a path. */
function standardInput(): string {
  const text = fs.readFileSync(0, "utf8");
  return /^\uFEFF?\s*[{[]/.test(text) ? text : `{${text}`;
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
