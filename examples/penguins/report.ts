/** What the demo prints about the data and the runs: pure functions from values to text. */
import Table from "cli-table3";
import colors from "picocolors";
import type { Json } from "../../src/index.js";
import type { AggregateRows } from "../../src/projects.js";
import { type PreparedData, SPECIES } from "./dataset.js";

/** Columns without lines between them: narrow, and easily copied. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const edges = ["top", "mid", "bottom"].flatMap((edge) => [edge, `${edge}-mid`, `${edge}-left`, `${edge}-right`]);
  const sides = ["left", "left-mid", "right", "right-mid"];
  const chars = { ...Object.fromEntries([...edges, ...sides].map((name) => [name, ""])), middle: "  " };
  const style = { head: [], border: [], "padding-left": 0, "padding-right": 0 };
  const made = new Table({ head: head.map((name) => colors.dim(name)), chars, style });
  made.push(...rows.map((row) => [...row]));
  return made.toString().replaceAll(/ +$/gm, "");
}

/** What was read, what was dropped and why, and who sees which rows. */
export function describeData({ cleaned, scaled }: PreparedData): string {
  const reasons = [...cleaned.dropped].map(([reason, count]) => `${count} ${count === 1 ? "row" : "rows"}: ${reason}`);
  const parts = Object.entries({ train: scaled.train, validation: scaled.validation, "held out": scaled.heldOut });
  const shares = parts.map(([name, rows]) => {
    const bySpecies = SPECIES.map((_name, label) => String(rows.filter((row) => row.label === label).length));
    return [name, String(rows.length), ...bySpecies];
  });
  return [
    `${cleaned.total} penguins read; ${cleaned.total - cleaned.complete.length} incomplete ones dropped, nothing filled in or guessed:`,
    ...reasons.map((reason) => `  ${reason}`),
    `${cleaned.complete.length} complete ones split by species (inputs are scaled by the training rows' mean and deviation alone):`,
    table(["part", "rows", ...SPECIES], shares),
  ].join("\n");
}

/** The metrics files of all runs side by side, numbers rounded for the eye, the best one marked. */
export function resultsTable({ rows, columns }: AggregateRows, bestUid: string | undefined): string {
  const cell = (value: Json | undefined): string => (typeof value === "number" ? String(Number(value.toFixed(4))) : typeof value === "string" ? value : JSON.stringify(value ?? null));
  const cells = rows.map((row) => {
    const best = row["uid"] === bestUid;
    return [...columns.map((column) => cell(row[column])), best ? "<- best" : ""].map((text) => (best ? colors.green(text) : text));
  });
  return table([...columns, ""], cells);
}

/** A heading between the demo's steps. */
export function heading(text: string): string {
  return `\n${colors.bold(colors.cyan(text))}`;
}
