import type { Daybook, ImportReport, LegacyMetadata, Untaken } from "../../../src/index.js";
import { openForWriting, readBook } from "../book.js";
import { coloursOf } from "../colours.js";
import { print, printJsonLines } from "../output.js";
import { startProgress } from "../progress.js";
import { isRoot } from "../root.js";
import { tableLines, terminalWidth } from "../table.js";
import { clean, counted } from "../text.js";
import type { Context } from "../verb.js";

/** Flags that are for runs alone. */
export interface MetadataFlags {
  readonly timeZone?: string;
  readonly relpath?: string;
  readonly dryRun?: boolean;
}

/** What is to be imported. */
interface Source {
  readonly name: string;
  readonly text: string;
}

/** How many things that could not be taken are printed. */
const shownSkipped = 20;

/** Takes the runs of a metadata.json over. @returns the exit code */
export function importMetadata(context: Context, source: Source, flags: MetadataFlags): Promise<number> {
  return flags.dryRun === true ? dryImport(context, source, flags) : importInto(context, source, flags);
}

/** Read before anything else: what is no such file makes no root. */
async function preview({ name, text }: Source, { timeZone }: MetadataFlags): Promise<LegacyMetadata> {
  const { readMetadata } = await import("../../../src/index.js");
  return readMetadata(text, { name, ...(timeZone === undefined ? {} : { timeZone }) });
}

async function importInto(context: Context, source: Source, flags: MetadataFlags): Promise<number> {
  await preview(source, flags);
  await using book = await openForWriting(context.root);
  return await importAndReport(context, book, source, flags);
}

async function dryImport(context: Context, source: Source, flags: MetadataFlags): Promise<number> {
  const { runs, skipped } = await preview(source, flags);
  if (isRoot(context.root)) return readBook(context, (book) => importAndReport(context, book, source, flags));
  // Where there is no daybook yet, everything would be new.
  return tell(context, { runs: runs.length, grown: 0, already: 0, skipped }, true);
}

async function importAndReport(context: Context, book: Daybook, { text }: Source, { timeZone, relpath, dryRun = false }: MetadataFlags): Promise<number> {
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
