import * as fs from "node:fs";
import * as path from "node:path";
import { runDuration } from "../../src/index.js";
import type { AttemptRow, RunRecord } from "../../src/index.js";
import { aligned } from "./aligned.js";
import { coloursOf } from "./colours.js";
import type { Colours } from "./colours.js";
import { flatten } from "./record-fields.js";
import { showStatus } from "./run-status.js";
import { tableLines, terminalWidth } from "./table.js";
import { addressOf, bytes, clean, duration, localTime, showValue } from "./text.js";

/** Everything about a run, as lines for a person; how long it has been at work is told as of `nowMs`. */
export async function describeRun(record: RunRecord, folder: string, nowMs: number): Promise<string[]> {
  const colours = coloursOf();
  const section = (title: string, lines: readonly string[]): string[] => (lines.length === 0 ? [] : ["", colours.bold(title), ...lines.map((line) => `  ${line}`)]);
  return [
    `${colours.bold(addressOf(record))}  ${showStatus(record, colours)}`,
    ...aligned([
      ["liveness", record.liveness],
      ["folder", `${clean(folder)}${fs.existsSync(folder) ? "" : colours.dim(" (not made yet)")}`],
      ["param hash", record.paramHash === undefined ? "" : clean(record.paramHash)],
      ["tags", record.tags.map(clean).join(" ")],
    ]).map((line) => `  ${line}`),
    ...section("Note", record.note === undefined ? [] : record.note.split("\n").map(clean)),
    ...section(record.status === "ERROR" ? "Error" : "Last error", errorLines(record)),
    ...section("Params", aligned(flatten(record.params ?? {}).map(([key, value]) => [clean(key), showValue(value)]))),
    ...section("Metrics", aligned(Object.entries(record.metrics).map(([key, value]) => [clean(key), showValue(value)]))),
    ...section("Files", await fileLines(record, folder, colours)),
    ...section("Attempts", await attemptLines(record, colours, nowMs)),
    ...section("History", await tableLines([{ head: colours.dim("time") }, { head: colours.dim("status") }, { head: colours.dim("by") }],
      record.history.map(({ time, status, by }) => [localTime(time), status, clean(by)]))),
  ];
}

function errorLines({ error }: RunRecord): string[] {
  if (error === undefined) return [];
  const { message, name, code, stack } = error;
  const head = `${name === undefined ? "" : `${name}: `}${message}${code === undefined ? "" : ` (${code})`}`;
  return [...head.split("\n"), ...(stack === undefined ? [] : stack.split("\n").slice(1))].map(clean);
}

async function fileLines({ files }: RunRecord, folder: string, colours: Colours): Promise<string[]> {
  const rows = Object.entries(files).map(([name, value]) => [clean(name), clean(value), fileState(value, folder, colours)]);
  return rows.length === 0 ? [] : tableLines(["name", "path", "is"].map((head) => ({ head: colours.dim(head) })), rows);
}

function fileState(value: string, folder: string, colours: Colours): string {
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(value)) return colours.dim("elsewhere");
  const found = fs.statSync(path.resolve(folder, value), { throwIfNoEntry: false });
  if (found === undefined) return colours.red("missing");
  return found.isDirectory() ? "folder" : bytes(found.size);
}

async function attemptLines(record: RunRecord, colours: Colours, nowMs: number): Promise<string[]> {
  if (record.attempts.length === 0) return [];
  const columns = ["#", "started", "took", "host", "pid", "end", "command"].map((head) => ({ head: colours.dim(head) }));
  const rows = record.attempts.map((attempt, index) => [
    String(attempt.attempt),
    localTime(attempt.started),
    duration(runDuration({ ...record, attempts: [attempt], liveness: index === record.attempts.length - 1 ? record.liveness : "lost" }, nowMs) ?? 0),
    clean(attempt.host),
    String(attempt.pid),
    endOf(attempt, index === record.attempts.length - 1 ? record.liveness : "lost", colours),
    (attempt.command ?? []).map(quoted).join(" "),
  ]);
  const width = terminalWidth();
  return tableLines(columns, rows, width === undefined ? undefined : width - 2);
}

function endOf(attempt: AttemptRow, liveness: RunRecord["liveness"], colours: Colours): string {
  if (attempt.signal !== undefined) return colours.red(clean(attempt.signal));
  if (attempt.exitCode !== undefined) return attempt.exitCode === 0 ? "exit 0" : colours.red(`exit ${attempt.exitCode}`);
  if (attempt.ended !== undefined) return "ended";
  return liveness === "lost" ? colours.red("lost") : liveness;
}

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${clean(word).replaceAll("'", "'\\''")}'`);
