import type { Form, SuiteReport, TortureContext, TortureFailure, TortureSuite } from "../suite.js";
import { planRound } from "./plan.js";
import type { RoundSize } from "./plan.js";
import { runRound } from "./round.js";
import type { RoundLimits, RoundOutcome } from "./round.js";

interface Dose extends RoundSize, RoundLimits {
  readonly rounds: number;
  /** No further round begins after so long. */
  readonly enoughMs: number;
}

const doses: Readonly<Record<Form, Dose>> = {
  ci: { rounds: 12, processes: [2, 8], operations: 480, deadlineMs: 60_000, lockTimeoutMs: 30_000, enoughMs: 32_000 },
  long: { rounds: Number(process.env["DAYBOOK_ROUNDS"] ?? 400), processes: [2, 16], operations: 900, deadlineMs: 180_000, lockTimeoutMs: 90_000, enoughMs: Infinity },
  sabotage: { rounds: 8, processes: [4, 7], operations: 240, deadlineMs: 30_000, lockTimeoutMs: 5000, enoughMs: 30_000 },
};
/** Rounds have seeds of their own; the first has that of the run, so that any round can be repeated alone. */
const seedStep = 104_729;
/** Of all objects at most so many may end without a verdict. */
const unknownShare = 0.01;
const keptProblems = 12;

export const suite: TortureSuite = {
  name: "concurrency",
  promise:
    "Whatever any number of processes and threads do at once, it is as if they had done it one after another: uids, reports, expected sequences, idempotency " +
    "keys, decisions and every reading; and readers see whole appends, each seq once, and time going forward, also while writers are killed.",
  method:
    "Rounds of real processes, some with worker threads, begin at one barrier and do seeded random operations on one root, each recorded with the times of its " +
    "call and its return. Every object's history is searched for a sequential order (Wing & Gong with Lowe's cache, as Porcupine does); the order of the log is " +
    "held against that of time, heads included; and what was acknowledged against the log as an independent reader finds it. Segments are so small that they " +
    "rotate and are sealed all the time, durabilities are mixed, some write their commits in two parts, snapshots are written and used, and writers die by SIGKILL at random times and in the middle of their own writes, which are left by half or garbled. " +
    "Readers beside them follow by `log.read`, `events$`, views and heads.",
  gaps: [
    "One machine: clocks of several machines are not compared, and neither are network file systems.",
    "What the scheduler does cannot be repeated from a seed, only what the processes try.",
    "Leases and heartbeats are not part of the histories.",
  ],
  notices: ["lock", "hash-check", "quarantine"],
  run,
};

async function run(context: TortureContext): Promise<SuiteReport> {
  const { form } = context;
  const dose = doses[form];
  const started = performance.now();
  const failures: TortureFailure[] = [];
  const outcomes: RoundOutcome[] = [];
  for (let index = 0; index < dose.rounds; index += 1) {
    if (performance.now() - started > dose.enoughMs || (form === "sabotage" && failures.length > 0)) break;
    const seed = (context.seed + index * seedStep) % 2 ** 31;
    context.progress(index, dose.rounds, `round with seed ${seed}`);
    try {
      const outcome = await runRound(planRound(seed, { ...dose, alwaysKill: deathFor(context) }), dose);
      outcomes.push(outcome);
      failures.push(...outcome.problems.slice(0, keptProblems).map((problem) => ({ where: `seed ${seed}, form ${form}`, problem })));
    } catch (error) {
      failures.push({ where: `seed ${seed}, form ${form}`, problem: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  }
  context.progress(outcomes.length, outcomes.length, "done");
  const objects = outcomes.flatMap(({ verdicts }) => verdicts);
  const unknown = objects.filter(({ kind }) => kind === "unknown").length;
  if (unknown > objects.length * unknownShare) failures.push({ where: `form ${form}`, problem: `${unknown} of ${objects.length} objects ended without a verdict` });
  return { tried: countsOf(outcomes, unknown), facts: factsOf(outcomes), failures };
}

/** The death that shows whether a safeguard is there. */
function deathFor({ form, sabotage }: TortureContext): "half" | "garbled" | undefined {
  if (form !== "sabotage") return undefined;
  return sabotage === "hash-check" ? "garbled" : "half";
}

function countsOf(outcomes: readonly RoundOutcome[], unknown: number): Record<string, number> {
  const sum = (of: (outcome: RoundOutcome) => number): number => outcomes.reduce((total, outcome) => total + of(outcome), 0);
  return {
    rounds: outcomes.length,
    processes: sum(({ processes }) => processes),
    "worker threads": sum(({ threads }) => threads),
    kills: sum(({ kills }) => kills),
    "operations checked": sum(({ operations }) => operations),
    "operations without an answer": sum(({ unanswered }) => unanswered),
    "objects checked for linearisability": sum(({ verdicts }) => verdicts.length),
    "objects without a verdict": unknown,
    "passes of readers": sum(({ readerPasses }) => readerPasses),
    "torn tails recovered": sum(({ recoveries }) => recoveries),
    segments: sum(({ segments }) => segments),
    snapshots: sum(({ snapshots }) => snapshots),
    events: sum(({ events }) => events),
  };
}

function factsOf(outcomes: readonly RoundOutcome[]): Record<string, string> {
  const longest = Math.max(0, ...outcomes.flatMap(({ verdicts }) => verdicts.map(({ calls }) => calls)));
  const most = Math.max(0, ...outcomes.map(({ processes }) => processes));
  return { "operations on one object, at most": String(longest), "processes of one round, at most": String(most) };
}
