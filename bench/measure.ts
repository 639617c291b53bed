import type { Fixtures } from "./fixtures/fixtures.js";
import type { Progress } from "./progress.js";
import { resultOf } from "./row.js";
import type { Row, RowResult } from "./row.js";
import { runProgram } from "./run-program.js";

export interface Measuring {
  readonly fixtures: Fixtures;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Runs a row: round after round, each case in a fresh process, all cases in turn. @throws when a case fails or cases disagree */
export async function measureRow(row: Row, rounds: number, { fixtures, progress, signal }: Measuring): Promise<RowResult> {
  for (const name of fixtures.missing(row.fixtures)) {
    progress.tell(`making ${fixtures.label(name)}`);
    await fixtures.make(name, signal);
  }
  const measured: Record<string, Record<string, number[]>> = {};
  for (let round = 1; round <= rounds; round += 1) {
    const begin = performance.now();
    for (const { name, label, program, args } of row.cases) {
      progress.tell(`${row.name} ${round}/${rounds}: ${label}`);
      const metrics = await runProgram(program, args, fixtures.folder, signal);
      const values = (measured[name] ??= {});
      for (const [key, value] of Object.entries(metrics)) (values[key] ??= []).push(value);
    }
    progress.done(row.name, (performance.now() - begin) / 1000);
  }
  for (const key of row.agree ?? []) {
    const found = new Set(row.cases.flatMap(({ name }) => measured[name]?.[key] ?? []));
    if (found.size !== 1) throw new Error(`${row.name}: the cases do not agree on ${key}: ${[...found].join(", ")}`);
  }
  return resultOf(row, measured);
}
