import type { EventImportReport, NotImported } from "../../../src/index.js";
import { openForWriting } from "../book.js";
import { coloursOf } from "../colours.js";
import { print, printJsonLines } from "../output.js";
import { startProgress } from "../progress.js";
import { tableLines, terminalWidth } from "../table.js";
import { clean, counted } from "../text.js";
import type { Context } from "../verb.js";
import type { Input } from "./open-input.js";

/** How many things that were not taken are printed. */
const shownSkipped = 20;

/** Takes events over. @param root id of the root of lines that do not say theirs @returns the exit code */
export async function importEvents(context: Context, { name, chunks, totalBytes }: Input, format: "ndjson" | "cloudevents" | undefined, root: string | undefined): Promise<number> {
  await using book = await openForWriting(context.root);
  const progress = await startProgress("Importing", "bytes");
  let report: EventImportReport;
  try {
    report = await book.import(chunks, {
      name,
      ...(format === undefined ? {} : { format }),
      ...(root === undefined ? {} : { root }),
      // Without an end there is nothing to draw.
      onProgress: ({ bytes }) => totalBytes !== undefined && progress.update(bytes, totalBytes),
    });
  } finally {
    progress.stop();
  }
  if (context.json) await printJsonLines([report]);
  else await print(`${[...(await skippedLines(report.skipped)), summary(report)].join("\n")}\n`);
  return report.refused === 0 ? 0 : 1;
}

function summary({ events, already, left, refused }: EventImportReport): string {
  const more = [
    ...(left === 0 ? [] : [`${left.toLocaleString("en-US")} left out that tell of the other log itself`]),
    ...(refused === 0 ? [] : [`${refused.toLocaleString("en-US")} not taken`]),
  ];
  return [`imported ${counted(events, "event")}`, `${already.toLocaleString("en-US")} already here`, ...more].join(", ");
}

async function skippedLines(skipped: readonly NotImported[]): Promise<string[]> {
  if (skipped.length === 0) return [];
  const colours = coloursOf();
  const columns = ["not taken", "line", "events", "stream", "why"].map((head) => ({ head: colours.bold(head), whole: head === "line" || head === "why" }));
  const rows = skipped.slice(0, shownSkipped).map(({ kind, line, events, stream = "", field, why }) => [
    kind === "conflict" ? colours.red(kind) : kind,
    String(line),
    String(events),
    clean(stream),
    clean(field === undefined ? why : `${field}: ${why}`),
  ]);
  const lines = await tableLines(columns, rows, terminalWidth());
  if (skipped.length > shownSkipped) lines.push(`and ${counted(skipped.length - shownSkipped, "more thing")}; --json has ${skipped.length < 1000 ? "them all" : "the first 1000"}`);
  return [...lines, ""];
}
