import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Form, SuiteReport, TortureContext, TortureSuite } from "../suite.js";
import { runChain } from "./chain.js";
import { CrashChecker } from "./checker.js";
import type { KillPlan } from "./kill-switch.js";
import { Matrix, situations } from "./matrix.js";
import { scenarios } from "./scenarios.js";
import type { Scenario } from "./scenarios.js";
import { SeededRandom } from "./seeded-random.js";
import { Tally } from "./tally.js";
import { runWriter } from "./writer-process.js";

const crashesWanted: Record<Form, number> = { ci: 300, long: Number(process.env["DAYBOOK_CRASHES"] ?? 10_000), sabotage: 40 };
/** After so many failures more of them say nothing new. */
const enough: Record<Form, number> = { ci: 20, long: 50, sabotage: 3 };
const crashesPerChain = 8;
/** Process start dominates; two chains at a time keep two cores busy. */
const lanes = 2;

/** Kills of real writers at every point, and what is left of their folders. */
export const suite: TortureSuite = {
  name: "crash-matrix",
  promise: "A process that is killed at any instant takes nothing with it that was in the log: every acknowledged append is there once, whole and at its seq.",
  method:
    "A writer counts its calls to the file system and kills itself with SIGKILL before, in the middle of, or after one of them; others are killed from outside. " +
    "The next writer goes on in the same folder, so that recovery is interrupted too. After each crash a reader written from docs/format.md alone holds the folder against what was acknowledged.",
  gaps: [
    "Calls that only look (open, read, stat, list) are no points of their own: a kill there leaves what a kill at the change before it leaves.",
    "The page cache survives a kill. What a power cut takes is the matter of the suite power-loss.",
  ],
  notices: ["lock", "quarantine"],
  run,
};

async function run(context: TortureContext): Promise<SuiteReport> {
  const tally = new Tally();
  const matrix = new Matrix(new SeededRandom(context.seed));
  const played: readonly Scenario[] = context.form === "sabotage" ? ["fsync", "mixed"] : scenarios;
  for (const scenario of played) await countPoints(scenario, matrix, tally, context.seed);
  const wanted = crashesWanted[context.form];
  let done = 0;
  let chains = 0;
  const goesOn = (): boolean => done < wanted && tally.failures.length < enough[context.form];
  const lane = async (): Promise<void> => {
    while (goesOn()) {
      const index = chains++;
      const scenario = played[index % played.length] as Scenario;
      await runChain({
        name: `seed ${context.seed}, chain ${index} (${scenario})`,
        scenario,
        matrix,
        random: new SeededRandom(context.seed, index + 1),
        tally,
        crashes: crashesPerChain,
        several: context.sabotage === "lock" ? 0.6 : 0.12,
        onCrash: () => {
          context.progress(Math.min((done += 1), wanted), wanted, "crashes");
          return goesOn();
        },
      });
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return { tried: tally.tried, facts: { "points of the matrix that were tried": `${matrix.tried} of ${matrix.size}` }, failures: tally.failures };
}

/** One writer per situation that is left alone, and counts. */
async function countPoints(scenario: Scenario, matrix: Matrix, tally: Tally, seed: number): Promise<void> {
  const root = join(mkdtempSync(join(tmpdir(), "daybook-crash-")), "book");
  const checker = new CrashChecker(root);
  const where = `seed ${seed}, counting ${scenario}`;
  const write = async (writer: string, kill?: KillPlan): Promise<Readonly<Record<string, number>>> => {
    const end = await runWriter({ root, scenario, writer, rounds: 3, repeat: [], count: true, ...(kill === undefined ? {} : { kill }) }, checker);
    if (end.kind !== (kill === undefined ? "done" : "killed")) tally.fail(where, [`${writer}: ${end.errors}`]);
    tally.fail(where, checker.check());
    return end.points;
  };
  try {
    for (const situation of situations) {
      if (situation === "torn") await write("tear", { kind: "write a segment", ordinal: 2, phase: "partly", part: 0.6 });
      matrix.add(scenario, situation, await write(situation));
    }
  } finally {
    rmSync(join(root, ".."), { recursive: true, force: true });
  }
}
