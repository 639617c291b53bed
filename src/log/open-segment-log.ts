import * as path from "node:path";
import { isDaybookError, LogCorruptError, LogNotFoundError, ReadFailedError, WriteFailedError } from "../base/errors.js";
import { checkedPart, keepChecked } from "./checked-manifest.js";
import { makeFoldersDurably } from "./durable-folders.js";
import { rewriteSegment } from "./failed-mark.js";
import { acquireLock, FileLock } from "./file-lock.js";
import type { LogLock } from "./file-lock.js";
import { nodeFileSystem, syncFolder } from "./file-system.js";
import type { LogFileSystem } from "./file-system.js";
import { segmentFileName } from "./format.js";
import { LogWatcher } from "./log-watcher.js";
import { readManifest } from "./manifest.js";
import type { Manifest } from "./manifest.js";
import type { Cursor } from "./port.js";
import { ReadOnlySegmentLog } from "./read-only-segment-log.js";
import { createRoot, createSegment, readRoot, requireRoot, rootHash, rootPaths } from "./root.js";
import type { RootInfo } from "./root.js";
import { listSegments, segmentPath } from "./segment-list.js";
import { hintedPlace } from "./segment-reader.js";
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
      const opened = openLocked(files, root, lock, options, before, () => setImmediate(() => void log.seal().catch(() => undefined)));
      const log = new SegmentLog(opened.store, watcher);
      // Segments that a crashed process closed are sealed by whoever comes next. A failure shows in `verify`.
      if (opened.unsealed) setImmediate(() => void log.seal().catch(() => undefined));
      return log;
    } finally {
      lock.release();
    }
  } catch (error) {
    lock.close();
    throw asWriteFailure(error);
  }
}

/** How a log is opened for reading only. */
export interface ReadOnlyOptions extends Pick<SegmentLogOptions, "lockTimeoutMs" | "files" | "lock"> {
  /** Places that this log may have and that were durable, as those of snapshots are. Looking for the head begins at one of them, if the log agrees. */
  readonly places?: Iterable<Cursor>;
}

/** Opens a log for reading only. @throws LogNotFoundError @throws FormatTooNewError @throws LogCorruptError when not even its first segment can be read */
export async function openReadOnlySegmentLog(root: string, options: ReadOnlyOptions): Promise<ReadOnlySegmentLog> {
  try {
    return await openReadOnly(root, options);
  } catch (error) {
    throw isDaybookError(error) ? error : new ReadFailedError(error);
  }
}

async function openReadOnly(root: string, options: ReadOnlyOptions): Promise<ReadOnlySegmentLog> {
  const files = options.files ?? nodeFileSystem;
  const paths = rootPaths(root);
  const info = requireRoot(files, root);
  const place = placeOf(files, root, info);
  const lock = options.lock ?? (files.statSync(paths.lock) === undefined ? undefined : new FileLock(paths.lock, false));
  let log: ReadOnlySegmentLog | undefined;
  try {
    await untilMade(place, root, lock, options.lockTimeoutMs);
    log = new ReadOnlySegmentLog(place, new LogWatcher(paths.log), lock, options.lockTimeoutMs, lookingFrom(place, options.places ?? []));
    // The newest part first: where that is damaged, it says the place better than the manifest can.
    await log.head();
    log.check(() => {
      // In this order: another process may rotate and seal in between.
      const manifest = readManifest(files, paths.manifest, info.root, info.bytes, checkedPart(files, root));
      checkSealed(place, listSegments(place), manifest);
    });
    return log;
  } catch (error) {
    await log?.close();
    lock?.close();
    throw error;
  }
}

/** How much of a log is looked at when it is opened for reading only; the rest is checked as it is read. */
const glanceBytes = 8 * 1024 * 1024;

/**
 * A place near the end of the log: one of `places`, if the digits of a commit's hash are there, else before a whole segment; the first one
 * where that cannot be read.
 */
function lookingFrom(place: LogPlace, places: Iterable<Cursor>): GoodEnd {
  const segments = listSegments(place);
  if (segments.length === 0) throw new LogCorruptError({ segment: segmentFileName(1), offset: 0, seq: 1 }, "the first segment is missing");
  for (const cursor of places) {
    const known = cursor.hint === undefined ? undefined : hintedPlace(place, cursor);
    // In one of the last two segments, or the walk is longer than without it. What was durable up to there is damaged, not torn, where it is bad.
    if (known !== undefined && known.segment >= (segments.at(-2) ?? 1)) return { ...known, sync: Math.max(known.sync, known.seq) };
  }
  try {
    return segmentStart(place, startSegment(place, segments, glanceBytes));
  } catch (error) {
    if (!isDaybookError(error, "LOG_CORRUPT")) throw error;
    return segmentStart(place, segments[0] as number);
  }
}

/** Between daybook.json and the first segment lies a moment: whoever makes the root holds the lock until both are there. */
async function untilMade(place: LogPlace, root: string, lock: LogLock | undefined, lockTimeoutMs: number): Promise<void> {
  if (listSegments(place).length > 0) return;
  if (lock !== undefined) await acquireLock(lock, "shared", lockTimeoutMs);
  try {
    if (listSegments(place).length === 0 && place.files.statSync(rootPaths(root).manifest) === undefined) {
      throw new LogNotFoundError(root, "there is a daybook.json, but its log has no segment. Either it was never finished, or the segments were taken away");
    }
  } finally {
    lock?.release();
  }
}

function placeOf(files: LogFileSystem, root: string, info: RootInfo): LogPlace {
  return { files, folder: rootPaths(root).log, root: info.root };
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

/** The earliest segment within the budget; at least the last two, because the last one may hold no event yet. */
function startSegment(place: LogPlace, segments: readonly number[], budget: number): number {
  let index = segments.length - 1;
  for (let bytes = 0; index > 0; index -= 1) {
    bytes += place.files.statSync(segmentPath(place, segments[index - 1] as number))?.size ?? 0;
    if (bytes > budget && index < segments.length - 1) break;
  }
  return segments[index] as number;
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
  const checked = checkedPart(files, root);
  const manifest = readManifest(files, paths.manifest, info.root, info.bytes, checked);
  if (manifest.goodBytes !== checked?.bytes) keepChecked(files, root, info.bytes, manifest);
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
  return { store, unsealed: segments.length - 1 > manifest.entries.length };
}

/** Repairs what a failed sync has left, and brings the store to the end of the log. */
function prepareStore(store: SegmentStore, files: LogFileSystem, place: LogPlace, segments: readonly number[], manifest: Manifest): void {
  store.assertWritableFormat();
  if (store.failedMark.isSet) {
    for (const first of segments.filter((segment) => segment > (manifest.entries.at(-1)?.first ?? 0))) rewriteSegment(files, place.folder, first);
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

/** Every sealed segment is there and as long as the manifest says. */
function checkSealed(place: LogPlace, segments: readonly number[], manifest: Manifest): void {
  const present = new Set(segments);
  for (const entry of manifest.entries) {
    const segment = segmentFileName(entry.first);
    const fail = (offset: number, problem: string): never => {
      throw new LogCorruptError({ segment, offset, seq: entry.first }, problem);
    };
    if (!present.has(entry.first)) fail(0, "a sealed segment is missing");
    const size = place.files.statSync(segmentPath(place, entry.first))?.size ?? 0;
    if (size !== entry.bytes) fail(Math.min(size, entry.bytes), `a sealed segment has ${size} bytes instead of ${entry.bytes}`);
  }
  const sealedTo = manifest.entries.at(-1)?.last ?? 0;
  if (!present.has(sealedTo + 1)) {
    throw new LogCorruptError({ segment: segmentFileName(sealedTo + 1), offset: 0, seq: sealedTo + 1 }, "the segment is missing");
  }
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
