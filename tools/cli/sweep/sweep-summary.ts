import type { SweepCounts, SweepReport } from "../../../src/projects.js";
import { say } from "../output.js";
import { tableLines } from "../table.js";
import { addressOf, clean, counted, duration, shorten } from "../text.js";
import { failureText, showBest, showParams } from "./sweep-text.js";

/** Which runs a sweep makes. */
export interface SweepPlace {
  readonly identifier: string;
  readonly relpath: string;
}

const shownFailures = 20;

/** The counts in a line: `200 sets: 198 DONE (150 before), 2 failed`. */
export function showCounts({ total, done, reused, failed, elsewhere }: SweepCounts): string {
  const parts = [
    `${done.toLocaleString("en-US")} DONE${reused > 0 ? ` (${reused.toLocaleString("en-US")} not run here)` : ""}`,
    failed > 0 ? `${failed.toLocaleString("en-US")} failed` : "",
    elsewhere > 0 ? `${elsewhere.toLocaleString("en-US")} at work elsewhere` : "",
  ];
  return `${counted(total, "set")}: ${parts.filter((part) => part !== "").join(", ")}`;
}

/** How a sweep came out, for the person at the terminal. `failedLog` is where the first set that failed has written its errors. */
export async function saySummary(place: SweepPlace, report: SweepReport, metric: string | undefined, failedLog: string | undefined): Promise<void> {
  say(`daybook: ${showCounts(report)} in ${duration(report.elapsedMs)}`);
  if (report.best !== undefined && metric !== undefined) say(`daybook: best: ${showBest(metric, report.best, place)}: ${showParams(report.best.params, 200)}`);
  else if (metric !== undefined && report.done > 0) say(`daybook: none of the runs has a number as metric ${clean(metric)}; \`daybook runs\` shows what they have`);
  if (report.failures.length > 0) for (const line of await failureLines(place, report, failedLog)) say(line);
}

async function failureLines(place: SweepPlace, { failures, failed }: SweepReport, failedLog: string | undefined): Promise<string[]> {
  const columns = ["failed", "attempt", "error", "params"].map((head, index) => ({ head, whole: index === 0 }));
  const rows = failures.slice(0, shownFailures).map((failure) => [addressOf({ ...place, uid: failure.uid }), String(failure.attempt), shorten(failureText(failure.error), 60), showParams(failure.params)]);
  return [
    ...(await tableLines(columns, rows, process.stderr.columns)),
    ...(failed > shownFailures ? [`and ${counted(failed - shownFailures, "more set")}: daybook runs --where 'identifier = "${place.identifier}" and status = ERROR'`] : []),
    ...(failedLog === undefined ? [] : [`What they wrote is in their folders: tail ${clean(failedLog)}`]),
    "The same command again takes them up as further attempts.",
  ];
}
