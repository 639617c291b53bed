import { setImmediate as nextTurn } from "node:timers/promises";
import { isDaybookError } from "../base/errors.js";
import type { LogCorruptError } from "../base/errors.js";
import { asReadFailure } from "./file-system.js";
import { rootFileName, segmentFileName } from "./format.js";
import { readManifest } from "./manifest.js";
import type { Manifest, ManifestEntry } from "./manifest.js";
import type { LogFault, LogVerification, VerifyOptions } from "./port.js";
import { ProofCheck } from "./proof/proof-check.js";
import { readRoot, rootPaths } from "./root.js";
import { SegmentCheck } from "./segment-check.js";
import { listSegments, segmentPath } from "./segment-list.js";
import { SegmentReader } from "./segment-reader.js";
import type { LogPlace } from "./segment-walker.js";
import type { TailVerdict } from "./tail-verdict.js";

/**
 * Checks a log of segment files and lists every fault. It reads only; what lies behind the good end of the last segment is
 * settled by `confirm`, under the lock, because it may be a write under way.
 * @throws ReadFailedError
 */
export async function verifySegments(
  root: string,
  place: LogPlace,
  confirm: (reader: SegmentReader) => Promise<TailVerdict["kind"]>,
  options: VerifyOptions,
): Promise<LogVerification> {
  try {
    return await checkAll(root, place, confirm, options);
  } catch (error) {
    throw asReadFailure(error);
  }
}

async function checkAll(
  root: string,
  place: LogPlace,
  confirm: (reader: SegmentReader) => Promise<TailVerdict["kind"]>,
  options: VerifyOptions,
): Promise<LogVerification> {
  const paths = rootPaths(root);
  const faults: LogFault[] = [];
  const notes: string[] = [];
  const proof = new ProofCheck(root, place, options);
  // The manifest first: what it names is there already, while a list made before it may lack what was made since.
  const manifest = sealedManifest(root, place, faults);
  const sealed = new Map(manifest?.entries.map((entry) => [entry.first, entry]));
  const segments = listSegments(place);
  if (place.files.statSync(paths.failed) !== undefined) notes.push("log/failed is there: a sync failed. Open the daybook for writing to repair it");

  const chosen = new Set(segments.filter((first, index) => options.full === true || index === segments.length - 1 || !sealed.has(first)));
  const sizes = new Map(segments.map((first) => [first, place.files.statSync(segmentPath(place, first))?.size ?? 0]));
  // Signatures and saved heads speak of digests, which have to be those of the files.
  const digested = new Set([...sealed.values()].filter((entry) => !chosen.has(entry.first) && proof.asksFor(entry)).map(({ first }) => first));
  const totalBytes = [...chosen, ...digested].reduce((sum, first) => sum + (sizes.get(first) ?? 0), 0);
  let bytes = 0;
  let events = 0;
  let before: { readonly hash: string; readonly seq: number } | undefined;
  for (const [index, first] of segments.entries()) {
    options.signal?.throwIfAborted();
    const entry = sealed.get(first);
    const last = index === segments.length - 1;
    if (!chosen.has(first)) {
      const check = new SegmentCheck(place, first, before);
      if (entry !== undefined) {
        const size = sizes.get(first) ?? 0;
        if (digested.has(first) && size === entry.bytes) await inSteps(check.digest(), bytes, totalBytes, options);
        check.glance(entry.end);
        if (digested.has(first)) checkSeal(first, entry, check, size, faults);
        else checkSize(first, size, entry, faults);
        if (digested.has(first)) bytes += size;
        events += entry.count;
        before = { hash: entry.end, seq: entry.last };
      }
      faults.push(...check.faults);
      continue;
    }
    const check = new SegmentCheck(place, first, before);
    // Without a line to hold it against, or with another size, the digest says nothing.
    await inSteps(check.run(entry !== undefined && entry.bytes === sizes.get(first)), bytes, totalBytes, options);
    bytes += sizes.get(first) ?? 0;
    events += check.events;
    // A sealed segment has no torn tail, whatever stands behind it.
    if (last && entry === undefined) await settleTail(place, check, confirm, notes);
    else if (last) check.expectEnd((entry as ManifestEntry).last + 1);
    else check.expectEnd(segments[index + 1] as number);
    faults.push(...check.faults);
    if (entry !== undefined) checkSeal(first, entry, check, sizes.get(first) ?? 0, faults);
    before = check.end;
  }
  const expected = Math.max(0, ...[...sealed.values()].map((entry) => entry.last)) + 1;
  if (!segments.includes(expected)) {
    faults.push({ kind: "missing", segment: segmentFileName(expected), offset: 0, seq: expected, message: "the segment is missing, or has no whole header" });
  }
  const proven = await proof.run(manifest, segments, before?.seq ?? 0);
  faults.push(...proven.faults);
  notes.push(...proven.notes);
  return { ok: faults.length === 0, events, segments: segments.length, bytes, faults, notes, ...proven.found };
}

/** Goes through the steps of a check, giving way to other work between them. */
async function inSteps(steps: Iterable<number>, before: number, totalBytes: number, options: VerifyOptions): Promise<void> {
  for (const step of steps) {
    options.onProgress?.({ bytes: before + step, totalBytes });
    await nextTurn();
    options.signal?.throwIfAborted();
  }
}

/** The manifest; what is wrong with it, and with daybook.json, goes to the faults, and then there is none. */
function sealedManifest(root: string, place: LogPlace, faults: LogFault[]): Manifest | undefined {
  const note = (kind: LogFault["kind"], error: unknown): void => {
    if (!isDaybookError(error, "LOG_CORRUPT")) throw error;
    faults.push(faultOf(kind, error as LogCorruptError));
  };
  try {
    const info = readRoot(place.files, root);
    if (info === undefined) throw Object.assign(new Error("daybook.json is missing"), { code: "ENOENT" });
    try {
      const manifest = readManifest(place.files, rootPaths(root).manifest, info.root, info.bytes);
      const present = new Set(listSegments(place));
      for (const entry of manifest.entries) {
        if (!present.has(entry.first)) faults.push({ kind: "missing", segment: segmentFileName(entry.first), offset: 0, seq: entry.first, message: "a sealed segment is missing" });
      }
      return manifest;
    } catch (error) {
      note("manifest", error);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") faults.push({ kind: "root", segment: rootFileName, offset: 0, seq: 0, message: "daybook.json is missing" });
    else note("root", error);
  }
  return undefined;
}

/** The error of a single check as a fault. */
export function faultOf(kind: LogFault["kind"], error: LogCorruptError): LogFault {
  return { kind, segment: error.segment, offset: error.offset, seq: error.seq, message: error.problem };
}

async function settleTail(place: LogPlace, check: SegmentCheck, confirm: (reader: SegmentReader) => Promise<TailVerdict["kind"]>, notes: string[]): Promise<void> {
  if (check.tail === undefined) return;
  const reader = new SegmentReader(place, check.tail.end);
  try {
    const verdict = await confirm(reader);
    // Not damage: everything behind this place was never promised, or has become whole since.
    check.dropFaultsFrom(check.tail.end.offset);
    if (verdict === "torn") notes.push(`${segmentFileName(check.tail.end.segment)} has a torn tail from byte ${check.tail.end.offset}: ${check.tail.bytes} bytes that no later commit vouches for; the next writer moves them to quarantine/`);
  } catch (error) {
    if (!isDaybookError(error, "LOG_CORRUPT")) throw error;
  } finally {
    reader.close();
  }
}

function checkSize(first: number, size: number, entry: ManifestEntry | undefined, faults: LogFault[]): void {
  if (entry === undefined || entry.bytes === size) return;
  const message = `a sealed segment has ${size} bytes instead of ${entry.bytes}`;
  faults.push({ kind: "seal", segment: segmentFileName(first), offset: Math.min(size, entry.bytes), seq: entry.first, message });
}

function checkSeal(first: number, entry: ManifestEntry, check: SegmentCheck, size: number, faults: LogFault[]): void {
  checkSize(first, size, entry, faults);
  if (entry.bytes !== size || check.sha256 === entry.sha256) return;
  const message = `a sealed segment has SHA-256 ${check.sha256} instead of ${entry.sha256}`;
  // Where commits are at fault they say the place; the digest alone only says that something is.
  const offset = check.faults[0]?.offset ?? 0;
  faults.push({ kind: "seal", segment: segmentFileName(first), offset, seq: check.faults[0]?.seq ?? entry.first, message });
}
