import { preview } from "../../base/errors.js";
import { jsonPath } from "../../events/json-path.js";
import { isStatus } from "../../events/status.js";
import type { Status } from "../../events/status.js";
import { isWellFormed, problemOfPrintable } from "../../events/text.js";
import { momentOf, parseWrittenTime } from "./local-time.js";
import type { TimeZone } from "./local-time.js";
import type { LegacyRun, LegacyStatus, Untaken } from "./legacy-run.js";

/** How naive times are read: in a zone, or not at all (they then count as moments that the file does not tell). */
export type NaiveTimes = TimeZone | "unknown";

const fields: ReadonlySet<string> = new Set(["status", "param_hash", "files", "timestamp_status_lst"]);
const maxPath = 4096;

/** What of a record does not depend on its place; undefined when it is no record. `skip` is told what cannot be taken, by its keys within the record. */
export function readRun(
  record: Readonly<Record<string, unknown>>,
  naiveTimes: NaiveTimes,
  skip: (kind: Untaken["kind"], keys: readonly (string | number)[], why: string) => void,
): Pick<LegacyRun, "paramHash" | "files" | "history"> | undefined {
  const status = statusOf(record["status"]);
  if (status === undefined) {
    skip("run", [], `has the status ${preview(record["status"])}, which is none of pending, running, done, error`);
    return undefined;
  }
  for (const field of Object.keys(record)) if (!fields.has(field)) skip("field", [field], "is a field that the layout does not have");
  const paramHash = hashOf(record["param_hash"]);
  if (paramHash.problem !== undefined) skip("field", ["param_hash"], paramHash.problem);
  return { paramHash: paramHash.value, files: filesOf(record["files"], skip), history: historyOf(record["timestamp_status_lst"], status, naiveTimes, skip) };
}

/** The original writes lower case. */
function statusOf(value: unknown): Status | undefined {
  const upper = typeof value === "string" ? value.toUpperCase() : undefined;
  return isStatus(upper) ? upper : undefined;
}

function hashOf(value: unknown): { readonly value: string | undefined; readonly problem?: string } {
  if (value === undefined || value === null) return { value: undefined };
  // Early releases kept the number that Python's hash() gives.
  if (typeof value === "number") {
    return Number.isSafeInteger(value) ? { value: String(value + 0) } : { value: undefined, problem: `is ${value}, which has lost digits when it was parsed, or is no integer; import the file or its text` };
  }
  if (typeof value !== "string") return { value: undefined, problem: `is ${preview(value)}, which is no hash` };
  const problem = problemOfPrintable(value, 256);
  return problem === undefined ? { value } : { value: undefined, problem };
}

function filesOf(value: unknown, skip: (kind: "file", keys: readonly (string | number)[], why: string) => void): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  if (!isRecord(value)) {
    skip("file", ["files"], `is ${preview(value)}, which is no object of names and paths`);
    return {};
  }
  const taken = Object.entries(value).filter(([name, file]) => {
    const problem = problemOfFile(name, file);
    if (problem !== undefined) skip("file", ["files", name], problem);
    return problem === undefined;
  });
  return Object.fromEntries(taken) as Record<string, string>;
}

function problemOfFile(name: string, file: unknown): string | undefined {
  const inName = problemOfPrintable(name, 256);
  if (inName !== undefined) return `has a name that ${inName}`;
  if (typeof file !== "string") return `is ${preview(file)}, which is no path`;
  if (file === "" || file.length > maxPath) return `is ${file.length} characters long; a path has 1 to ${maxPath}`;
  if (file.includes("\0")) return "holds U+0000, which no path does";
  return isWellFormed(file) ? undefined : "holds half of a surrogate pair";
}

function historyOf(
  value: unknown,
  status: Status,
  naiveTimes: NaiveTimes,
  skip: (kind: "status", keys: readonly (string | number)[], why: string) => void,
): readonly LegacyStatus[] {
  const history: LegacyStatus[] = [];
  const list = Array.isArray(value) ? (value as readonly unknown[]) : [];
  if (value !== undefined && !Array.isArray(value)) skip("status", ["timestamp_status_lst"], `is ${preview(value)}, which is no list`);
  let previous = -Infinity;
  for (const [index, entry] of list.entries()) {
    const [time, name] = Array.isArray(entry) ? (entry as readonly unknown[]) : [];
    const [had, written] = [statusOf(name), parseWrittenTime(time)];
    if (had === undefined || written === undefined || (entry as readonly unknown[]).length !== 2) {
      const why = had === undefined ? `has the status ${preview(name)}` : `has the time ${preview(time)}, which is none`;
      skip("status", ["timestamp_status_lst", index], Array.isArray(entry) && entry.length === 2 ? why : `is ${preview(entry)}, not a time and a status`);
      continue;
    }
    if (written.naive && naiveTimes === "unknown") {
      history.push({ status: had, at: undefined });
      continue;
    }
    previous = written.naive ? momentOf(written.shownMs, naiveTimes as TimeZone, previous) : written.shownMs;
    history.push({ status: had, at: new Date(previous).toISOString() });
  }
  const last = history.at(-1);
  if (last?.status === status) return history;
  skip("status", ["status"], last === undefined ? "has no moment: the time of the import stands in its place" : `is ${status.toLowerCase()}, but the last of timestamp_status_lst is ${last.status.toLowerCase()}: it is taken as a later change, at the time of the import`);
  return [...history, { status, at: undefined }];
}

/** An object that is no list. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The place of something inside a record. */
export const placeOf = (keys: readonly (string | number)[]): string => jsonPath("$", keys);
