import { isDaybookError, LogCorruptError, LogNotFoundError, ReadFailedError } from "../base/errors.js";
import { checkedPart } from "./checked-manifest.js";
import { acquireLock, FileLock } from "./file-lock.js";
import type { LogLock } from "./file-lock.js";
import { nodeFileSystem } from "./file-system.js";
import { segmentFileName } from "./format.js";
import { LogWatcher } from "./log-watcher.js";
import { readManifest } from "./manifest.js";
import type { SegmentLogOptions } from "./open-segment-log.js";
import type { Cursor } from "./port.js";
import { ReadOnlySegmentLog } from "./read-only-segment-log.js";
import { rootPaths } from "./root.js";
import type { RootInfo } from "./root.js";
import { checkSealed, placeOf, startSegment } from "./sealed-segments.js";
import { listSegments } from "./segment-list.js";
import { hintedPlace } from "./segment-reader.js";
import { segmentStart } from "./segment-walker.js";
import type { GoodEnd, LogPlace } from "./segment-walker.js";

/** How a log is opened for reading only. */
export interface ReadOnlyOptions extends Pick<SegmentLogOptions, "lockTimeoutMs" | "files" | "lock"> {
  /** Places that this log may have and that were durable, as those of snapshots are. Looking for the head begins at one of them, if the log agrees. */
  readonly places?: Iterable<Cursor>;
}

/** Opens the log of a root, as `requireRoot` gave it, for reading only. @throws LogNotFoundError @throws FormatTooNewError @throws LogCorruptError when not even its first segment can be read */
export async function openReadOnlySegmentLog(root: string, info: RootInfo, options: ReadOnlyOptions): Promise<ReadOnlySegmentLog> {
  try {
    return await openReadOnly(root, info, options);
  } catch (error) {
    throw isDaybookError(error) ? error : new ReadFailedError(error);
  }
}

async function openReadOnly(root: string, info: RootInfo, options: ReadOnlyOptions): Promise<ReadOnlySegmentLog> {
  const files = options.files ?? nodeFileSystem;
  const paths = rootPaths(root);
  const place = placeOf(files, root, info);
  const lock = options.lock ?? (files.statSync(paths.lock) === undefined ? undefined : new FileLock(paths.lock, false));
  let log: ReadOnlySegmentLog | undefined;
  try {
    const segments = await untilMade(place, root, lock, options.lockTimeoutMs);
    log = new ReadOnlySegmentLog(place, new LogWatcher(paths.log), lock, options.lockTimeoutMs, lookingFrom(place, segments, options.places ?? []));
    // The newest part first: where that is damaged, it says the place better than the manifest can.
    await log.head();
    log.check(() => {
      // Another process may have rotated and sealed since the segments were listed.
      const manifest = readManifest(files, paths.manifest, info.root, info.bytes, checkedPart(files, root));
      const sealedTo = manifest.entries.at(-1)?.last ?? 0;
      checkSealed(place, segments.includes(sealedTo + 1) ? segments : listSegments(place), manifest);
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
function lookingFrom(place: LogPlace, segments: readonly number[], places: Iterable<Cursor>): GoodEnd {
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

/** The segments. Between daybook.json and the first one lies a moment: whoever makes the root holds the lock until both are there. */
async function untilMade(place: LogPlace, root: string, lock: LogLock | undefined, lockTimeoutMs: number): Promise<number[]> {
  const segments = listSegments(place);
  if (segments.length > 0) return segments;
  if (lock !== undefined) await acquireLock(lock, "shared", lockTimeoutMs);
  try {
    const made = listSegments(place);
    if (made.length > 0 || place.files.statSync(rootPaths(root).manifest) !== undefined) return made;
    throw new LogNotFoundError(root, "there is a daybook.json, but its log has no segment. Either it was never finished, or the segments were taken away");
  } finally {
    lock?.release();
  }
}
