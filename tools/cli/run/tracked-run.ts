import * as path from "node:path";
import type { Writable } from "node:stream";
import type { Daybook, JsonObject, MetricValue, RunLease, RunRecord } from "../../../src/index.js";
import { describeError, messageOf } from "../errors.js";
import { onBrokenPipe, say } from "../output.js";
import { addressOf, clean } from "../text.js";
import { failureOf, runCommand, shellCode } from "./command.js";
import type { CommandKeeper, Ending } from "./command.js";
import { MetricsFile } from "./metrics-file.js";
import type { SignalRelay } from "./signal-relay.js";
import { Tee } from "./tee.js";

/** What is to be run, and said of it at its start. */
export interface Tracked {
  readonly command: readonly string[];
  readonly tags: readonly string[];
  readonly note: string | undefined;
}

/** Which run a command belongs to. */
export type TrackedRun = Pick<RunRecord, "identifier" | "uid" | "relpath" | "params" | "storage">;

/** How a command is run: who keeps it, where its output is shown besides its files, and who is told what. */
export interface Setting {
  readonly keeper: CommandKeeper;
  readonly apart: boolean;
  readonly shown: readonly [Writable, Writable] | undefined;
  readonly tell: (line: string) => void;
}

/** Takes the run up, runs the command, records how it ended. @returns the exit code for the shell @throws RunBusyError */
export async function trackRun(book: Daybook, record: RunRecord, tracked: Tracked, relay: SignalRelay): Promise<number> {
  const { identifier, uid, relpath } = record;
  const lease = await book.runs.start(identifier, uid, { relpath, command: tracked.command, cwd: process.cwd(), signal: relay.cancelled });
  const { attempt, folder } = lease;
  say(`daybook: run ${addressOf(record)} (attempt ${attempt}) in ${clean(folder)}`);
  lease.signal.addEventListener("abort", () => {
    if (!lease.ended) say(`daybook: warning: run ${addressOf(record)} is no longer held by this attempt`);
  });
  const { code, problem } = await trackAttempt(book, lease, record, tracked, { keeper: relay, apart: false, shown: [process.stdout, process.stderr], tell: say });
  if (problem === undefined) return code;
  say(`daybook: the end of run ${addressOf(record)} could not be recorded: ${describeError(problem)}`);
  return code === 0 ? 1 : code;
}

/** How an attempt came out: the command's exit code for a shell, what was wrong with it, and why its end could not be recorded. */
export interface TrackedEnd {
  readonly code: number;
  readonly failure: string | undefined;
  /** True when there was no command to be run at all: not found, or not executable. */
  readonly notStarted: boolean;
  readonly problem: Error | undefined;
}

/** Runs a command under a lease and records how it ended. @throws when the attempt could not even be begun; it is ERROR then, if that can be said */
export async function trackAttempt(book: Daybook, lease: RunLease, record: TrackedRun, { command, tags, note }: Tracked, setting: Setting): Promise<TrackedEnd> {
  const { identifier, uid, relpath } = record;
  const { attempt, folder } = lease;
  // In a folder that it shares, a run's files are told apart by how they begin.
  const prefix = filePrefix(record);
  const names = { stdout: `${prefix}attempt-${attempt}.stdout.log`, stderr: `${prefix}attempt-${attempt}.stderr.log` };
  try {
    await book.runs.log(identifier, uid, { relpath, files: names, ...(tags.length === 0 ? {} : { tags }), ...(note === undefined ? {} : { note }) });
  } catch (error) {
    await lease.end({ status: "ERROR" }).catch(() => undefined);
    throw error;
  }
  const [out, err] = setting.shown ?? [];
  const tees = [await Tee.create(out, path.join(folder, names.stdout)), await Tee.create(err, path.join(folder, names.stderr))] as const;
  // `| head` has seen enough; the run goes on, and its file too.
  if (out !== undefined) onBrokenPipe(() => tees[0].stopShowing());
  const metricsFile = new MetricsFile(folder, prefix);
  const ending = await runCommand(command, environment(book.root, record, lease, prefix), setting.keeper, tees, { apart: setting.apart });
  for (const tee of tees) {
    await tee.close();
    if (tee.problem !== undefined) setting.tell(`daybook: warning: ${clean(tee.path)} is not complete: ${messageOf(tee.problem)}`);
  }
  if (setting.shown !== undefined && "notStarted" in ending) setting.tell(`daybook: ${clean(ending.notStarted)}`);
  const end = { code: shellCode(ending), failure: failureOf(ending), notStarted: "notStarted" in ending };
  try {
    const warn = (problem: string): void => setting.tell(`daybook: warning: ${clean(problem)}`);
    await recordEnding(book, lease, ending, metricsFile.read(warn), warn);
    return { ...end, problem: undefined };
  } catch (error) {
    return { ...end, problem: error instanceof Error ? error : new Error(String(error)) };
  }
}

/** What the names of a run's files begin with in a folder that it shares; else nothing. */
export const filePrefix = ({ storage, uid, identifier }: Pick<RunRecord, "storage" | "uid" | "identifier">): string => (storage === "prefix" ? `${uid}_${identifier}_` : "");

function environment(root: string, { identifier, relpath, uid, params }: TrackedRun, { folder, attempt }: RunLease, prefix: string): NodeJS.ProcessEnv {
  const noParams: JsonObject = {};
  return {
    ...process.env,
    DAYBOOK_ROOT: root,
    DAYBOOK_IDENTIFIER: identifier,
    DAYBOOK_RELPATH: relpath,
    DAYBOOK_UID: uid,
    DAYBOOK_ATTEMPT: String(attempt),
    DAYBOOK_PARAMS: JSON.stringify(params ?? noParams),
    DAYBOOK_RUN_DIR: folder,
    DAYBOOK_FILE_PREFIX: prefix,
  };
}

async function recordEnding(book: Daybook, lease: RunLease, ending: Ending, metrics: Readonly<Record<string, MetricValue>>, warn: (problem: string) => void): Promise<void> {
  const { identifier, uid, relpath } = lease;
  const message = failureOf(ending);
  if (Object.keys(metrics).length > 0) {
    try {
      await book.runs.log(identifier, uid, { relpath, metrics });
    } catch (error) {
      if ((error as { code?: unknown }).code !== "INVALID_EVENT") throw error;
      warn(`metrics.json is not taken up: ${messageOf(error)}`);
    }
  }
  const record = await book.runs.getRecord(identifier, uid, { relpath });
  const own = record?.status === "DONE" || record?.status === "ERROR";
  const how = "signal" in ending ? { signal: ending.signal } : { exitCode: ending.exitCode };
  // A command that ends well may have given its own verdict, with `daybook set --status`.
  if (message !== undefined) await lease.end({ ...how, status: "ERROR", error: message });
  else await lease.end(own ? how : { ...how, status: "DONE" });
}
