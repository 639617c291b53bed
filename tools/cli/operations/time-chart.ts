import type { Colours } from "../colours.js";
import { clean, columnsOf, duration, pad, shorten } from "../text.js";

/** What became of what a bar stands for; `open`: it goes on. */
export type Outcome = "open" | "ended" | "replaced" | "failed" | "cancelled" | "crashed";

/** A line of the chart: what, whose, from when to when. Times are milliseconds. */
export interface Bar {
  readonly what: string;
  readonly who: string;
  readonly fromMs: number;
  /** Of one that is open: now. */
  readonly toMs: number;
  readonly outcome: Outcome;
}

/** The time that the chart spans, and how wide it is. */
export interface ChartFrame {
  readonly fromMs: number;
  readonly toMs: number;
  readonly columns: number;
  readonly colours: Colours;
}

const longestWhat = 32;
const longestWho = 16;
const leastBar = 20;
/** On a narrow terminal names give way to the bars, down to so much, and how something ended is only at the end of its bar. */
const leastWhat = 8;
const leastWho = 4;
const leastRoom = 10;
const heads = { what: "call", who: "by", took: "took" };

/** The last cell of a bar says how it ended, also without colours. */
const ends: Readonly<Record<Outcome, string>> = { open: "▸", ended: "█", replaced: "█", failed: "✗", cancelled: "▒", crashed: "✗" };

/** A chart of what happened when, a line each below an axis: who, from, to, how long, and what became of it; `columns` wide, if that is 36 or more. */
export function timeChart(bars: readonly Bar[], { fromMs, toMs, columns, colours }: ChartFrame): string[] {
  const cells = bars.map(({ what, who, fromMs: from, toMs: to }) => ({ what: clean(what), who: clean(who), took: duration(to - from) }));
  const width = (name: "what" | "who" | "took"): number => cells.reduce((most, cell) => Math.max(most, columnsOf(cell[name])), heads[name].length);
  const took = width("took");
  const outcomes = bars.reduce((most, { outcome }) => Math.max(most, outcome.length), 0) + 2;
  const isNarrow = columns - took - outcomes - 6 - leastBar < leastWhat + leastWho;
  const rest = took + (isNarrow ? 0 : outcomes) + 6;
  // What the names may take, that of the call first.
  const forNames = columns - rest - leastBar;
  const who = Math.min(width("who"), longestWho, Math.max(leastWho, forNames - Math.min(width("what"), longestWhat)));
  const what = Math.min(width("what"), longestWhat, Math.max(leastWhat, forNames - who));
  const widths = { took, who, what };
  const room = Math.max(leastRoom, columns - what - who - rest);
  const scale = scaleOf(fromMs, toMs, room);
  const lines = bars.map((bar, index) => {
    const cell = cells[index];
    const colour = colourOf(bar.outcome, colours);
    const [from, to] = scale(bar.fromMs, bar.toMs);
    const drawn = `${" ".repeat(from)}${colour(`${"█".repeat(to - from - 1)}${ends[bar.outcome]}`)}${" ".repeat(room - to)}`;
    const [call, by] = [pad(shorten(cell?.what ?? "", widths.what), widths.what), pad(shorten(cell?.who ?? "", widths.who), widths.who)];
    return `${call}  ${colours.dim(by)}  ${drawn}  ${(cell?.took ?? "").padStart(widths.took)}${isNarrow ? "" : `  ${colour(bar.outcome)}`}`;
  });
  const [left, right] = ["0", duration(toMs - fromMs)];
  const axis = pad(`${left}${" ".repeat(Math.max(1, room - left.length - right.length))}${right}`, room);
  return [colours.bold(`${pad(heads.what, widths.what)}  ${pad(heads.who, widths.who)}  ${axis}  ${heads.took.padStart(widths.took)}`), ...lines];
}

/** Cells from and to, at least one, all within the room: however short or late something was, it is seen. */
function scaleOf(fromMs: number, toMs: number, room: number): (from: number, to: number) => [from: number, to: number] {
  const span = Math.max(1, toMs - fromMs);
  const cell = (ms: number): number => ((ms - fromMs) / span) * room;
  return (from, to) => {
    const first = Math.min(room - 1, Math.max(0, Math.floor(cell(from))));
    return [first, Math.min(room, Math.max(first + 1, Math.round(cell(to))))];
  };
}

function colourOf(outcome: Outcome, colours: Colours): (text: string) => string {
  switch (outcome) {
    case "ended":
      return colours.green;
    case "open":
      return colours.cyan;
    case "replaced":
    case "cancelled":
      return colours.yellow;
    case "failed":
    case "crashed":
      return colours.red;
    default:
      return outcome satisfies never;
  }
}
