import { readFileSync, writeFileSync } from "node:fs";
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

export function writeResults(file: string, results: BenchResults): void {
  writeFileSync(file, `${JSON.stringify(results, rounded, 1)}\n`);
}

export function readResults(file: string | URL): BenchResults {
  return JSON.parse(readFileSync(file, "utf8")) as BenchResults;
}

/** Six digits are more than any of it is worth. */
const rounded = (_key: string, value: unknown): unknown => (typeof value === "number" && Number.isFinite(value) && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value);
