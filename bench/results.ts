import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Machine } from "./machine.js";
import type { RowResult } from "./row.js";

/** What a run of the benchmarks leaves. */
export interface BenchResults {
  readonly daybook: string;
  readonly measured: string;
  readonly form: "full" | "quick";
  readonly machine: Machine;
  readonly peers: Readonly<Record<string, string>>;
  readonly rows: readonly RowResult[];
}

/** Writes what was measured. Rows that were measured before, and now were not, stay as they are, each with its day. */
export function writeResults(file: string, results: BenchResults, order: readonly string[]): void {
  const before = existsSync(file) ? readResults(file) : undefined;
  const stay = before?.form === results.form ? before.rows.filter(({ name }) => results.rows.every((row) => row.name !== name)) : [];
  const rows = [...stay.map((row) => ({ ...row, measured: dayOf(row, before as BenchResults) })), ...results.rows.map((row) => ({ ...row, measured: results.measured }))];
  rows.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  writeFileSync(file, `${JSON.stringify({ ...results, rows }, rounded, 1)}\n`);
}

/** The day on which a row was measured. */
export const dayOf = (row: RowResult, { measured }: BenchResults): string => row.measured ?? measured;

export function readResults(file: string | URL): BenchResults {
  return JSON.parse(readFileSync(file, "utf8")) as BenchResults;
}

/** Six digits are more than any of it is worth. */
const rounded = (_key: string, value: unknown): unknown => (typeof value === "number" && Number.isFinite(value) && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value);
