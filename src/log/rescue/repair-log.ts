import * as fsp from "node:fs/promises";
import * as path from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { checkedPath } from "../../base/checks.js";
import { FormatTooNewError, isDaybookError, LogNotFoundError, TargetRefusedError, WriteFailedError } from "../../base/errors.js";
import { makeFoldersDurably } from "../durable-folders.js";
import { acquireLock, FileLock } from "../file-lock.js";
import { closeQuietly, syncFolder, writeDurably } from "../file-system.js";
import type { LogFileSystem } from "../file-system.js";
import { rootFileName, segmentFileName } from "../format.js";
import { headerLine } from "../header.js";
import type { ManifestEntry } from "../manifest.js";
import type { Head } from "../port.js";
import { keepTornTail, readTornTail } from "../quarantine.js";
import { placeOnce, rootHash, rootPaths } from "../root.js";
import type { RootInfo } from "../root.js";
import { placeOf } from "../sealed-segments.js";
import type { LogPlace } from "../segment-walker.js";
import { artifactFolders, copyArtifacts } from "./copy-artifacts.js";
import { isLoss, lenientFiles, problemOf } from "./lenient-files.js";
import type { LostEvents } from "./lost-events.js";
import { manifestOf } from "./new-manifest.js";
import { checkSegments } from "./check-segments.js";
import { planRepair } from "./plan-repair.js";
import type { RepairPlan } from "./plan-repair.js";
import { SegmentScan } from "./scan-segment.js";
import type { ScannedSegment } from "./scanned-segment.js";
import { checkRescueOptions } from "./rescue-options.js";
import type { RescueOptions } from "./rescue-options.js";
import { identify, newDescription, sealedLines, segmentNumbers } from "./source-facts.js";
import { namesInTarget } from "./target.js";
import { writeSegment } from "./write-segment.js";

/** A segment that could not be taken over as it was. */
export interface RewrittenSegment {
  /** File name in the new log, and in the damaged one. */
  readonly segment: string;
  readonly from: string;
  readonly events: number;
  readonly why: string;
}

/** Bytes that no good commit covers, as they are kept. */
export interface QuarantinedBytes {
  /** Below the new root. */
  readonly file: string;
  readonly segment: string;
  readonly offset: number;
  readonly bytes: number;
  readonly why: string;
}

/** What a repair has done. */
export interface RepairReport {
  /** Absolute path of the new root. */
  readonly to: string;
  /** The root id, the same as before. */
  readonly root: string;
  /** In the new log. */
  readonly events: number;
  readonly segments: number;
  readonly head: Head;
  /** Events that are in the damaged log no more, by seq. */
  readonly lost: readonly LostEvents[];
  readonly rewritten: readonly RewrittenSegment[];
  readonly quarantined: readonly QuarantinedBytes[];
  /** Files that were copied, besides the log. */
  readonly files: number;
  /** What else is good to know: what was mended without a loss, what was left out. */
  readonly notes: readonly string[];
}

/** See `repairLog`. `files`: the system's, or those that a test provides. */
export async function repairOn(files: LogFileSystem, root: string, to: string, options: RescueOptions = {}): Promise<RepairReport> {
  const [source, target] = [path.resolve(checkedPath("root", root)), path.resolve(checkedPath("to", to))];
  checkRescueOptions(options);
  if (namesInTarget(files, source, target).length > 0) {
    throw new TargetRefusedError(target, "it is not empty. If it was left by a repair that was killed, remove it first");
  }
  const made = files.statSync(target) === undefined;
  try {
    return await repair(files, source, target, options);
  } catch (error) {
    // It was not there, or empty: all that is in it now is ours, and it is not finished.
    for (const name of ["log", `${rootFileName}.new`, ...artifactFolders]) await fsp.rm(path.join(target, name), { recursive: true, force: true }).catch(() => undefined);
    if (made) await fsp.rmdir(target).catch(() => undefined);
    if (isDaybookError(error) || options.signal?.aborted === true || !(error instanceof Error) || !("syscall" in error)) throw error;
    throw new WriteFailedError(`The log could not be repaired into ${target}`, error);
  }
}

async function repair(system: LogFileSystem, root: string, to: string, options: RescueOptions): Promise<RepairReport> {
  const { signal, onProgress } = options;
  const notes: string[] = [];
  // As its log is read, whose ever it is, and whatever cannot be.
  const unread = new Set<string>();
  const files = lenientFiles(placeOf(system, root, { root: "" } as RootInfo).files, (error) => {
    if (unread.size < maxUnread) unread.add(`bytes could not be read, and count as zeros: ${problemOf(error)}`);
  });
  const numbers = segmentNumbers(files, rootPaths(root).log);
  if (numbers.length === 0 && files.statSync(path.join(root, rootFileName)) === undefined) throw new LogNotFoundError(root, "there is neither a daybook.json nor a segment");
  const identity = identify(files, root, numbers, notes);
  if (identity.unknownWrites.length > 0) throw new FormatTooNewError(rootFileName, identity.unknownWrites, "write");
  const place = { files, folder: rootPaths(root).log, root: identity.root };
  const sealed = sealedLines(files, root, identity, notes);
  const scans = await scanAll(place, sealed, notes, options);
  const ours = scans.filter(({ foreign, name }) => {
    if (foreign !== undefined) notes.push(`${name} is left out: ${foreign}`);
    return foreign === undefined;
  });
  for (const { header, name } of ours) if (header !== undefined && header.unknownWrites.length > 0) throw new FormatTooNewError(name, header.unknownWrites, "write");
  const plan = planRepair(ours, sealed, rootHash(identity.root));

  const target = placeOf(system, to, { root: identity.root } as RootInfo);
  makeFoldersDurably(files, target.folder);
  await writeAll(place, target, plan, options);
  const bytes = identity.bytes ?? newDescription(identity.root, identity.created ?? plan.segments[0]?.runs[0]?.from ?? new Date().toISOString());
  const manifest = await manifestOf(target, plan, bytes, sealed, signal);
  writeManifest(system, to, manifest.bytes);
  const { events, head } = await checkSegments(target, (done, totalBytes) => onProgress?.({ step: "checking", bytes: done, totalBytes }), signal);
  const quarantined = keepBad(place, to, scans);
  const copied = options.logOnly === true ? 0 : await copyAll(root, to, notes, options);
  placeOnce(system, rootPaths(to).description, bytes);
  if (plan.lost.length > 0 && copied > 0) notes.push("files of runs whose events are lost were copied, too; a run that is given such a uid again finds them in its folder");

  return {
    to,
    root: identity.root,
    events,
    segments: plan.segments.length + (plan.active === undefined ? 0 : 1),
    head,
    lost: plan.lost,
    rewritten: plan.segments.flatMap(({ first, source, events: count, rewrite }) => (rewrite === undefined ? [] : [{ segment: segmentFileName(first), from: source.name, events: count, why: rewrite.why }])),
    quarantined,
    files: copied,
    notes: [...notes, ...unread, ...plan.notes, ...mendedNotes(ours), ...doubts(plan, manifest.entries, sealed), ...unsignedNotes(manifest.entries, sealed)],
  };
}

/** The files of the log; the last one under the lock, so that no write under way is taken for damage. */
async function scanAll(place: LogPlace, sealed: readonly ManifestEntry[], notes: string[], { signal, onProgress }: RescueOptions): Promise<ScannedSegment[]> {
  const scans: ScannedSegment[] = [];
  const { files, folder } = place;
  const lockFile = path.join(folder, "lock");
  const lock = files.statSync(lockFile) === undefined ? undefined : new FileLock(lockFile, false);
  let done = 0;
  const report = (bytes: number, totalBytes: number): void => onProgress?.({ step: "reading", bytes, totalBytes });
  try {
    for (;;) {
      const numbers = segmentNumbers(files, folder);
      const totalBytes = numbers.reduce((sum, number) => sum + sizeOf(place, number), 0);
      for (const number of numbers.slice(scans.length, -1)) {
        const steps = scanOne(place, number, hintsFor(place, number, scans, sealed), notes);
        for (let step = steps.next(); ; step = steps.next()) {
          if (step.done === true) {
            scans.push(step.value);
            break;
          }
          report(done + step.value, totalBytes);
          await nextTurn();
          signal?.throwIfAborted();
        }
        done += sizeOf(place, number);
      }
      const last = numbers.at(-1);
      if (last === undefined) return scans;
      if (lock !== undefined) await acquireLock(lock, "shared", lockTimeoutMs);
      try {
        if (segmentNumbers(files, folder).at(-1) !== last) continue;
        const steps = scanOne(place, last, hintsFor(place, last, scans, sealed), notes);
        let step = steps.next();
        while (step.done !== true) step = steps.next();
        scans.push(step.value);
        report(totalBytes, totalBytes);
        return scans;
      } finally {
        lock?.release();
      }
    }
  } finally {
    lock?.close();
  }
}

const lockTimeoutMs = 10_000;
/** So many different failures to read are reported. */
const maxUnread = 20;

function* scanOne(place: LogPlace, number: number, hints: readonly string[], notes: string[]): Generator<number, ScannedSegment> {
  try {
    return yield* new SegmentScan(place, number, hints).run();
  } catch (error) {
    if (!isLoss(error)) throw error;
    const why = problemOf(error);
    notes.push(`${segmentFileName(number)} cannot be read at all: ${why}`);
    return { first: number, name: segmentFileName(number), size: 0, header: undefined, headerProven: false, runs: [], bad: [{ offset: 0, bytes: 0, why }], patches: [], padded: false, foreign: undefined };
  }
}

/** Hashes that a segment may continue on, by what stands before it. */
function hintsFor(place: LogPlace, number: number, scans: readonly ScannedSegment[], sealed: readonly ManifestEntry[]): string[] {
  if (number === 1) return [rootHash(place.root)];
  const before = scans.at(-1);
  return [before?.header?.rewritten?.end, before?.runs.at(-1)?.hash, sealed.find(({ last }) => last === number - 1)?.end].filter((hash) => hash !== undefined);
}

function sizeOf({ files, folder }: LogPlace, number: number): number {
  try {
    return files.statSync(path.join(folder, segmentFileName(number)))?.size ?? 0;
  } catch (error) {
    if (isLoss(error)) return 0;
    throw error;
  }
}

async function writeAll(from: LogPlace, to: LogPlace, plan: RepairPlan, { signal, onProgress }: RescueOptions): Promise<void> {
  const { files } = to;
  const totalBytes = plan.segments.reduce((sum, { copy, source }) => sum + (copy ?? source.size), 0);
  let bytes = 0;
  const onBytes = (count: number): void => onProgress?.({ step: "writing", bytes: (bytes += count), totalBytes });
  for (const segment of plan.segments) {
    signal?.throwIfAborted();
    await writeSegment(from, to, segment, { onBytes, signal });
  }
  if (plan.active !== undefined) writeDurably(files, path.join(to.folder, segmentFileName(plan.active.first)), "wx", headerLine(to.root, plan.active.first, plan.active.on));
  syncFolder(files, to.folder);
}

function writeManifest(files: LogFileSystem, root: string, bytes: Buffer): void {
  if (bytes.length === 0) return;
  writeDurably(files, rootPaths(root).manifest, "wx", bytes);
  syncFolder(files, rootPaths(root).log);
}

/** Bytes that belong to no good commit go to `quarantine/`, named by their place. */
function keepBad(place: LogPlace, to: string, scans: readonly ScannedSegment[]): QuarantinedBytes[] {
  const { files, folder } = place;
  const kept: QuarantinedBytes[] = [];
  for (const { name, bad, foreign } of scans) {
    const ranges = foreign === undefined ? bad.filter(({ bytes }) => bytes > 0) : [];
    if (ranges.length === 0) continue;
    const fd = files.openSync(path.join(folder, name), "r");
    try {
      for (const { offset, bytes, why } of ranges) {
        const tail = readTornTail(files, fd, { segment: Number(name.slice(0, 20)), from: offset, bytes });
        keepTornTail(files, fd, tail, rootPaths(to).quarantine);
        kept.push({ file: `quarantine/${tail.name}`, segment: name, offset, bytes, why });
      }
    } finally {
      closeQuietly(files, fd);
    }
  }
  return kept;
}

function copyAll(root: string, to: string, notes: string[], options: RescueOptions): Promise<number> {
  return copyArtifacts(root, to, options, (file, error) => {
    // What the target refuses is no fault of the file.
    if (["ENOSPC", "EDQUOT", "EROFS"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    notes.push(`${path.relative(root, file)} could not be copied: ${error instanceof Error ? error.message : String(error)}`);
  });
}

function mendedNotes(scans: readonly ScannedSegment[]): string[] {
  return scans.flatMap(({ name, patches }) => patches.map(({ offset, bytes }) => `${name}, byte ${offset}: ${bytes.length} bytes were put back as a later hash proves that they were`));
}

/** Segments that are whole by their own hashes, and yet not those that were sealed. */
function doubts({ segments }: RepairPlan, made: readonly ManifestEntry[], sealed: readonly ManifestEntry[]): string[] {
  return segments.flatMap(({ source, first, copy }) => {
    const [now, before] = [made, sealed].map((entries) => entries.find((one) => one.first === first)?.sha256);
    if (copy === undefined || now === undefined || before === undefined || now === before) return [];
    return [`${source.name} has SHA-256 ${now} instead of ${before}, though each commit matches its hash: somebody may have changed it on purpose. It is taken as it is`];
  });
}

/** How far signatures reach, where they do not reach as far as before. */
function unsignedNotes(made: readonly ManifestEntry[], sealed: readonly ManifestEntry[]): string[] {
  const [now = 0, before = 0] = [made, sealed].map((entries) => entries.findLast(({ sig }) => sig !== undefined)?.last);
  if (now >= before) return [];
  return [`signatures covered everything up to seq ${before}; in the new log they ${now === 0 ? "cover nothing" : `end with seq ${now}`}. The lines behind are new, and a repair signs nothing`];
}
