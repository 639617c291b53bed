import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { SuiteOrder, SuiteOutcome } from "./suite-process.js";
import type { Form, Sabotage, TortureFailure } from "./suite.js";
import type { Versions } from "./versions.js";

/** A suite's run, as it is kept. */
export interface SuiteRun {
  readonly form: Form;
  readonly seed: number;
  /** ISO 8601. */
  readonly started: string;
  readonly durationMs: number;
  readonly versions: Versions;
  readonly tried: Readonly<Record<string, number>>;
  readonly facts: Readonly<Record<string, string>>;
  readonly failureCount: number;
  /** The first of them. */
  readonly failures: readonly TortureFailure[];
  /** Why the suite did not come to its end. */
  readonly broke?: string;
}

/** What came of a run with a safeguard off. `caught`: the suite came to its end and found failures. */
export type SabotageVerdict = "caught" | "missed" | "broke" | "timeout";

/** A run with one safeguard off. */
export interface SabotageRun {
  readonly verdict: SabotageVerdict;
  readonly seed: number;
  readonly durationMs: number;
  readonly failureCount: number;
  /** The first failure found, or why there is none. */
  readonly example: string;
}

/** A suite with each of its sabotages. */
export interface SabotageRow {
  /** The same form with nothing off: has to be green, or the others prove nothing. */
  readonly control: SuiteRun;
  readonly off: { readonly [Name in Sabotage]?: SabotageRun };
}

/** What `--report` keeps, by suite. */
export interface TortureReport {
  readonly report: 1;
  readonly suites: Readonly<Record<string, SuiteRun>>;
  readonly sabotage: Readonly<Record<string, SabotageRow>>;
}

export const emptyReport: TortureReport = { report: 1, suites: {}, sabotage: {} };
const keptFailures = 100;

/** A run as it is kept. */
export function suiteRun(order: Pick<SuiteOrder, "form" | "seed">, started: Date, versions: Versions, outcome: SuiteOutcome): SuiteRun {
  const found = outcome.kind === "finished" ? outcome.report : { tried: {}, failures: [] };
  return {
    form: order.form,
    seed: order.seed,
    started: started.toISOString(),
    durationMs: Math.round(outcome.durationMs),
    versions,
    tried: found.tried,
    facts: found.facts ?? {},
    failureCount: found.failures.length,
    failures: found.failures.slice(0, keptFailures),
    ...(outcome.kind === "finished" ? {} : { broke: outcome.problem }),
  };
}

/** Came to its end, tried something, and found nothing. */
export const isGreen = (run: SuiteRun): boolean => run.broke === undefined && run.failureCount === 0 && Object.values(run.tried).some((count) => count > 0);

/** What a run with a safeguard off says about the suite. */
export function sabotageRun(seed: number, outcome: SuiteOutcome): SabotageRun {
  const failures = outcome.kind === "finished" ? outcome.report.failures : [];
  const [first] = failures;
  const verdict = outcome.kind === "finished" ? (first === undefined ? "missed" : "caught") : outcome.kind;
  const example = outcome.kind !== "finished" ? outcome.problem : first === undefined ? "nothing was found" : `${first.where}: ${first.problem}`;
  return { verdict, seed, durationMs: Math.round(outcome.durationMs), failureCount: failures.length, example: example.slice(0, 500) };
}

/** @throws Error for a file that is no report */
export function readReport(file: string): TortureReport {
  if (!existsSync(file)) return emptyReport;
  const value = JSON.parse(readFileSync(file, "utf8")) as Partial<TortureReport> | null;
  if (value?.report !== 1 || value.suites === undefined || value.sabotage === undefined) throw new Error(`${file} is no report of this program`);
  return value as TortureReport;
}

/** A report with newer runs in the place of the older ones of the same suites. */
export function mergeReports(older: TortureReport, newer: TortureReport): TortureReport {
  return { report: 1, suites: { ...older.suites, ...newer.suites }, sabotage: { ...older.sabotage, ...newer.sabotage } };
}

/** Replaces the file at once: whoever stops the program keeps the last whole one. */
export function writeReport(file: string, report: TortureReport): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(report, undefined, 2)}\n`);
  renameSync(`${file}.new`, file);
}
