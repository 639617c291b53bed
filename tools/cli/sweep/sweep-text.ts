import * as path from "node:path";
import type { JsonObject, RunRecord } from "../../../src/index.js";
import type { BestRun, Session } from "../../../src/projects.js";
import { messageOf } from "../errors.js";
import { flatten } from "../record-fields.js";
import { filePrefix } from "../run/tracked-run.js";
import { addressOf, clean, shorten, showRounded } from "../text.js";

/** Parameters in a line: `lr=0.1 model.width=8`. */
export const showParams = (params: JsonObject, width = 60): string => shorten(flatten(params).map(([key, value]) => `${clean(key)}=${showRounded(value)}`).join(" "), width);

/** Sets per second, minute or hour, whichever gives a number that says something. */
export function showRate(perSecond: number): string {
  const [amount, unit] = perSecond >= 1 ? [perSecond, "s"] : perSecond >= 1 / 60 ? [perSecond * 60, "min"] : [perSecond * 3600, "h"];
  return `${amount >= 100 ? Math.round(amount) : Number(amount.toPrecision(2))}/${unit}`;
}

/** `accuracy=0.97 (train/0012)` */
export const showBest = (metric: string, best: BestRun, place: Pick<RunRecord, "identifier" | "relpath">): string =>
  `${clean(metric)}=${showRounded(best.value)} (${addressOf({ ...place, uid: best.uid })})`;

/** What went wrong in a set, in one line: of an error as it was thrown, or as it was recorded. */
export function failureText(error: unknown): string {
  const recorded = typeof error === "object" && error !== null && "message" in error ? error.message : error;
  return clean(messageOf(recorded));
}

/** Where an attempt's errors were written. */
export const stderrLog = (session: Pick<Session, "folder" | "storage" | "uid" | "identifier">, attempt: number): string =>
  path.join(session.folder, `${filePrefix(session)}attempt-${attempt}.stderr.log`);
