import type { Json } from "../../events/recorded-event.js";
import type { JoinedRows } from "./join-rows.js";

/**
 * Rows as CSV (RFC 4180, lines ended by LF): a line of heads, then one per row. Lists and objects are JSON text; what is absent or null is
 * empty. `escapeFormulas` puts a quote before texts that a spreadsheet would take for a formula (`=`, `+`, `-`, `@`, ...); numbers stay
 * as they are.
 */
export async function toCsv({ rows, columns }: JoinedRows, escapeFormulas: boolean): Promise<string> {
  if (columns.length === 0) return "";
  const { stringify } = await import("csv-stringify/sync");
  return stringify([[...columns], ...rows.map((row) => columns.map((column) => cell(row[column])))], { escape_formulas: escapeFormulas });
}

// Numbers as numbers: what is escaped are texts alone.
const cell = (value: Json | undefined): string | number => (value === undefined || value === null ? "" : typeof value === "string" || typeof value === "number" ? value : JSON.stringify(value));

const gap = 2;
const longestCell = 60;

/** Rows as a table of plain text, numbers to the right; long cells are cut. */
export function toTable({ rows, columns }: JoinedRows): string {
  if (columns.length === 0) return "";
  const cells = rows.map((row) => columns.map((column) => shown(row[column])));
  const heads = columns.map((column) => shown(column));
  const widths = heads.map((head, index) => cells.reduce((widest, row) => Math.max(widest, (row[index] ?? "").length), head.length));
  const right = columns.map((column) => rows.every((row) => ["number", "undefined"].includes(typeof (row[column] ?? undefined))));
  const line = (texts: readonly string[]): string =>
    texts.map((text, index) => (right[index] === true ? text.padStart(widths[index] ?? 0) : text.padEnd(widths[index] ?? 0))).join(" ".repeat(gap)).trimEnd();
  return [heads, ...cells].map((row) => `${line(row)}\n`).join("");
}

/** One line that cannot steer a terminal. */
function shown(value: Json | undefined): string {
  const text = value === undefined || value === null ? "" : typeof value === "string" ? value : JSON.stringify(value);
  const clean = text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (one) => (one === "\n" ? "\\n" : `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`));
  return clean.length <= longestCell ? clean : `${clean.slice(0, longestCell - 1)}…`;
}
