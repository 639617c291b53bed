import { checkArtifact } from "../../../artifacts/read-artifact.js";
import { ArtifactCorruptError, isDaybookError } from "../../../base/errors.js";
import type { ArtifactRef } from "../../../events/checkpoint-events.js";
import type { CheckpointContext } from "../context.js";
import { assertPresent, checkCareOptions, problemOf, signalOf } from "./care-options.js";
import type { CareOptions } from "./care-options.js";
import { filesInStore, leftoversOf } from "./orphans.js";
import type { Orphan } from "./orphans.js";
import { bytesInStore, namedFiles, readRows } from "./rows.js";
import type { NamedFile } from "./rows.js";

/** A file that the log speaks of, and that is not what it says. */
export interface ArtifactFault {
  readonly hash: string;
  readonly step?: number;
  readonly save?: number;
  /** What the file is: `weights`, `config`, `data-backup before`. */
  readonly role: string;
  /** Relative to the root. */
  readonly path: string;
  /** `is missing`, `is truncated: ...`, `is altered: ...`, or why it could not be read. */
  readonly problem: string;
}

/** What checking all files came to. */
export interface CheckpointsVerification {
  /** No faults. Orphans are none: `gc` clears them away. */
  readonly ok: boolean;
  /** Files that were read, and their bytes as they lie there. */
  readonly files: number;
  readonly bytes: number;
  readonly faults: readonly ArtifactFault[];
  readonly orphans: readonly Orphan[];
  /** Files below `checkpoints/` that are not daybook's own. */
  readonly foreign: readonly string[];
}

/**
 * Reads every file that the log speaks of and compares size and SHA-256; and looks for files of which it does not. What is pruned or compressed while that
 * goes on is no fault.
 * @throws InvalidOptionError @throws LogReadOnlyError on a past @throws ReadFailedError when the folder cannot be listed
 */
export async function verifyCheckpoints(context: CheckpointContext, options: CareOptions = {}): Promise<CheckpointsVerification> {
  checkCareOptions(options);
  assertPresent(context, false);
  const signal = signalOf(context, options);
  const entries = await filesInStore(context.artifacts, signal);
  const rows = await readRows(context);
  const files = distinct(namedFiles(rows));
  const totalBytes = files.reduce((sum, { file }) => sum + bytesInStore(file), 0);
  const faults: ArtifactFault[] = [];
  let bytes = 0;
  for (const named of files) {
    const fault = await faultOf(context, named, signal);
    if (fault !== undefined) faults.push(fault);
    bytes += bytesInStore(named.file);
    options.onProgress?.({ step: "checking", bytes, totalBytes });
  }
  return { ok: faults.length === 0, files: files.length, bytes, faults, ...leftoversOf(entries, rows) };
}

/** What is wrong with a file; undefined for nothing. @throws the reason of an abort */
async function problemWith({ artifacts }: CheckpointContext, file: ArtifactRef, signal: AbortSignal | undefined): Promise<string | undefined> {
  try {
    await checkArtifact(artifacts, file, { signal });
    return undefined;
  } catch (error) {
    if (error instanceof ArtifactCorruptError) return error.problem;
    if (!isDaybookError(error)) throw error;
    return problemOf(error);
  }
}

/**
 * A fault is one only while the log still speaks of the very file that was read: it may have been compressed or pruned meanwhile. As each of that comes once
 * to a file, this ends.
 */
async function faultOf(context: CheckpointContext, { file, role, hash, step, save }: NamedFile, signal: AbortSignal | undefined): Promise<ArtifactFault | undefined> {
  for (let read = file; ; ) {
    const problem = await problemWith(context, read, signal);
    if (problem === undefined) return undefined;
    const same = [...namedFiles(await readRows(context))].filter((one) => one.hash === hash && one.role === role && one.step === step && one.save === save);
    const now = (same.find((one) => one.file.path === read.path) ?? same.at(-1))?.file;
    if (now === undefined) return undefined;
    if (now.path === read.path && now.sha256 === read.sha256) return { hash, ...(step === undefined ? {} : { step }), ...(save === undefined ? {} : { save }), role, path: now.path, problem };
    read = now;
  }
}

/** Each file once, whatever it is all named for; a path with two different digests twice. */
function distinct(files: Iterable<NamedFile>): NamedFile[] {
  const found = new Map<string, NamedFile>();
  for (const one of files) {
    const key = `${one.file.sha256} ${one.file.path}`;
    if (!found.has(key)) found.set(key, one);
  }
  return [...found.values()];
}
