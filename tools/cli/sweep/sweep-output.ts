import { runDuration } from "../../../src/index.js";
import type { SettledSet } from "../../../src/ledgers/projects/sweep/run-sweep.js";
import type { SweepProgress } from "../../../src/projects.js";
import { onBrokenPipe, print, say } from "../output.js";
import { addressOf, clean, counted, duration } from "../text.js";
import { sweepBar } from "./sweep-bar.js";
import { failureText, showParams, stderrLog } from "./sweep-text.js";

/** What is shown while a sweep runs. */
export interface SweepOutput {
  progress(progress: SweepProgress): void;
  settled(set: SettledSet): Promise<void>;
  /** A line for the person, in between. */
  say(line: string): void;
  /** Takes away what is not to stay. Twice is once. */
  stop(): void;
}

/** On a terminal a bar; elsewhere a line for each set that was run; with `json` a JSON line on stdout for every set. */
export async function sweepOutput(total: number, metric: string | undefined, json: boolean): Promise<SweepOutput> {
  const bar = process.stderr.isTTY ? await sweepBar(total, metric) : undefined;
  let ended = 0;
  // `| head` has seen enough; the sweep goes on.
  let printing = json;
  if (json) onBrokenPipe(() => (printing = false));
  return {
    progress: (progress) => bar?.update(progress),
    settled: async (set) => {
      ended += 1;
      if (printing) await print(`${JSON.stringify(settledAsJson(set))}\n`);
      else if (!json && bar === undefined && set.how.kind !== "done") say(`daybook: [${ended}/${total}] ${settledLine(set, metric)}`);
    },
    say: (line) => (bar === undefined ? say(line) : bar.say(line)),
    stop: () => bar?.stop(),
  };
}

function settledLine({ session, how }: SettledSet, metric: string | undefined): string {
  const params = showParams(session.params);
  if (how.kind === "failed") return `${addressOf(session)} ERROR: ${failureText(how.error)}; ${params}; see ${clean(stderrLog(session, how.attempt))}`;
  const { metrics, attempts } = how.record;
  const attempt = attempts.at(-1)?.attempt ?? 1;
  const value = metric === undefined || !Object.hasOwn(metrics, metric) ? "" : `, ${clean(metric)}=${JSON.stringify(metrics[metric])}`;
  return `${addressOf(session)} DONE in ${duration(runDuration(how.record, Date.now()) ?? 0)}${attempt > 1 ? ` (${counted(attempt, "attempt")})` : ""}${value}; ${params}`;
}

function settledAsJson({ index, session, how }: SettledSet): object {
  const { identifier, relpath, uid, params } = session;
  const place = { index, identifier, relpath, uid, params };
  if (how.kind === "failed") return { ...place, status: "ERROR", reused: false, attempt: how.attempt, error: failureText(how.error) };
  const { metrics, attempts } = how.record;
  return { ...place, status: "DONE", reused: how.kind === "done", attempt: attempts.at(-1)?.attempt ?? null, metrics };
}
