import { coloursOf } from "../../tools/cli/colours.js";
import { tableLines } from "../../tools/cli/table.js";
import { clean, counted, duration } from "../../tools/cli/text.js";
import { isGreen } from "./report.js";
import type { SabotageRow, SabotageRun, SuiteRun } from "./report.js";
import { sabotages } from "./suite.js";
import type { Versions } from "./versions.js";

const shownFailures = 20;
const colours = coloursOf();

/** What everything below ran on. */
export function headLines(versions: Versions, seed: number): string[] {
  return [colours.bold("torture"), ...pairs({ ...versions, seed: String(seed) }), ""];
}

/** A suite: what was tried, what was measured, what was found. */
export function suiteLines(name: string, run: SuiteRun): string[] {
  const verdict = isGreen(run) ? colours.green("green") : colours.red("RED");
  const found = run.failures.slice(0, shownFailures).map(({ where, problem }) => `    ${colours.red(clean(where))}: ${clean(problem)}`);
  const more = run.failureCount > shownFailures ? [`    and ${(run.failureCount - shownFailures).toLocaleString("en-US")} more`] : [];
  return [
    `${colours.bold(name)}  ${verdict}  form ${run.form}, seed ${run.seed}, ${duration(run.durationMs)}`,
    "  tried",
    ...pairs(Object.fromEntries(Object.entries(run.tried).map(([what, count]) => [what, count.toLocaleString("en-US")])), 4),
    ...(Object.keys(run.facts).length === 0 ? [] : ["  facts", ...pairs(run.facts, 4)]),
    ...(run.broke === undefined ? [] : [colours.red(`  it did not come to its end: ${run.broke}`)]),
    ...(run.failureCount === 0 ? [] : [`  ${counted(run.failureCount, "failure")}`, ...found, ...more]),
    "",
  ];
}

/** A run with a safeguard off, in a line. */
export function sabotageLine(name: string, safeguard: string, run: SabotageRun): string {
  const good = run.verdict === "caught";
  const said = good ? colours.green(`caught (${counted(run.failureCount, "failure")})`) : colours.red(run.verdict.toUpperCase());
  return `${name} without ${safeguard}: ${said} in ${duration(run.durationMs)}; ${clean(run.example)}`;
}

/** Suites by sabotages. */
export async function sabotageTable(rows: Readonly<Record<string, SabotageRow>>): Promise<string[]> {
  const columns = ["suite", "nothing off", ...sabotages].map((head) => ({ head: colours.bold(head) }));
  const cell = (run: SabotageRun | undefined): string => {
    if (run === undefined) return colours.dim("-");
    return run.verdict === "caught" ? colours.green("caught") : colours.red(run.verdict.toUpperCase());
  };
  const body = Object.entries(rows).map(([name, { control, off }]) => [
    name,
    isGreen(control) ? colours.green("green") : colours.red("RED"),
    ...sabotages.map((safeguard) => cell(off[safeguard])),
  ]);
  return [...(await tableLines(columns, body)), ""];
}

function pairs(values: Readonly<Record<string, string>>, indent = 2): string[] {
  const width = Math.max(0, ...Object.keys(values).map((key) => key.length));
  return Object.entries(values).map(([key, value]) => `${" ".repeat(indent)}${key.padEnd(width)}  ${clean(value)}`);
}
