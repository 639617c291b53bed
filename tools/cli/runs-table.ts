import { fieldOfRun, isRunField, parseFieldPath, runDuration, splitFieldList, unknownField } from "../../src/index.js";
import type { FieldPath, Json, RunRecord } from "../../src/index.js";
import { coloursOf } from "./colours.js";
import type { Colours } from "./colours.js";
import { UsageError } from "./errors.js";
import { flatten } from "./record-fields.js";
import { showStatus } from "./run-status.js";
import { leastWidth, tableLines, terminalWidth } from "./table.js";
import type { Column } from "./table.js";
import { addressOf, clean, counted, duration, localTime, shorten, showRounded, showValue } from "./text.js";

interface Field {
  readonly path: string;
  readonly head: string;
  readonly numeric: boolean;
  /** May be left out where the terminal is narrow. */
  readonly optional: boolean;
  show(record: RunRecord): string;
}

const longestCell = 40;

/** Reads `--columns`. @throws UsageError also for a field that no run can have */
export function readColumns(text: string): FieldPath[] {
  return splitFieldList(text).map((name) => {
    if (name === "") throw new UsageError("--columns has an empty name; write such as run,status,params.lr");
    const path = parseFieldPath(name);
    if (path === undefined) throw new UsageError(`--columns ${name}: write a field such as params.lr, or params["odd.key"]`);
    if (!isRunField(path)) throw new UsageError(`--columns: ${unknownField(path)}`);
    return path;
  });
}

/** Runs as a table: the columns asked for, else status, the parameters that vary, metrics, start and duration as of `nowMs`. */
export async function runsTable(records: readonly RunRecord[], columns: readonly FieldPath[] | undefined, nowMs: number): Promise<string[]> {
  const colours = coloursOf();
  const chosen = columns === undefined ? defaultFields(records, colours, nowMs) : columns.map((path) => field(path, records, colours, false, nowMs));
  const width = terminalWidth();
  const rowsOf = (fields: readonly Field[]): string[][] => records.map((record) => fields.map((one) => one.show(record)));
  const fields = [...chosen];
  const hidden: string[] = [];
  const heads = (): Column[] => fields.map(({ path, head, numeric }) => ({ head: colours.bold(head), align: numeric ? "right" : "left", whole: path === "run" }));
  const tooWide = (): boolean => width !== undefined && leastWidth(heads(), rowsOf(fields)) > width;
  while (tooWide()) {
    const last = fields.findLastIndex(({ optional }) => optional);
    if (last === -1) break;
    hidden.unshift(...fields.splice(last, 1).map(({ path }) => path));
  }
  const lines = await tableLines(heads(), rowsOf(fields), width);
  if (hidden.length > 0) lines.push(colours.dim(`${counted(hidden.length, "column")} left out (${shorten(hidden.join(", "), 60)}): --columns chooses`));
  return lines;
}

function defaultFields(records: readonly RunRecord[], colours: Colours, now: number): Field[] {
  const params = keysOf(records, (record) => flatten(record.params ?? {}));
  // One run alone: nothing varies, and all of them say what it is.
  const varying = records.length === 1 ? params : params.filter((key) => new Set(records.map((record) => JSON.stringify(fieldOfRun(record, ["params", key], 0)))).size > 1);
  const metrics = keysOf(records, (record) => Object.entries(record.metrics));
  const some = (root: string, optional = true, ...keys: string[]): Field => field([root, ...keys], records, colours, optional, now);
  return [
    some("run", false),
    some("status", false),
    ...varying.map((key) => some("params", true, key)),
    ...metrics.map((key) => some("metrics", true, key)),
    ...(records.some(({ attempts }) => attempts.length > 0) ? [some("started"), some("duration")] : []),
    ...(records.some(({ tags }) => tags.length > 0) ? [some("tags")] : []),
  ];
}

const keysOf = (records: readonly RunRecord[], entries: (record: RunRecord) => [string, unknown][]): string[] => [
  ...new Set(records.flatMap((record) => entries(record).map(([key]) => key))),
];

function field(at: FieldPath, records: readonly RunRecord[], colours: Colours, optional: boolean, now: number): Field {
  const path = at.join(".");
  const numeric = path === "duration" || records.every((record) => ["number", "undefined"].includes(typeof (fieldOfRun(record, at, now) ?? undefined)));
  const show = (record: RunRecord): string => {
    if (path === "run") return addressOf(record);
    if (path === "status") return showStatus(record, colours);
    if (path === "duration") return mapped(runDuration(record, now), duration);
    const value = fieldOfRun(record, at, now) as Json | undefined;
    if (times.has(path)) return mapped(value as string | undefined, localTime);
    if (path === "tags") return shorten(record.tags.map(showValue).join(" "), longestCell);
    return shorten(path.startsWith("metrics.") ? showRounded(value) : showValue(value), longestCell);
  };
  return { path, head: clean(path.replace(/^(params|metrics)\./, "")), numeric, optional, show };
}

const times = new Set(["created", "active", "started", "ended"]);
const mapped = <T>(value: T | undefined, show: (value: T) => string): string => (value === undefined ? "" : show(value));
