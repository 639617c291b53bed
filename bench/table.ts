import Table from "cli-table3";
import { figure, spread, times } from "./format.js";
import type { Metric, Outcome, RowResult } from "./row.js";
import { ratio, summarise } from "./statistics.js";

/** Heads and cells of a row's table: each case's figures, and how many times as good as the reference it is. */
export function casesTable(result: RowResult): { readonly head: string[]; readonly cells: string[][] } {
  const [first] = result.metrics;
  const references = new Set(result.cases.map(({ reference }) => reference));
  const divisor = references.size === 1 ? result.cases.find(({ name }) => references.has(name))?.label : "the first of its kind";
  const head = ["", ...result.metrics.map(({ title }) => title), `x ${divisor ?? ""}`];
  const cells = result.cases.map((one) => {
    const reference = result.cases.find(({ name }) => name === one.reference);
    return [
      one.label,
      ...result.metrics.map(({ key }) => (one.metrics[key] === undefined ? "" : spread(summarise(one.metrics[key])))),
      one === reference || first === undefined ? "1" : times(ratioIn(first, one.metrics, reference?.metrics ?? {})),
    ];
  });
  return { head, cells };
}

function ratioIn({ key, better }: Metric, one: Readonly<Record<string, readonly number[]>>, other: Readonly<Record<string, readonly number[]>>): number {
  return ratio(one[key] ?? [], other[key] ?? [], better).median;
}

/** Heads and cells of the table of a row's targets. */
export function targetsTable(outcomes: readonly Outcome[]): { readonly head: string[]; readonly cells: string[][] } {
  return {
    head: ["target", "wanted", "measured", ""],
    cells: outcomes.map(({ text, wanted, measured, verdict }) => [text, figure(wanted), spread(measured), verdict]),
  };
}

/** A row as text for a terminal. */
export function renderRow(result: RowResult): string {
  const parts = [casesTable(result), targetsTable(result.outcomes)].map(({ head, cells }) => {
    const table = new Table({ head, style: { head: [], border: [], compact: true } });
    table.push(...cells);
    return table.toString();
  });
  const rounds = result.rounds === 1 ? "one round" : `${result.rounds} rounds: median and min..max`;
  return [`${result.title}  (${result.name}, ${rounds})`, ...parts, ...settingsOf(result).map((line) => `  ${line}`)].join("\n");
}

/** How each case was set up; said once where all are alike. */
export function settingsOf({ cases }: RowResult): string[] {
  const different = new Set(cases.map(({ settings }) => settings));
  return different.size === 1 ? [...different] : cases.map(({ label, settings }) => `${label}: ${settings}`);
}
