import { atLeast, atMost, ratio, summarise } from "./statistics.js";
import type { Summary, Verdict } from "./statistics.js";

/** What a program measures, by name. */
export type Metrics = Readonly<Record<string, number>>;

/** A column of a row's table. */
export interface Metric {
  readonly key: string;
  readonly title: string;
  readonly better: "higher" | "lower";
}

/** One way to do the work of a row: a program, which is run in a process of its own. */
export interface Case {
  readonly name: string;
  readonly label: string;
  /** Of `bench/programs`. */
  readonly program: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** How it is set up; printed. */
  readonly settings: string;
  /** The case it is divided by in the table, where that is not the row's. */
  readonly reference?: string;
}

interface TargetBase {
  readonly text: string;
  readonly case: string;
  /** Key of a metric. */
  readonly metric: string;
  /** Counted, not timed: there is no noise. */
  readonly exact?: boolean;
}

/** A case against another one of the row: at least so many times as good. */
export interface RatioTarget extends TargetBase {
  readonly against: string;
  readonly times: number;
}

/** A case against a number. */
export interface LimitTarget extends TargetBase {
  readonly limit: number;
}

export type Target = RatioTarget | LimitTarget;

/** A workload, the ways to do it, and what is wanted of them. */
export interface Row {
  readonly name: string;
  readonly title: string;
  /** What is done and measured, in a few sentences. */
  readonly method: string;
  /** The first one is the row's figure. */
  readonly metrics: readonly Metric[];
  /** In the order in which they are run, round after round. */
  readonly cases: readonly Case[];
  /** The case that the others are divided by in the table. */
  readonly reference: string;
  readonly targets: readonly Target[];
  /** Fixtures that have to be there. */
  readonly fixtures: readonly string[];
  /** Metrics that are the same in all cases, or something did not do the work. */
  readonly agree?: readonly string[];
  /** How many rounds, where a round is short. */
  readonly rounds?: number;
  /** About how long a round takes, in seconds; only for the first guess of the remaining time. */
  readonly seconds: number;
}

/** Every round of every case: case name, then metric, then a value per round. */
export type Measured = Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;

/** A target and how it turned out. */
export interface Outcome {
  readonly text: string;
  /** Of a ratio, how many times as good; of a limit, the value. */
  readonly measured: Summary;
  readonly wanted: number;
  readonly verdict: Verdict;
}

/** A measured case, as it is kept. */
export interface CaseResult {
  readonly name: string;
  readonly label: string;
  readonly settings: string;
  /** The case it is divided by in the table. */
  readonly reference: string;
  /** A value per round. */
  readonly metrics: Readonly<Record<string, readonly number[]>>;
}

/** A measured row, as it is kept. */
export interface RowResult {
  readonly name: string;
  readonly title: string;
  readonly method: string;
  /** On which day, where it is kept with rows of other days. */
  readonly measured?: string;
  readonly rounds: number;
  readonly metrics: readonly Metric[];
  readonly cases: readonly CaseResult[];
  readonly outcomes: readonly Outcome[];
}

/** Holds what was measured against a row's targets. */
export function resultOf(row: Row, measured: Measured): RowResult {
  const { name, title, method, metrics } = row;
  const cases = row.cases.map(({ name, label, settings, reference = row.reference }) => ({ name, label, settings, reference, metrics: measured[name] ?? {} }));
  const rounds = Math.max(...cases.map(({ metrics }) => Object.values(metrics)[0]?.length ?? 0));
  return { name, title, method, rounds, metrics, cases, outcomes: row.targets.map((target) => outcomeOf(row, measured, target)) };
}

function outcomeOf(row: Row, measured: Measured, target: Target): Outcome {
  const { text, exact = false } = target;
  const better = row.metrics.find(({ key }) => key === target.metric)?.better;
  if (better === undefined) throw new Error(`${row.name}: no metric ${target.metric}`);
  if ("against" in target) {
    const times = ratio(valuesOf(measured, target.case, target.metric), valuesOf(measured, target.against, target.metric), better);
    return { text, measured: times, wanted: target.times, verdict: atLeast(times, target.times, exact) };
  }
  const value = summarise(valuesOf(measured, target.case, target.metric));
  return { text, measured: value, wanted: target.limit, verdict: (better === "lower" ? atMost : atLeast)(value, target.limit, exact) };
}

function valuesOf(measured: Measured, name: string, metric: string): readonly number[] {
  const values = measured[name]?.[metric];
  if (values === undefined || values.length === 0) throw new Error(`${name} did not measure ${metric}`);
  return values;
}
