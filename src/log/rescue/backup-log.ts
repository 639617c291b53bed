import * as path from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { checkedPath } from "../../base/checks.js";
import { InvalidOptionError, isDaybookError, LogCorruptError, ReadFailedError, TargetRefusedError, WriteFailedError } from "../../base/errors.js";
import { makeFoldersDurably } from "../durable-folders.js";
import { acquireLock, FileLock } from "../file-lock.js";
import { closeQuietly, readFully, removeQuietly, syncFile, syncFolder, writeDurably, writeFully } from "../file-system.js";
import type { LogFileSystem } from "../file-system.js";
import { parseSegmentFileName, rootFileName, segmentFileName } from "../format.js";
import type { Manifest } from "../manifest.js";
import { readManifest } from "../manifest.js";
import type { Head, LogBackend } from "../port.js";
import { ReadOnlySegmentLog } from "../read-only-segment-log.js";
import { placeOnce, readRoot, requireRoot, rootHash, rootPaths } from "../root.js";
import type { RootInfo } from "../root.js";
import { placeOf } from "../sealed-segments.js";
import { SegmentCheck } from "../segment-check.js";
import { listSegments, segmentPath } from "../segment-list.js";
import { SegmentLog } from "../segment-log.js";
import { SegmentWalker, segmentStart } from "../segment-walker.js";
import type { GoodEnd, LogPlace } from "../segment-walker.js";
import { judgeTail } from "../tail-verdict.js";
import { artifactFolders, copyArtifacts } from "./copy-artifacts.js";
import { sharedSegments } from "./shared-segments.js";
import { checkRescueOptions } from "./rescue-options.js";
import type { RescueOptions } from "./rescue-options.js";
import { namesInTarget } from "./target.js";

/** What a backup has done. */
export interface BackupReport {
  /** Absolute path of the copy. */
  readonly to: string;
  /** The root id, the same as the original's. */
  readonly root: string;
  /** How far the copy goes. */
  readonly head: Head;
  /** Segments that the copy has, and how many of them were written this time. */
  readonly segments: number;
  readonly copied: number;
  /** Bytes of the segments written this time. */
  readonly bytes: number;
  /** Files besides the log that were copied this time. */
  readonly files: number;
}

const chunkBytes = 1024 * 1024;
const lockTimeoutMs = 10_000;
/** Who else copies to the same folder at this moment; not a file of the daybook. Held all along, because nobody waits for it but another backup. */
const lockName = "backup.lock";

/** The backup of an open daybook. @throws InvalidOptionError for one that is not in a folder, or is a past */
export function backupOf(backend: LogBackend, root: string, to: string, options: RescueOptions = {}): Promise<BackupReport> {
  if (!(backend instanceof SegmentLog || backend instanceof ReadOnlySegmentLog)) {
    return Promise.reject(new InvalidOptionError("daybook", "cannot be backed up: only one in a folder can, as it is now"));
  }
  return backupOn(backend.place.files, root, to, options);
}

/** See `backupLog`. `files`: the system's, or those that a test provides. */
export async function backupOn(files: LogFileSystem, root: string, to: string, options: RescueOptions = {}): Promise<BackupReport> {
  const [source, target] = [path.resolve(checkedPath("root", root)), path.resolve(checkedPath("to", to))];
  checkRescueOptions(options);
  try {
    const info = requireRoot(files, source);
    assertTarget(files, info, source, target);
    makeFoldersDurably(files, rootPaths(target).log);
    const lock = new FileLock(path.join(target, lockName), true);
    try {
      await acquireLock(lock, "exclusive", lockTimeoutMs);
      // Another backup may have made, or finished, the copy meanwhile.
      return await new Backup(files, info, source, target, options).run(assertTarget(files, info, source, target));
    } finally {
      lock.close();
    }
  } catch (error) {
    if (isDaybookError(error) || options.signal?.aborted === true || !(error instanceof Error) || !("syscall" in error)) throw error;
    throw new WriteFailedError(`The daybook could not be copied to ${target}`, error);
  }
}

/** True for a folder in which no backup was ever finished. @throws TargetRefusedError for one that holds anything but a backup of this root */
function assertTarget(files: LogFileSystem, info: RootInfo, root: string, to: string): boolean {
  const names = new Set(namesInTarget(files, root, to));
  const { log } = rootPaths(to);
  if (names.has(rootFileName)) {
    if (readRoot(files, to)?.bytes.equals(info.bytes) !== true) throw new TargetRefusedError(to, "it holds another daybook");
    return false;
  }
  // A backup that was killed has the log before anything else.
  const began = names.has("log") && files.readdirSync(log).some((name) => parseSegmentFileName(name) !== undefined);
  const ours = new Set<string>([lockName, "log", `${rootFileName}.new`, ...(began ? artifactFolders : [])]);
  const strange = [...names].find((name) => !ours.has(name));
  if (strange !== undefined) throw new TargetRefusedError(to, `it holds something else (${strange})`);
  return true;
}

/** One backup under way. */
class Backup {
  readonly #from: LogPlace;
  readonly #to: LogPlace;

  constructor(
    readonly files: LogFileSystem,
    readonly info: RootInfo,
    readonly source: string,
    readonly target: string,
    readonly options: RescueOptions,
  ) {
    this.#from = placeOf(files, source, info);
    this.#to = placeOf(files, target, info);
  }

  async run(fresh: boolean): Promise<BackupReport> {
    const { files, info, target } = this;
    // The manifest first: what it names is there already. Then the end: everything before it is there, and does not change any more.
    const manifest = readManifest(files, rootPaths(this.source).manifest, info.root, info.bytes);
    const end = await this.#end();
    this.#syncSource(end);
    const segments = listSegments(this.#from).filter((first) => first <= end.segment);
    const shared = sharedSegments(this.#from, this.#to, segments, end);
    const due = segments.filter((first) => !shared.includes(first));
    // An event tells of files that were there before it: copied behind the log's end, they are at least as new. Where there is a copy already,
    // they come before the events that tell of them; in a new one the log goes first, so that it is not taken for a daybook before it is finished.
    let copiedFiles = 0;
    if (!fresh) copiedFiles = await this.#copyFiles();
    const bytes = await this.#copySegments(due, segments, manifest, end);
    if (fresh) copiedFiles = await this.#copyFiles();
    this.#placeManifest(segments);
    if (fresh) placeOnce(files, rootPaths(target).description, info.bytes);
    return { to: target, root: info.root, head: { seq: end.seq, time: end.time, token: end.hash }, segments: segments.length, copied: due.length, bytes, files: copiedFiles };
  }

  /** The good end of the log, judged under the lock where anything stands behind it. @throws LogCorruptError for damage */
  async #end(): Promise<GoodEnd> {
    const segments = listSegments(this.#from);
    const from = segments.at(-2) ?? segments.at(-1);
    if (from === undefined || segments[0] !== 1) throw new LogCorruptError({ segment: segmentFileName(1), offset: 0, seq: 1 }, "the first segment is missing");
    const walker = new SegmentWalker(this.#from, segmentStart(this.#from, from));
    try {
      walker.toEnd();
      const lockFile = rootPaths(this.source).lock;
      const later = listSegments(this.#from).some((first) => first > walker.end.segment);
      if (walker.remainder.kind === "none" && !later) return walker.end;
      const lock = this.files.statSync(lockFile) === undefined ? undefined : new FileLock(lockFile, false);
      try {
        if (lock !== undefined) await acquireLock(lock, "shared", lockTimeoutMs);
        walker.toEnd();
        judgeTail(walker, 0);
        return walker.end;
      } finally {
        lock?.close();
      }
    } finally {
      walker.close();
    }
  }

  /** What is copied must not be less durable in the original: after a power cut there, the copy would be ahead of it. */
  #syncSource({ segment }: GoodEnd): void {
    const fd = this.files.openSync(segmentPath(this.#from, segment), "r");
    try {
      syncFile(this.files, fd);
    } catch (error) {
      // Media that cannot be written need no sync.
      if (!["EROFS", "EINVAL", "EBADF"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    } finally {
      closeQuietly(this.files, fd);
    }
  }

  async #copySegments(due: readonly number[], all: readonly number[], manifest: Manifest, end: GoodEnd): Promise<number> {
    const { files } = this;
    const sizes = due.map((first) => (first === end.segment ? end.offset : (this.#from.files.statSync(segmentPath(this.#from, first))?.size ?? 0)));
    const totalBytes = sizes.reduce((sum, size) => sum + size, 0);
    let done = 0;
    for (const [index, first] of due.entries()) {
      const size = sizes[index] as number;
      const temporary = `${segmentPath(this.#to, first)}.new`;
      try {
        await this.#copyOne(first, size, temporary, (bytes) => this.options.onProgress?.({ step: "writing", bytes: done + bytes, totalBytes }));
        await this.#checkOne(first, all[all.indexOf(first) + 1], temporary, manifest);
        files.renameSync(temporary, segmentPath(this.#to, first));
      } catch (error) {
        removeQuietly(files, temporary);
        throw error;
      }
      // In order: a later segment vouches for those before it.
      syncFolder(files, this.#to.folder);
      done += size;
    }
    return totalBytes;
  }

  async #copyOne(first: number, size: number, temporary: string, onBytes: (bytes: number) => void): Promise<void> {
    const { files, options } = this;
    // Compressed or not: it is read, and written, as plain.
    const source = this.#from.files;
    const input = source.openSync(segmentPath(this.#from, first), "r");
    try {
      const output = files.openSync(temporary, "w");
      try {
        const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, size));
        for (let offset = 0; offset < size; ) {
          options.signal?.throwIfAborted();
          const length = readFully(source, input, chunk, Math.min(chunk.length, size - offset), offset);
          if (length === 0) throw new LogCorruptError({ segment: segmentFileName(first), offset, seq: first }, "the segment became shorter while it was copied");
          writeFully(files, output, chunk.subarray(0, length), offset);
          offset += length;
          onBytes(offset);
          await nextTurn();
        }
        syncFile(files, output);
      } finally {
        closeQuietly(files, output);
      }
    } finally {
      closeQuietly(source, input);
    }
  }

  /** Every byte of a copy, before it gets its name. @throws LogCorruptError: the original is damaged */
  async #checkOne(first: number, next: number | undefined, temporary: string, manifest: Manifest): Promise<void> {
    const named = segmentPath(this.#to, first);
    // The check finds the copy under the name that it will have.
    const files: LogFileSystem = { ...this.files, openSync: (file, flags, mode) => this.files.openSync(file === named ? temporary : file, flags, mode) };
    const entry = manifest.entries.find((one) => one.first === first);
    const check = new SegmentCheck({ ...this.#to, files }, first, first === 1 ? { hash: rootHash(this.info.root), seq: 0 } : undefined);
    for (const step of check.run(entry !== undefined)) {
      void step;
      await nextTurn();
      this.options.signal?.throwIfAborted();
    }
    if (next !== undefined) check.expectEnd(next);
    const [fault] = check.faults;
    if (fault !== undefined) throw new LogCorruptError(fault, fault.message);
    if (entry !== undefined && check.sha256 !== entry.sha256) {
      throw new LogCorruptError({ segment: segmentFileName(first), offset: 0, seq: first }, `a sealed segment has SHA-256 ${check.sha256} instead of ${entry.sha256}`);
    }
  }

  /** The lines of the original's manifest, as they are, for every segment that is closed in the copy. */
  #placeManifest(segments: readonly number[]): void {
    const { files, info } = this;
    const [from, to] = [rootPaths(this.source).manifest, rootPaths(this.target).manifest];
    const closed = new Set(segments.slice(0, -1));
    const lines = readManifest(files, from, info.root, info.bytes).entries.filter(({ first }) => closed.has(first)).map((entry) => `${JSON.stringify(entry)}\n`);
    const bytes = Buffer.from(lines.join(""), "utf8");
    const known = files.statSync(to)?.size ?? 0;
    if (bytes.length <= known) return;
    writeDurably(files, `${to}.new`, "w", bytes);
    files.renameSync(`${to}.new`, to);
    syncFolder(files, this.#to.folder);
  }

  async #copyFiles(): Promise<number> {
    if (this.options.logOnly === true) return 0;
    return copyArtifacts(this.source, this.target, this.options, (file, error) => {
      if (["EIO", "EACCES", "EPERM", "EMFILE"].includes((error as NodeJS.ErrnoException).code ?? "")) throw new ReadFailedError(new Error(`${file}: ${(error as Error).message}`, { cause: error }));
      throw error;
    });
  }
}
