import { segmentFileName } from "../format.js";
import type { ManifestEntry } from "../manifest.js";
import type { BadBytes, CommitRun, ScannedSegment } from "./scanned-segment.js";

/** Events that could not be salvaged. */
export interface LostEvents {
  /** First seq. */
  readonly from: number;
  /** Last seq; undefined where nobody can tell how far the log went. */
  readonly to: number | undefined;
  /** Name of the file in which they stood, or should have stood. */
  readonly segment: string;
  /** Byte offset of the damage in that file. */
  readonly offset: number;
  readonly why: string;
}

/** A scanned segment with those of its runs that become part of the new log. */
export interface Salvage {
  readonly scan: ScannedSegment;
  readonly runs: readonly CommitRun[];
}

/** True for a segment that is whole: its header, and every commit from there to its end. */
export function isWhole({ scan, runs }: Salvage): boolean {
  const { header } = scan;
  const [run] = runs;
  if (header === undefined || run === undefined || runs.length !== 1 || scan.runs.length !== 1 || run.start !== header.bytes) return false;
  return header.rewritten === undefined ? run.firstSeq === scan.first : run.events === header.rewritten.count;
}

/**
 * What is missing between seq 1 and the end of the log, in order. In a segment that was rewritten before, gaps are no losses as long as it
 * is whole.
 * @param sealed lines of the manifest, in order: what they name was there once
 */
export function lostEvents(salvages: readonly Salvage[], sealed: readonly ManifestEntry[]): LostEvents[] {
  const lost: LostEvents[] = [];
  let next = 1;
  for (const [index, salvage] of salvages.entries()) {
    const { scan, runs } = salvage;
    const following = salvages[index + 1]?.scan.first;
    // What a stale copy of older events has, stands elsewhere.
    if (scan.first < next && runs.length === 0) continue;
    if (scan.first > next) lost.push(...missing(next, scan.first - 1, sealed));
    next = Math.max(next, scan.first);
    const entry = sealed.find(({ first }) => first === scan.first);
    const claimed = entry?.last ?? (scan.headerProven ? scan.header?.rewritten?.last : undefined);
    const seen = runs.at(-1)?.lastSeq ?? next - 1;
    const last = Math.max(seen, Math.min(claimed ?? (following === undefined ? seen : following - 1), (following ?? Infinity) - 1));
    if (!isWhole(salvage) || scan.header?.rewritten === undefined) lost.push(...lostWithin(salvage, next, last));
    // Of the active segment not even the header is left: something was there, and nobody knows how much.
    if (following === undefined && claimed === undefined && seen < next && scan.header === undefined) lost.push({ ...placeOf(salvage, undefined, undefined), from: next, to: undefined });
    next = Math.max(next, last + 1);
  }
  const sealedTo = sealed.at(-1)?.last ?? 0;
  if (sealedTo >= next) lost.push(...missing(next, sealedTo, sealed));
  const active = Math.max(next, sealedTo + 1);
  if (sealedTo > 0 && active === sealedTo + 1 && !salvages.some(({ scan }) => scan.first === active)) {
    lost.push({ from: active, to: undefined, segment: segmentFileName(active), offset: 0, why: "the last segment is missing" });
  }
  return lost;
}

function lostWithin(salvage: Salvage, from: number, to: number): LostEvents[] {
  const lost: LostEvents[] = [];
  let next = from;
  let before: CommitRun | undefined;
  for (const run of salvage.runs) {
    if (run.firstSeq > next) lost.push({ ...placeOf(salvage, before, run), from: next, to: run.firstSeq - 1 });
    next = run.lastSeq + 1;
    before = run;
  }
  if (next <= to) lost.push({ ...placeOf(salvage, before, undefined), from: next, to });
  return lost;
}

/** Where the events between two runs stood, as far as can be told. */
function placeOf({ scan }: Salvage, before: CommitRun | undefined, after: CommitRun | undefined): Pick<LostEvents, "segment" | "offset" | "why"> {
  const from = before?.end ?? 0;
  const to = after?.start ?? scan.size;
  const between = (one: BadBytes): boolean => one.offset >= from && one.offset < Math.max(to, from + 1);
  const bad = [...scan.bad].sort((a, b) => a.offset - b.offset).find(between);
  if (bad !== undefined) return { segment: scan.name, offset: bad.offset, why: bad.why };
  if (scan.header === undefined && scan.runs.length === 0) return { segment: scan.name, offset: 0, why: "nothing in the segment can be read" };
  return { segment: scan.name, offset: from === 0 ? (scan.header?.bytes ?? 0) : from, why: after === undefined ? "the segment ends too early" : "they are not in the segment" };
}

/** Whole segments that are not there: by the lines of the manifest, which say where each began; else as one. */
function missing(from: number, to: number, sealed: readonly ManifestEntry[]): LostEvents[] {
  const lost: LostEvents[] = [];
  const add = (first: number, last: number, number: number): void => {
    if (first <= last) lost.push({ from: first, to: last, segment: segmentFileName(number), offset: 0, why: "the segment is missing" });
  };
  let next = from;
  for (const { first, last } of sealed) {
    if (last < next || first > to) continue;
    add(next, first - 1, next);
    add(Math.max(next, first), Math.min(last, to), first);
    next = Math.min(last, to) + 1;
  }
  add(next, to, next);
  return lost;
}
