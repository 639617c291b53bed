import type { Daybook, RebuildOptions, RebuildReport } from "../../../src/index.js";
import { readBook, writeBook } from "../book.js";
import { coloursOf } from "../colours.js";
import { helpText } from "../help.js";
import { wholeNumber } from "../numbers.js";
import { print, printJsonLines } from "../output.js";
import { startProgress } from "../progress.js";
import { tableLines, terminalWidth } from "../table.js";
import { clean, counted, shorten } from "../text.js";
import type { Context, Verb } from "../verb.js";

/** How many places of drift are printed of each projection. */
const shownDrift = 20;

/** `daybook rebuild-projections`, and the bin of that name. */
export const rebuildVerb: Verb = {
  name: "rebuild-projections",
  views: true,
  configure: (command) =>
    void command
      .description("drop projections, fold them again from the log, and report where they had drifted")
      .argument("[names...]", "which; default: all")
      .option("--check", "only compare, and write nothing")
      .option("--parallel <threads>", "how many threads fold, 1 to 64 (default: as many as pay)", wholeNumber(1, 64))
      .addHelpText("after", helpText(
        [
          ["daybook rebuild-projections --check", "does every view follow from the log? For CI: exit 1 if not"],
          ["daybook rebuild-projections runs", "drop one projection and its snapshots, and fold it again"],
          ["daybook rebuild-projections --projections views.mjs losses", "one of your own, from a module that exports it"],
          ["rebuild-projections --root results --json", "the bin of its own; one JSON object per projection, with all of its drift"],
        ],
        "0 ok; 1 drift, a projection that fails, an unknown one, no daybook there, or a damaged one; 2 wrong usage",
      )),
  run: (context, command) => {
    const { check = false, parallel } = command.opts<{ check?: boolean; parallel?: number }>();
    const options = { check, ...(parallel === undefined ? {} : { parallel }) };
    const work = (book: Daybook): Promise<number> => rebuildAndReport(context, book, command.args, options);
    return check ? readBook(context, work) : writeBook(context.root, work, context.projections);
  },
};

async function rebuildAndReport(context: Context, book: Daybook, names: readonly string[], options: RebuildOptions & { readonly check: boolean }): Promise<number> {
  const { check } = options;
  const progress = await startProgress(check ? "Comparing" : "Folding", "events");
  let report: RebuildReport;
  try {
    report = await book.rebuild({
      ...options,
      ...(names.length === 0 ? {} : { projections: [...new Set(names)] }),
      onProgress: ({ events, total }) => progress.update(events, total),
    });
  } finally {
    progress.stop();
  }
  if (context.json) await printJsonLines(report.projections);
  else await print(`${(await reportLines(report, check)).join("\n")}\n`);
  return report.ok ? 0 : 1;
}

async function reportLines(report: RebuildReport, check: boolean): Promise<string[]> {
  const colours = coloursOf();
  const columns = [{ head: "projection" }, ...["rows", "unknown", "drift"].map((head) => ({ head, align: "right" as const })), { head: "" }];
  const rows = report.projections.map(({ name, rows: count, unknown, drift, failure }) => [
    name,
    String(count),
    String(unknown),
    drift.length === 0 ? "0" : colours.red(String(drift.length)),
    failure === undefined ? "" : colours.red(clean(failure)),
  ]);
  const lines = await tableLines(columns.map((column) => ({ ...column, head: colours.bold(column.head) })), rows);
  for (const { name, drift } of report.projections) {
    for (const { path, before, after } of drift.slice(0, shownDrift)) lines.push(`${name}${clean(path)}: ${shown(before)} -> ${shown(after)}`);
    if (drift.length > shownDrift) lines.push(`${name}: and ${counted(drift.length - shownDrift, "more place")}; --json has them all`);
  }
  const what = `${counted(report.projections.length, "projection")} ${check ? "compared with" : "folded from"} ${counted(report.seq, "event")}${report.threads > 1 ? ` by ${report.threads} threads` : ""}`;
  lines.push(report.ok ? `${colours.green("ok")}: ${what}` : `${colours.red(check ? "drift" : "drift found and repaired")}: ${what}`);
  if (report.projections.some(({ failure }) => failure !== undefined)) lines[lines.length - 1] = `${colours.red("failed")}: ${what}`;
  return lines;
}

const shown = (value: unknown): string => (value === undefined ? "(nothing)" : shorten(clean(JSON.stringify(value)), Math.max(40, Math.floor((terminalWidth() ?? 160) / 2) - 20)));
