import * as path from "node:path";
import type { Daybook, JsonObject, MetricValue, RunLease, RunRecord } from "../../../src/index.js";
import { describeError, messageOf } from "../errors.js";
import { onBrokenPipe, say } from "../output.js";
import { addressOf, clean } from "../text.js";
import { failureOf, runCommand, shellCode } from "./command.js";
import type { Ending } from "./command.js";
import { MetricsFile } from "./metrics-file.js";
import type { SignalRelay } from "./signal-relay.js";
import { Tee } from "./tee.js";

/** What is to be run, and said of it at its start. */
export interface Tracked {
  readonly command: readonly string[];
  readonly tags: readonly string[];
  readonly note: string | undefined;
}

/** Takes the run up, runs the command, records how it ended. @returns the exit code for the shell @throws RunBusyError */
export async function trackRun(book: Daybook, record: RunRecord, { command, tags, note }: Tracked, relay: SignalRelay): Promise<number> {
  const { identifier, uid, relpath } = record;
  const lease = await book.runs.start(identifier, uid, { relpath, command, cwd: process.cwd(), signal: relay.cancelled });
  const { attempt, folder } = lease;
  say(`daybook: run ${addressOf(record)} (attempt ${attempt}) in ${clean(folder)}`);
  // In a folder that it shares, a run's files are told apart by how they begin.
  const prefix = record.storage === "prefix" ? `${uid}_${identifier}_` : "";
  const names = { stdout: `${prefix}attempt-${attempt}.stdout.log`, stderr: `${prefix}attempt-${attempt}.stderr.log` };
  try {
    await book.runs.log(identifier, uid, { relpath, files: names, ...(tags.length === 0 ? {} : { tags }), ...(note === undefined ? {} : { note }) });
  } catch (error) {
    await lease.end({ status: "ERROR" }).catch(() => undefined);
    throw error;
  }
  const tees = [await Tee.create(process.stdout, path.join(folder, names.stdout)), await Tee.create(process.stderr, path.join(folder, names.stderr))] as const;
  // `| head` has seen enough; the run goes on, and its file too.
  onBrokenPipe(() => tees[0].stopShowing());
  const onLost = (): void => say(`daybook: warning: run ${addressOf(record)} is no longer held by this attempt`);
  lease.signal.addEventListener("abort", onLost);
  const metricsFile = new MetricsFile(folder, prefix);
  const ending = await runCommand(command, environment(book.root, record, folder, prefix), relay, tees);
  for (const tee of tees) {
    await tee.close();
    if (tee.problem !== undefined) say(`daybook: warning: ${clean(tee.path)} is not complete: ${messageOf(tee.problem)}`);
  }
  lease.signal.removeEventListener("abort", onLost);
  const code = shellCode(ending);
  if ("notStarted" in ending) say(`daybook: ${clean(ending.notStarted)}`);
  try {
    const warn = (problem: string): void => say(`daybook: warning: ${clean(problem)}`);
    await recordEnding(book, lease, ending, metricsFile.read(warn), warn);
    return code;
  } catch (error) {
    say(`daybook: the end of run ${addressOf(record)} could not be recorded: ${describeError(error)}`);
    return code === 0 ? 1 : code;
  }
}

function environment(root: string, { identifier, relpath, uid, params }: RunRecord, folder: string, prefix: string): NodeJS.ProcessEnv {
  const noParams: JsonObject = {};
  return {
    ...process.env,
    DAYBOOK_ROOT: root,
    DAYBOOK_IDENTIFIER: identifier,
    DAYBOOK_RELPATH: relpath,
    DAYBOOK_UID: uid,
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
