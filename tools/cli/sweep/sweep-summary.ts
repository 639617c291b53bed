import type { Daybook } from "../../../src/index.js";
import type { SweepCounts, SweepFailure, SweepReport } from "../../../src/projects.js";
import { messageOf } from "../errors.js";
import { say } from "../output.js";
import { tableLines } from "../table.js";
import { addressOf, clean, counted, duration, shorten } from "../text.js";
import { showBest, showParams, stderrLog } from "./sweep-text.js";

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

/** How a sweep came out, for the person at the terminal. */
export async function saySummary(book: Daybook, place: SweepPlace, report: SweepReport, metric: string | undefined): Promise<void> {
  say(`daybook: ${showCounts(report)} in ${duration(report.elapsedMs)}`);
  if (report.best !== undefined && metric !== undefined) say(`daybook: best: ${showBest(metric, report.best, place)}: ${showParams(report.best.params, 200)}`);
  else if (metric !== undefined && report.done > 0) say(`daybook: none of the runs has a number as metric ${clean(metric)}; \`daybook runs\` shows what they have`);
  if (report.failures.length > 0) for (const line of await failureLines(book, place, report)) say(line);
}

async function failureLines(book: Daybook, place: SweepPlace, { failures, failed }: SweepReport): Promise<string[]> {
  const columns = ["failed", "attempt", "error", "params"].map((head, index) => ({ head, whole: index === 0 }));
  const rows = failures.slice(0, shownFailures).map((failure) => [addressOf({ ...place, uid: failure.uid }), String(failure.attempt), shorten(clean(messageOf(failure.error)), 60), showParams(failure.params)]);
  const [first] = failures;
  return [
    ...(await tableLines(columns, rows, process.stderr.columns)),
    ...(failed > shownFailures ? [`and ${counted(failed - shownFailures, "more set")}: daybook runs --where 'identifier = "${place.identifier}" and status = ERROR'`] : []),
    ...(first === undefined ? [] : [`What they wrote is in their folders: tail ${clean(logOf(book, place, first))}`, "The same command again takes them up as further attempts."]),
  ];
}

function logOf(book: Daybook, { identifier, relpath }: SweepPlace, { uid, attempt }: SweepFailure): string {
  const storage = "subfolder";
  return stderrLog({ identifier, uid, storage, folder: book.runs.folder(identifier, uid, { relpath, storage }) }, attempt);
}
