import { chooseBest } from "../../../src/warm-starts.js";
import type { SavePoint, WarmStartRow } from "../../../src/warm-starts.js";
import { aligned } from "../aligned.js";
import { sections } from "../checkpoints/sections.js";
import { coloursOf } from "../colours.js";
import type { Colours } from "../colours.js";
import { terminalWidth } from "../table.js";
import { bytes, clean, counted, localTime, showRounded } from "../text.js";
import { shortKey } from "./catalogue.js";
import { drawChart } from "./chart.js";
import { entriesTable } from "./entries-table.js";
import type { PastOfKey } from "./past-of-key.js";

const usualWidth = 80;
const widestChart = 120;
const chartHeight = 12;
/** Columns for the indent, and for labels and axis. */
const besideLine = 16;

/** A key, as lines for a person. `keys`: all there are, to tell from. */
export async function describeKey(key: string, entries: readonly WarmStartRow[], past: PastOfKey, keys: readonly string[]): Promise<string[]> {
  const colours = coloursOf();
  const { bold, dim } = colours;
  const chart = await chartLines(past.saves, colours);
  return [
    bold(key),
    ...aligned(factsOf(entries, past).map(([label, value]) => [dim(label), value])).map((line) => `  ${line}`),
    ...sections(colours, [
      ["Entries", entries.length === 0 ? [] : await entriesTable(entries, { notes: notesOn(entries, past, keys), indent: 2 })],
      chart,
    ]),
  ];
}

function factsOf(entries: readonly WarmStartRow[], { saves, evictions }: PastOfKey): [label: string, value: string][] {
  const improvements = saves.filter(({ improved }) => improved);
  const best = improvements.at(-1);
  const reasons = new Map<string, number>();
  for (const { reason } of evictions) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  return [
    ["entries", entries.length === 0 ? "none left" : `${entries.length}, ${bytes(entries.reduce((sum, { file }) => sum + file.bytes, 0))}`],
    ["saves", `${saves.length}, ${counted(improvements.length, "improvement")}, ${spanOf(saves)}`],
    ["best ever", best === undefined ? "no objective was given" : `${showRounded(best.objective)}${best.iteration === undefined ? "" : ` at iteration ${best.iteration}`}, ${localTime(best.time)} by ${clean(best.by)}, ${clean(best.run)}`],
    ["given up", [...reasons].map(([reason, count]) => `${count} ${clean(reason)}`).join(", ")],
  ];
}

function spanOf(saves: readonly SavePoint[]): string {
  const [first, last] = [localTime(saves[0]?.time ?? ""), localTime(saves.at(-1)?.time ?? "")];
  return first === last ? last : `${first} to ${last}`;
}

/** Which entry the next fit begins from, and what fits began from themselves, by run. */
function notesOn(entries: readonly WarmStartRow[], { saves }: PastOfKey, keys: readonly string[]): Map<string, string> {
  const best = chooseBest(entries)?.run;
  const seeds = new Map(saves.flatMap(({ run, seed }) => (seed === undefined ? [] : [[run, seed] as const])));
  return new Map(
    entries.map(({ run }) => {
      const seed = seeds.get(run);
      const from = seed === undefined ? [] : [`began from ${seed.source === "preloaded" ? `a near match, ${shortKey(seed.key, keys)} ` : ""}${clean(seed.run)}`];
      return [run, [...(run === best ? ["best"] : []), ...from].join("; ")];
    }),
  );
}

/** The chart with its title; without lines where there is too little to be drawn. */
async function chartLines(saves: readonly SavePoint[], { cyan, dim }: Colours): Promise<readonly [title: string, lines: readonly string[]]> {
  const told = saves.filter(({ objective }) => objective !== undefined);
  const values = told.flatMap(({ best }) => best ?? []);
  const room = Math.min(terminalWidth() ?? usualWidth, widestChart) - besideLine;
  const chart = await drawChart(values, { width: room, height: chartHeight });
  const title = `Best objective so far, over ${counted(values.length, "save")}${chart?.scale === "log" ? ", on a logarithmic scale" : ""}`;
  if (chart === undefined) return [title, []];
  const [axis, line] = [chart.rows[0]?.[0].length ?? 0, Math.max(...chart.rows.map(([, text]) => text.length))];
  const [first, last] = [localTime(told[0]?.time ?? ""), localTime(told.at(-1)?.time ?? "")];
  // Each below its end of the line, if there is room for both.
  const times = first === last ? last : `${first.padEnd(line - last.length)}${line - last.length <= first.length ? " to " : ""}${last}`;
  return [title, [...chart.rows.map(([labels, text]) => `${dim(labels)}${cyan(text)}`), dim(`${" ".repeat(axis)}${times}`)]];
}
