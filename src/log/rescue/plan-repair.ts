import type { ManifestEntry } from "../manifest.js";
import { isWhole, lostEvents } from "./lost-events.js";
import type { LostEvents, Salvage } from "./lost-events.js";
import type { CommitRun, ScannedSegment } from "./scanned-segment.js";

/** A segment of the new log. */
export interface PlannedSegment {
  readonly source: ScannedSegment;
  readonly runs: readonly CommitRun[];
  readonly first: number;
  /** The hash that it continues on. */
  readonly on: string;
  /** The hash on which it ends for the next one. */
  readonly end: string;
  readonly events: number;
  /** Copied as it was: so many bytes. */
  readonly copy: number | undefined;
  /** Written anew, and up to which seq it stands for. */
  readonly rewrite: { readonly gen: number; readonly last: number; readonly why: string } | undefined;
}

/** What becomes of a damaged log. */
export interface RepairPlan {
  readonly segments: readonly PlannedSegment[];
  /** A last segment that has no event yet; undefined where the last planned one is the active one. */
  readonly active: { readonly first: number; readonly on: string } | undefined;
  readonly lost: readonly LostEvents[];
  /** What was left out, or taken in spite of a doubt. */
  readonly notes: readonly string[];
}

/**
 * Decides what of a log is kept and how it is put together: whole segments as they are, others rewritten without what is lost, so that each
 * continues on the one before, and every seq keeps its number.
 * @param scans of files that belong to this root @param start the hash that the first segment continues on
 */
export function planRepair(scans: readonly ScannedSegment[], sealed: readonly ManifestEntry[], start: string): RepairPlan {
  const notes: string[] = [];
  const salvages = chooseRuns(chooseFiles(scans, notes), notes);
  const lost = lostEvents(salvages, sealed);
  const known = Math.max(
    sealed.at(-1)?.last ?? 0,
    ...salvages.flatMap(({ scan, runs }) => [scan.first - 1, scan.header?.rewritten?.last ?? 0, ...runs.flatMap((run) => [run.lastSeq, run.sync])]),
    0,
  );
  const holding = salvages.filter(({ runs }) => runs.length > 0);
  const segments: PlannedSegment[] = [];
  const firsts = firstsOf(holding);
  for (const [index, salvage] of holding.entries()) {
    const next = holding[index + 1];
    const first = firsts[index] as number;
    const on = segments.at(-1)?.end ?? start;
    const last = next === undefined ? undefined : (firsts[index + 1] as number) - 1;
    segments.push(planOne(salvage, { first, last, known, on, next: next?.scan, sealed, after: salvages.at(-1) !== salvage && next === undefined }));
  }
  const end = segments.at(-1);
  if (end === undefined) return { segments, active: { first: 1, on: start }, lost, notes };
  const lastSeq = end.rewrite?.last ?? end.source.header?.rewritten?.last ?? (end.runs.at(-1) as CommitRun).lastSeq;
  const open = end.rewrite === undefined && end.source.header?.rewritten === undefined && !salvages.some(({ scan }) => scan.first > lastSeq) && (sealed.at(-1)?.last ?? 0) < lastSeq;
  return { segments, active: open ? undefined : { first: lastSeq + 1, on: end.end }, lost, notes };
}

/** One file for each first seq. A file of which nothing can be read, far from all others, tells nothing. */
function chooseFiles(scans: readonly ScannedSegment[], notes: string[]): ScannedSegment[] {
  const chosen = new Map<number, ScannedSegment>();
  for (const scan of scans) {
    const other = chosen.get(scan.first);
    if (other !== undefined) notes.push(`${scan.name} and ${other.name} both begin at seq ${scan.first}; the one with more events is used`);
    if (other === undefined || eventsOf(scan.runs) > eventsOf(other.runs)) chosen.set(scan.first, scan);
  }
  const files = [...chosen.values()].sort((a, b) => a.first - b.first);
  let known = 0;
  return files.filter((scan) => {
    const telling = scan.header !== undefined || scan.runs.length > 0 || scan.first <= known + 1;
    if (telling) known = Math.max(known, scan.first, ...scan.runs.map(({ lastSeq }) => lastSeq));
    else notes.push(`${scan.name} has neither a header nor a commit that can be read; it is left out`);
    return telling;
  });
}

/** In every file the runs that go on where the log before them ended. */
function chooseRuns(scans: readonly ScannedSegment[], notes: string[]): Salvage[] {
  let [seq, time] = [0, ""];
  return scans.map((scan) => {
    const runs = scan.runs.filter((run) => {
      const fits = run.firstSeq > seq && run.from >= time;
      if (fits) [seq, time] = [run.lastSeq, run.to];
      else notes.push(`${scan.name}, byte ${run.start}: seq ${run.firstSeq} to ${run.lastSeq} are left out: they ${run.firstSeq > seq ? "are older than" : "do not come behind"} seq ${seq}, which stands before them`);
      return fits;
    });
    return { scan, runs };
  });
}

/** Where each segment of the new log begins: as before, but nothing is between them, and the first one begins at 1. */
function firstsOf(holding: readonly Salvage[]): number[] {
  return holding.map(({ scan, runs }, index) => {
    if (index === 0) return 1;
    const before = (holding[index - 1] as Salvage).runs.at(-1) as CommitRun;
    return Math.min(Math.max(scan.first, before.lastSeq + 1), (runs[0] as CommitRun).firstSeq);
  });
}

interface Surroundings {
  readonly first: number;
  /** The seq before the next segment's first; undefined for the last one. */
  readonly last: number | undefined;
  /** The highest seq that is known to have been given out. */
  readonly known: number;
  readonly on: string;
  readonly next: ScannedSegment | undefined;
  readonly sealed: readonly ManifestEntry[];
  /** Files stand behind it of which no event is left. */
  readonly after: boolean;
}

function planOne(salvage: Salvage, { first, last, known, on, next, sealed, after }: Surroundings): PlannedSegment {
  const { scan: source, runs } = salvage;
  const { header } = source;
  const run = runs.at(-1) as CommitRun;
  const events = eventsOf(runs);
  const ownLast = header?.rewritten?.last ?? run.lastSeq;
  const reasons: string[] = [];
  if (!isWhole(salvage)) reasons.push("not all of it can be read");
  if (header === undefined) reasons.push("its header is lost");
  if (first !== source.first) reasons.push(`it stands for everything from seq ${first} on`);
  if (ownLast < (last ?? known)) reasons.push(`it stands for seqs up to ${last ?? known}`);
  if (ownLast > (last ?? Infinity)) reasons.push(`it claims more than seq ${last}`);
  if (header !== undefined && header.on !== on) reasons.push("it continued on another hash than the segment before it ends on");
  if (header !== undefined && reasons.length === 0) {
    const closed = last !== undefined || after || header.rewritten !== undefined;
    const clean = source.padded || run.end === source.size;
    return { source, runs, first, on, end: header.rewritten?.end ?? run.hash, events, copy: closed && clean ? source.size : run.end, rewrite: undefined };
  }
  const to = last ?? Math.max(known, ownLast);
  const claimed = sealed.find((entry) => entry.last === to)?.end ?? (header?.rewritten?.last === to ? header.rewritten.end : run.hash);
  const end = next?.header !== undefined && next.headerProven && next.header.first === to + 1 ? next.header.on : claimed;
  return { source, runs, first, on, end, events, copy: undefined, rewrite: { gen: (header?.rewritten?.gen ?? 0) + 1, last: to, why: reasons.join("; ") } };
}

const eventsOf = (runs: readonly CommitRun[]): number => runs.reduce((sum, run) => sum + run.events, 0);
