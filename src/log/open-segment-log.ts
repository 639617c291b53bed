import * as path from "node:path";
import { isDaybookError, LogCorruptError, WriteFailedError } from "../base/errors.js";
import { checkedPart } from "./checked-manifest.js";
import { makeFoldersDurably } from "./durable-folders.js";
import { rewriteSegment } from "./failed-mark.js";
import { acquireLock, FileLock } from "./file-lock.js";
import type { LogLock } from "./file-lock.js";
import { nodeFileSystem, syncFolder } from "./file-system.js";
import type { LogFileSystem } from "./file-system.js";
import { segmentFileName } from "./format.js";
import { indexFileName, indexFolder } from "./index/index-names.js";
import { LogWatcher } from "./log-watcher.js";
import { readManifest } from "./manifest.js";
import type { Manifest } from "./manifest.js";
import type { Signer } from "./proof/keys.js";
import { createRoot, createSegment, readRoot, rootHash, rootPaths } from "./root.js";
import { checkSealed, placeOf, startSegment } from "./sealed-segments.js";
import { listSegments, segmentPath } from "./segment-list.js";
import { SegmentLog } from "./segment-log.js";
import { SegmentStore } from "./segment-store.js";
import { SegmentWalker, segmentStart } from "./segment-walker.js";
import type { GoodEnd, LogPlace } from "./segment-walker.js";
import { refuseNetworkFileSystem } from "./unsafe-file-systems.js";

/** How a log of segment files is opened. All sizes in bytes, all times in milliseconds. */
export interface SegmentLogOptions {
  /** A segment this long is followed by a new one. */
  readonly segmentBytes: number;
  readonly maxEventBytes: number;
  readonly lockTimeoutMs: number;
  /** Allow a network file system. */
  readonly unsafeFileSystem: boolean;
  /** How much of the log, newest segments first, is checked against its hashes before the first write. */
  readonly verifyBytes: number;
  readonly nowMs: number;
  /** Signs what this process seals. */
  readonly signer?: Signer | undefined;
  /** The system, where a test puts its own in place. */
  readonly files?: LogFileSystem;
  readonly lock?: LogLock;
}

/**
 * Opens a log for writing, and makes it where there is none. Damage in what is checked refuses.
 * @throws LogCorruptError @throws FormatTooNewError @throws LockTimeoutError @throws WriteFailedError @throws FileSystemUnsafeError
 */
export async function openSegmentLog(root: string, options: SegmentLogOptions): Promise<SegmentLog> {
  const files = options.files ?? nodeFileSystem;
  const paths = rootPaths(root);
  if (!options.unsafeFileSystem) refuseNetworkFileSystem(root);
  systemCall("The folder could not be made", () => makeFoldersDurably(files, paths.log));
  const lock = options.lock ?? new FileLock(paths.lock, true);
  try {
    const before = checkUnlocked(files, root, options);
    await acquireLock(lock, "exclusive", options.lockTimeoutMs);
    try {
      const watcher = new LogWatcher(paths.log);
      const opened = openLocked(files, root, lock, options, before, () => setImmediate(() => log.sealAside()));
      const log = new SegmentLog(opened.store, watcher, options.signer);
      // Segments that a crashed process closed are sealed by whoever comes next, and indexed. A failure shows in `verify`.
      if (opened.unsealed) setImmediate(() => log.sealAside());
      return log;
    } finally {
      lock.release();
    }
  } catch (error) {
    lock.close();
    throw asWriteFailure(error);
  }
}

/** Walks the newest part of an existing log, so that the part under the lock is short. */
function checkUnlocked(files: LogFileSystem, root: string, options: SegmentLogOptions): GoodEnd | undefined {
  const info = readRoot(files, root);
  if (info === undefined) return undefined;
  const place = placeOf(files, root, info);
  const segments = listSegments(place);
  if (segments.length === 0) return undefined;
  const walker = new SegmentWalker(place, segmentStart(place, startSegment(place, segments, options.verifyBytes)));
  try {
    return walker.toEnd();
  } finally {
    walker.close();
  }
}

function openLocked(
  files: LogFileSystem,
  root: string,
  lock: LogLock,
  options: SegmentLogOptions,
  before: GoodEnd | undefined,
  onRotated: () => void,
): { store: SegmentStore; unsealed: boolean } {
  const paths = rootPaths(root);
  const known = readRoot(files, root);
  const info = known ?? createRoot(files, root, options.nowMs);
  const place = placeOf(files, root, info);
  const manifest = readManifest(files, paths.manifest, info.root, info.bytes, checkedPart(files, root));
  const segments = listSegments(place);
  if (segments.length === 0 && manifest.entries.length === 0) {
    if (known !== undefined) {
      assertNothingRecorded(files, root);
      // Whoever made it may have been killed before its name was durable, and segments must never be there without it.
      syncFolder(files, root);
    }
    createSegment(files, place.folder, info.root, 1, rootHash(info.root));
    segments.push(1);
  }
  checkSealed(place, segments, manifest);
  const from = before ?? segmentStart(place, startSegment(place, segments, options.verifyBytes));
  const { segmentBytes, maxEventBytes } = options;
  const store = new SegmentStore({ root, info, place, lock, segmentBytes, maxEventBytes, onRotated }, from);
  try {
    prepareStore(store, files, place, segments, manifest);
  } catch (error) {
    store.close();
    throw error;
  }
  return { store, unsealed: segments.length - 1 > manifest.entries.length || lacksIndices(place, manifest) };
}

/** By their names alone; one that is torn is found out when somebody asks it. */
function lacksIndices(place: LogPlace, { entries }: Manifest): boolean {
  if (entries.length === 0) return false;
  try {
    const names = new Set(place.files.readdirSync(indexFolder(place)));
    return entries.some(({ first }) => !names.has(indexFileName(first)));
  } catch {
    // A cache that is not there, or cannot be read, keeps nobody from opening the log.
    return true;
  }
}

/** Repairs what a failed sync has left, and brings the store to the end of the log. */
function prepareStore(store: SegmentStore, files: LogFileSystem, place: LogPlace, segments: readonly number[], manifest: Manifest): void {
  store.assertWritableFormat();
  if (store.failedMark.isSet) {
    // What was compressed without a manifest's word was synced before its plain file went.
    const unsealed = segments.filter((segment) => segment > (manifest.entries.at(-1)?.first ?? 0) && files.statSync(segmentPath(place, segment)) !== undefined);
    for (const first of unsealed) rewriteSegment(files, place.folder, first);
    syncFolder(files, place.folder);
    store.repaired();
  }
  store.refresh();
}

/**
 * A root whose log has no segment was never finished, unless something was recorded in it: then the segments are gone, and a log
 * that began anew would give its uids and folders out again. @throws LogCorruptError
 */
function assertNothingRecorded(files: LogFileSystem, root: string): void {
  const traces = ["runs", "quarantine", "snapshots"].filter((name) => {
    const folder = path.join(root, name);
    return files.statSync(folder) !== undefined && files.readdirSync(folder).length > 0;
  });
  if (traces.length === 0) return;
  throw new LogCorruptError({ segment: segmentFileName(1), offset: 0, seq: 1 }, `the log has no segment, though there is something in ${traces.join("/, ")}/`);
}

function systemCall<T>(what: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw new WriteFailedError(what, error);
  }
}

function asWriteFailure(error: unknown): unknown {
  return isDaybookError(error) ? error : new WriteFailedError("The daybook could not be opened for writing", error);
}
