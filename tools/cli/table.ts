import type { HorizontalAlignment } from "cli-table3";
import { columnsOf } from "./text.js";

/** A column: its head, and on which side it stands. */
export interface Column {
  readonly head: string;
  readonly align?: HorizontalAlignment;
  /** Never cut: what is in it is there to be copied. */
  readonly whole?: boolean;
}

const gap = 2;
const narrowest = 10;
const edges = ["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right", "left", "left-mid", "mid", "mid-mid", "right", "right-mid"];
const noLines = Object.fromEntries(edges.map((edge) => [edge, ""]));

/** Rows under heads, as lines of text; cut to `width` where one is given. Cells may be coloured. */
export async function tableLines(columns: readonly Column[], rows: readonly (readonly string[])[], width?: number): Promise<string[]> {
  const { default: Table } = await import("cli-table3");
  const widths = fitWidths(naturalWidths(columns, rows), leastWidths(columns, rows), width);
  const table = new Table({
    head: columns.map(({ head }) => head),
    colAligns: columns.map(({ align }) => align ?? "left"),
    // cli-table3 counts the gap before the next column as the column's own.
    colWidths: widths,
    chars: { ...noLines, middle: " ".repeat(gap) },
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString().split("\n").map((line) => line.trimEnd());
}

function naturalWidths(columns: readonly Column[], rows: readonly (readonly string[])[]): number[] {
  return columns.map(({ head }, index) => rows.reduce((most, row) => Math.max(most, lengthOf(row[index] ?? "")), lengthOf(head)));
}

/** The width that a table needs at the least. */
export function leastWidth(columns: readonly Column[], rows: readonly (readonly string[])[]): number {
  return total(leastWidths(columns, rows));
}

/** The terminal's width; undefined when stdout is none, or does not know: then nothing is cut. */
export function terminalWidth(): number | undefined {
  return process.stdout.isTTY && process.stdout.columns > 0 ? process.stdout.columns : undefined;
}

/** Takes width from the widest columns until all fit, or none can give any more. */
function fitWidths(natural: readonly number[], least: readonly number[], width = Infinity): number[] {
  const widths = natural.map((one) => Math.max(1, one));
  while (total(widths) > width) {
    const giving = widths.map((one, index) => (one > (least[index] ?? 0) ? one : 0));
    const most = Math.max(...giving);
    if (most <= 1) break;
    widths[giving.indexOf(most)] = most - 1;
  }
  return widths;
}

function leastWidths(columns: readonly Column[], rows: readonly (readonly string[])[]): number[] {
  return naturalWidths(columns, rows).map((width, index) => (columns[index]?.whole === true ? width : Math.min(width, narrowest)));
}

const total = (widths: readonly number[]): number => widths.reduce((sum, one) => sum + one, gap * Math.max(0, widths.length - 1));

// Without colours.
const lengthOf = (text: string): number => columnsOf(text.replace(/\u001b\[[0-9;]*m/g, ""));
