import { gzipped } from "../../../artifacts/gzip-streams.js";
import { checkArtifact, streamArtifact } from "../../../artifacts/read-artifact.js";
import { checkedFlag, checkWhole } from "../../../base/checks.js";
import { InvalidOptionError, isDaybookError, preview } from "../../../base/errors.js";
import type { ArtifactRef } from "../../../events/checkpoint-events.js";
import { checkpointStream } from "../../../events/checkpoint-names.js";
import { checkpointsProjection } from "../../../projections/views/checkpoints.js";
import type { CheckpointRow, SaveRow } from "../../../projections/views/checkpoints.js";
import { checkpointEventTypes } from "../../../projections/views/experiments.js";
import type { CheckpointContext } from "../context.js";
import { assertPresent, checkCareOptions, problemOf, signalOf } from "./care-options.js";
import type { CareOptions, FileFailure } from "./care-options.js";
import { currentOf } from "./retention.js";
import { bytesInStore, readRows } from "./rows.js";

/** How old checkpoints are compressed. */
export interface CompressCheckpointsOptions extends CareOptions {
  /** The n highest steps of each hash stay as they are. Default 1. */
  readonly keep?: number;
  /** Only what was saved at least so many milliseconds ago. Default 0. */
  readonly olderThanMs?: number;
  /** Of gzip, from 1 (fast) to 9 (small). Default 6. */
  readonly level?: number;
  /** Only say what would be compressed. Default false. */
  readonly dryRun?: boolean;
}

/** A file that was compressed. */
export interface CompressedCheckpointFile {
  readonly hash: string;
  readonly step: number;
  readonly save: number;
  /** Where it lies now. */
  readonly path: string;
  readonly bytes: number;
  readonly storedBytes: number;
}

/** What became of compressing. */
export interface CompressCheckpointsReport {
  readonly dryRun: boolean;
  /** On a dry run: what would be tried, `storedBytes` being what it takes now. */
  readonly compressed: readonly CompressedCheckpointFile[];
  /** Files that would hardly become smaller, and stay as they are. */
  readonly incompressible: number;
  /** Bytes that are free now. */
  readonly freedBytes: number;
  readonly failed: readonly FileFailure[];
}

/** What comes out larger than this share is not worth decompressing for. Weights of 32 bits come to about 0.92. */
const worthwhile = 0.97;

interface Task {
  readonly row: CheckpointRow;
  readonly save: SaveRow;
  readonly role: string;
  readonly file: ArtifactRef;
}

/**
 * Compresses the files of old checkpoints with gzip; who loads them does not notice. Each compressed file is durable and read back before the log says of it, and only
 * then its plain form goes: at every moment one of them is there, and is the one that the log names.
 * @throws InvalidOptionError @throws LogReadOnlyError
 */
export async function compressCheckpoints(context: CheckpointContext, options: CompressCheckpointsOptions = {}): Promise<CompressCheckpointsReport> {
  checkCareOptions(options, ["keep", "olderThanMs", "level", "dryRun"]);
  const { keep = 1, olderThanMs = 0, level = 6, dryRun = false, onProgress } = options;
  checkWhole("keep", keep, 0, Number.MAX_SAFE_INTEGER);
  checkWhole("level", level, 1, 9);
  checkedFlag("dryRun", dryRun);
  if (!(typeof olderThanMs === "number" && olderThanMs >= 0)) throw new InvalidOptionError("olderThanMs", `must be a number of milliseconds from 0 on, not ${preview(olderThanMs)}`);
  assertPresent(context, !dryRun);
  const signal = signalOf(context, options);
  const tasks = tasksIn((await readRows(context)).checkpoints, keep, context.host.clock() - olderThanMs);
  const shown = ({ row, save }: Task, { path, bytes, storedBytes = bytes }: ArtifactRef): CompressedCheckpointFile => ({ hash: row.folder, step: row.step, save: save.save, path, bytes, storedBytes });
  if (dryRun) return { dryRun, compressed: tasks.map((task) => shown(task, task.file)), incompressible: 0, freedBytes: 0, failed: [] };
  const [compressed, failed]: [CompressedCheckpointFile[], FileFailure[]] = [[], []];
  const totalBytes = tasks.reduce((sum, { file }) => sum + file.bytes, 0);
  let [bytes, incompressible, freedBytes] = [0, 0, 0];
  for (const task of tasks) {
    signal?.throwIfAborted();
    try {
      const smaller = await compressOne(context, task, level, signal);
      if (smaller === "incompressible") incompressible += 1;
      else if (smaller !== "changed") {
        compressed.push(shown(task, smaller.file));
        if (smaller.leftover === undefined) freedBytes += task.file.bytes - bytesInStore(smaller.file);
        else failed.push({ path: task.file.path, problem: smaller.leftover });
      }
    } catch (error) {
      // A full disk, the log, an abort are everybody's matter; a file that is damaged concerns itself alone.
      if (!["ARTIFACT_CORRUPT", "READ_FAILED", "PATH_OUTSIDE_ROOT"].some((code) => isDaybookError(error) && error.code === code)) throw error;
      failed.push({ path: task.file.path, problem: problemOf(error) });
    }
    bytes += task.file.bytes;
    onProgress?.({ step: "compressing", bytes, totalBytes });
  }
  return { dryRun, compressed, incompressible, freedBytes, failed };
}

/** Files that are plain, of saves that are old enough and not among the highest steps of their hash. */
function tasksIn(checkpoints: readonly CheckpointRow[], keep: number, beforeMs: number): Task[] {
  const tasks: Task[] = [];
  const folders = new Map<string, CheckpointRow[]>();
  for (const row of checkpoints) folders.set(row.folder, [...(folders.get(row.folder) ?? []), row]);
  for (const rows of folders.values()) {
    const there = rows.filter((row) => currentOf(row) !== undefined).sort((one, other) => one.step - other.step);
    for (const row of there.slice(0, Math.max(0, there.length - keep))) {
      for (const save of row.saves) {
        if (save.pruned !== undefined || Date.parse(save.time) > beforeMs) continue;
        for (const [role, file] of Object.entries(save.files)) if (file.codec === undefined && file.bytes > 0) tasks.push({ row, save, role, file });
      }
    }
  }
  return tasks;
}

async function compressOne(context: CheckpointContext, task: Task, level: number, signal: AbortSignal | undefined): Promise<{ readonly file: ArtifactRef; readonly leftover?: string } | "changed" | "incompressible"> {
  const { artifacts } = context;
  const file = await putCompressed(context, task.file, level, signal);
  let named = false;
  try {
    if (bytesInStore(file) > task.file.bytes * worthwhile) return "incompressible";
    await checkArtifact(artifacts, file, { signal });
    named = await replaceInLog(context, task, file, signal);
    if (!named) return "changed";
  } finally {
    // An append that failed may have happened all the same: whether the log names the file is looked up by gc, and not guessed here.
    if (!named && !(await isNamed(context, task, file).catch(() => true))) await artifacts.delete(file.path).catch(() => false);
  }
  const leftover = await artifacts.delete(task.file.path).then(() => undefined, problemOf);
  return leftover === undefined ? { file } : { file, leftover };
}

/** Under a name that nobody has: what a killed process left there is never written over, as another one may be about to name it. */
async function putCompressed({ artifacts }: CheckpointContext, file: ArtifactRef, level: number, signal: AbortSignal | undefined): Promise<ArtifactRef> {
  for (let number = 1; ; number += 1) {
    const path = `${file.path}${number === 1 ? "" : `.${number}`}.gz`;
    const stored = await artifacts.put(path, gzipped(streamArtifact(artifacts, file, { signal }), level), { ...(signal === undefined ? {} : { signal }) });
    if (stored !== undefined) return { path, bytes: file.bytes, sha256: file.sha256, codec: "gzip", storedBytes: stored.bytes };
  }
}

/** @returns false when the log speaks of another file by now, or of none */
async function replaceInLog({ host }: CheckpointContext, { row, save, role, file }: Task, compressed: ArtifactRef, signal: AbortSignal | undefined): Promise<boolean> {
  const stream = checkpointStream(row.folder, row.step);
  const { result } = await host.transact(
    [checkpointsProjection],
    ({ checkpoints }) => {
      const now = checkpoints.get(stream)?.saves.find((one) => one.save === save.save);
      const same = now !== undefined && now.pruned === undefined && now.files[role]?.path === file.path;
      return { events: same ? [{ stream, type: "checkpoint.compressed", data: { save: save.save, files: { [role]: compressed } } }] : [], result: same };
    },
    { types: checkpointEventTypes, ...(signal === undefined ? {} : { signal }) },
  );
  return result;
}

async function isNamed({ host }: CheckpointContext, { row, save, role }: Task, file: ArtifactRef): Promise<boolean> {
  const [now] = await host.lookUp(checkpointsProjection, [checkpointStream(row.folder, row.step)]);
  return now?.saves.find((one) => one.save === save.save)?.files[role]?.path === file.path;
}
