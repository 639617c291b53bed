import { runsAmong, standardWorkload } from "../events.js";
import type { Metric, Row, Target } from "../row.js";
import { inThousands, oneCase, peak } from "./context.js";
import type { RowContext } from "./context.js";

const lower = (key: string, title: string): Metric => ({ key, title, better: "lower" });

export function timeTravel({ sizes, fixture }: RowContext): Row {
  const count = sizes.large;
  const runs = runsAmong(count, standardWorkload);
  const { perRun } = standardWorkload;
  const way = (name: string, label: string, settings: string, questions: number) =>
    oneCase(name, label, settings, "time-travel", { way: name, source: fixture("large"), count, runs, perRun, questions });
  const twentieth = (name: string, text: string): Target[] => [
    { text: `${text}: at most 1/20 of the replay, the slowest question too`, case: name, against: "replay", metric: "worstMs", times: 20 },
  ];
  return {
    name: "time-travel",
    title: `Questions about the past of ${inThousands(count)} events`,
    method: `A log of ${inThousands(count)} events and ${inThousands(runs)} runs in segments of 16 MiB, opened read-only in a fresh process; moments and runs are drawn at random, several in each process. Measured from before the import to the answer: importing and opening, and one question. What is read is counted by the kernel (rchar), page cache or not, without what opening reads. Before them stands a full replay of the run view, in the same process form.`,
    metrics: [lower("answerMs", "open and answer, ms"), lower("worstMs", "with the slowest question, ms"), lower("eachMs", "each question alone, ms"), lower("kilobytes", "read for each, kB"), peak],
    cases: [
      way("replay", "full replay", "book.rebuild({ check: true, projections: [\"runs\"], parallel: 1 })", 1),
      way("show-at", "one run's record at a random seq", "(await book.at(seq)).runs.getRecord: what `daybook show RUN --at SEQ` asks", 20),
      way("history", "history of one run", "book.history({ run }), all of it", 20),
      way("diff", "difference of two neighbouring moments", "book.diff(seq, seq + 1)", 20),
      way("runs-at", "all runs at a random seq (not asked for)", "(await book.at(seq)).runs.list({ limit: 1 }): the whole view as of then", 5),
    ],
    reference: "replay",
    targets: [
      ...twentieth("show-at", "show at a seq"),
      ...twentieth("history", "history of a run"),
      ...twentieth("diff", "diff of neighbours"),
    ],
    fixtures: ["large"],
    seconds: 12,
  };
}
