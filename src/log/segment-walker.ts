import { join } from "node:path";
import { LogCorruptError } from "../base/errors.js";
import { digitsStandAt, scanCommit } from "./commit-scan.js";
import type { CommitScan, ScannedCommit } from "./commit-scan.js";
import type { LogFileSystem } from "./file-system.js";
import { onDisk } from "./compressed/compressed-files.js";
import { closeQuietly, isZeroFrom, readFully, readUpToDamage } from "./file-system.js";
import { maxCommitBytes, maxSegmentBytes } from "../events/limits.js";
import { hashTailBytes, segmentFileName } from "./format.js";
import { hasWholeHeader, readHeader } from "./header.js";
import type { SegmentHeader } from "./header.js";

/** A good end: a place between two commits, and what is needed to check the next one. */
export interface GoodEnd {
  /** First seq of the segment, which names its file. */
  readonly segment: number;
  readonly offset: number;
  /** Last seq before this place. */
  readonly seq: number;
  /** Time of that event; undefined where the walk has not seen it. */
  readonly time: string | undefined;
  /** Hash of the last commit, or what the header continues on. */
  readonly hash: string;
  /** No commit of this segment lies before this place: the next hash begins at byte 0. */
  readonly fresh: boolean;
  /** Highest `sync` of any good commit seen. */
  readonly sync: number;
}

/** Whole, verified commits as bytes. Valid until the next call. */
export interface WalkedCommits {
  readonly bytes: Buffer;
  /** Where in the segment file `bytes` begins. */
  readonly base: number;
  readonly commits: readonly ScannedCommit[];
}

/** What the files of one root have in common for those who read them. */
export interface LogPlace {
  /** As `placeOf` gives them: compressed segments look as if they were plain. */
  readonly files: LogFileSystem;
  /** The `log` folder. */
  readonly folder: string;
  /** Root id. */
  readonly root: string;
}

/** Bytes behind the good end: none (or padding), not yet whole, or in contradiction to their hash. */
export type Remainder = { readonly kind: "none" | "incomplete" } | { readonly kind: "bad"; readonly problem: string };

/** The problem of a place whose last commit was exchanged, or changed, after it was read: nothing behind it can be torn. */
export const notAsRead = "the commit before this place is not the one that was read";

const firstChunkBytes = 64 * 1024;
/** Commits over padding come one by one, and what is behind them is known to be zero. */
const overPaddingBytes = 4096;

/** The digits of a hash with the end of their line, and the byte behind. */
const glance = Buffer.alloc(hashTailBytes + 1);

/**
 * Walks the commits of a log forward, segment by segment, checking each against the chain and reading only what it has
 * not seen yet. It never passes a byte that no good commit covers.
 */
export class SegmentWalker {
  #fd: number | undefined;
  #header: SegmentHeader | undefined;
  #buffer = Buffer.allocUnsafe(0);
  #end: GoodEnd;
  #remainder: Remainder = { kind: "none" };
  #padded: { readonly from: number; readonly size: number } | undefined;
  /** When names of the open segment's file last came or went, as far as its last stat tells; undefined where it was written to since. */
  #renamed: number | undefined;
  /** Behind which segment every form of the next one was looked for, and what `#renamed` was then. */
  #looked: { readonly segment: number; readonly renamed: number | undefined } | undefined;

  constructor(
    readonly place: LogPlace,
    from: GoodEnd,
  ) {
    this.#end = from;
  }

  /** Where the walk stands. */
  get end(): GoodEnd {
    return this.#end;
  }

  /** What stood behind the good end when {@link next} last returned nothing. */
  get remainder(): Remainder {
    return this.#remainder;
  }

  /** The open segment's descriptor and header. @throws LogCorruptError */
  get segment(): { readonly fd: number; readonly header: SegmentHeader } {
    if (this.#fd === undefined || this.#header === undefined) this.#open(this.#end.segment);
    return { fd: this.#fd as number, header: this.#header as SegmentHeader };
  }

  /** The next commits, about `maxBytes` of them; undefined at the good end. @throws LogCorruptError for a bad header */
  next(maxBytes = firstChunkBytes): WalkedCommits | undefined {
    for (;;) {
      const walked = this.nextInSegment(maxBytes);
      if (walked !== undefined) return walked;
      if (this.#remainder.kind !== "none" || !this.#enterNextSegment()) return undefined;
    }
  }

  /** Walks to the good end of the log, keeping nothing. */
  toEnd(): GoodEnd {
    while (this.next(1024 * 1024) !== undefined);
    return this.#end;
  }

  /** Stands behind one of the commits that {@link next} just returned. */
  moveBehind(walked: WalkedCommits, commit: ScannedCommit): void {
    this.#end = { ...this.#end, offset: walked.base + commit.end, seq: commit.lastSeq, time: commit.time, hash: commit.hash };
  }

  /** Stands somewhere else; what was learnt about durability is kept. */
  moveTo(end: GoodEnd): void {
    if (end.segment !== this.#end.segment) this.close();
    this.#end = { ...end, sync: Math.max(end.sync, this.#end.sync) };
    this.#remainder = { kind: "none" };
  }

  close(): void {
    if (this.#fd !== undefined) closeQuietly(this.place.files, this.#fd);
    this.#fd = undefined;
    this.#header = undefined;
    this.#padded = undefined;
  }

  /** As {@link next}, but stays in the segment it stands in. */
  nextInSegment(maxBytes = firstChunkBytes): WalkedCommits | undefined {
    const { fd } = this.segment;
    const padded = this.paddedTo;
    // Without asking for the size: that makes many systems note the time of every write that follows, and a sync wait for it (ADR 0017).
    if (padded !== undefined) {
      if (this.#standsBeforePadding(fd)) {
        this.#remainder = { kind: "none" };
        return undefined;
      }
      const walked = this.#read(fd, padded, Math.min(maxBytes, overPaddingBytes));
      if (walked !== undefined) return walked;
    }
    const { size, nlink, ctimeMs, mtimeMs } = this.place.files.fstatSync(fd);
    // Only writing sets both. A link count alone would not do: somebody may keep hard links to segments elsewhere.
    this.#renamed = nlink === 0 ? NaN : ctimeMs > mtimeMs ? ctimeMs : undefined;
    if (size > this.#end.offset) return this.#read(fd, size, maxBytes);
    this.#padded = undefined;
    this.#remainder = size < this.#end.offset ? { kind: "bad", problem: "the segment is shorter than it was" } : { kind: "none" };
    return undefined;
  }

  /** Where the padding ends that begins at the good end, as far as this walk knows. */
  get paddedTo(): number | undefined {
    return this.#padded !== undefined && this.#end.offset < this.#padded.size ? this.#padded.size : undefined;
  }

  /** The caller has written zeros from the good end up to there. */
  padTo(size: number): void {
    this.#padded = { from: this.#end.offset, size };
  }

  /** True when nothing was written in place of the padding that is known: the last commit stands where it was, and a zero behind it. */
  #standsBeforePadding(fd: number): boolean {
    const { offset, fresh, hash } = this.#end;
    if (fresh) return false;
    const length = readFully(this.place.files, fd, glance, glance.length, offset - hashTailBytes);
    return length === glance.length && glance[hashTailBytes] === 0 && digitsStandAt(glance, 0, hash);
  }

  /** Commits of a file that has `size` bytes, reading about `maxBytes` at first. */
  #read(fd: number, size: number, maxBytes: number): WalkedCommits | undefined {
    const { files } = this.place;
    const hashFrom = this.#end.fresh ? 0 : this.#end.offset - hashTailBytes;
    for (let want = this.#end.offset - hashFrom + maxBytes; ; want *= 4) {
      const wanted = Math.min(want, size - hashFrom);
      if (this.#buffer.length < wanted) this.#buffer = Buffer.allocUnsafe(wanted);
      const { length: got, damage } = readUpToDamage(files, fd, this.#buffer, wanted, hashFrom);
      const walked = this.#scan(this.#buffer, got, hashFrom);
      if (walked !== undefined) return walked;
      if (damage !== undefined) throw new LogCorruptError({ segment: damage.segment, offset: damage.offset, seq: this.#end.seq + 1 }, damage.problem, damage.cause);
      const mayGoOn = this.#remainder.kind === "incomplete" && hashFrom + got < size && got <= maxCommitBytes * 2;
      if (!mayGoOn || got < wanted) return undefined;
    }
  }

  #scan(bytes: Buffer, limit: number, base: number): WalkedCommits | undefined {
    const commits: ScannedCommit[] = [];
    const gapsTo = this.segment.header.rewritten?.last;
    let { offset, seq, fresh, hash, time, sync } = this.#end;
    // The chain begins with the digits we stand on: a file that was exchanged under us does not have them.
    if (!fresh && bytes.toString("latin1", 0, 16) !== hash) {
      this.#remainder = { kind: "bad", problem: notAsRead };
      return undefined;
    }
    for (;;) {
      const start = offset - base;
      const found = scanCommit(bytes, limit, {
        start,
        hashStart: fresh ? 0 : start - hashTailBytes,
        firstSeq: seq + 1,
        gapsTo,
      });
      if (found.kind !== "commit") {
        this.#remainder = this.#remainderOf(found, offset, base + limit);
        break;
      }
      const { commit } = found;
      commits.push(commit);
      offset = base + commit.end;
      ({ hash, time } = commit);
      seq = commit.lastSeq;
      sync = Math.max(sync, commit.sync);
      fresh = false;
    }
    if (commits.length === 0) return undefined;
    this.#end = { segment: this.#end.segment, offset, seq, time, hash, fresh, sync };
    return { bytes, base, commits };
  }

  #remainderOf(found: Exclude<CommitScan, { readonly kind: "commit" }>, offset: number, scannedTo: number): Remainder {
    switch (found.kind) {
      case "bad":
        return { kind: "bad", problem: found.problem };
      case "incomplete":
        return { kind: "incomplete" };
      case "end":
        return { kind: "none" };
      case "padding":
        return this.#isPadding(offset, scannedTo) ? { kind: "none" } : { kind: "bad", problem: "zero bytes stand where a line should begin" };
    }
  }

  /** Padding reaches to the end of the file, or it is none. There are zeros from `offset` to `scannedTo`. */
  #isPadding(offset: number, scannedTo: number): boolean {
    // Looked at once: nobody writes into the middle of padding, and much of it would be read again at every catch-up.
    const known = this.#padded;
    if (known !== undefined && known.from <= scannedTo && scannedTo <= known.size) return true;
    const { fd } = this.segment;
    const { files } = this.place;
    const { size } = files.fstatSync(fd);
    if (size > maxSegmentBytes || !isZeroFrom(files, fd, scannedTo, size)) return false;
    this.#padded = { from: offset, size };
    return true;
  }

  /** Moves on when the next segment exists and continues on our hash. */
  #enterNextSegment(): boolean {
    const before = this.#end;
    const rewritten = this.segment.header.rewritten;
    const first = (rewritten?.last ?? before.seq) + 1;
    if (first === before.segment && before.fresh) return false;
    const path = join(this.place.folder, segmentFileName(first));
    if (!this.#exists(path) || !hasWholeHeader(this.place.files, path)) return false;
    this.close();
    this.#open(first);
    const { header } = this.segment;
    if (header.on !== (rewritten?.end ?? before.hash)) {
      this.close();
      throw new LogCorruptError(
        { segment: segmentFileName(first), offset: 0, seq: first },
        `the segment continues on ${header.on}, the one before ends on ${before.hash}`,
      );
    }
    // A segment is made only after everything before it was synced, so its header vouches for that.
    this.#end = { segment: first, offset: header.bytes, seq: first - 1, time: before.time, hash: header.on, fresh: true, sync: Math.max(before.sync, first - 1) };
    return true;
  }

  /**
   * Asked at every catch-up, so by the cheapest call: an open that fails costs ten times a stat that finds nothing. Compressed forms are looked for once, and
   * when this segment's own file may have lost its name: segments are compressed in their order (docs/format.md, section 14).
   */
  #exists(path: string): boolean {
    const { files } = this.place;
    const { segment } = this.#end;
    const renamed = this.#renamed;
    // NaN, of a file without a name, is never what it was.
    if (this.#looked?.segment === segment && (renamed === undefined || renamed === this.#looked.renamed)) return onDisk(files).statSync(path) !== undefined;
    this.#looked = { segment, renamed };
    return files.statSync(path) !== undefined;
  }

  #open(first: number): void {
    const { files, folder, root } = this.place;
    const fd = files.openSync(join(folder, segmentFileName(first)), "r");
    try {
      this.#header = readHeader(files, fd, root, first);
    } catch (error) {
      closeQuietly(files, fd);
      throw error;
    }
    this.#fd = fd;
  }
}

/** The place before the first event of a segment. @throws LogCorruptError for a bad header */
export function segmentStart(place: LogPlace, first: number): GoodEnd {
  const fd = place.files.openSync(join(place.folder, segmentFileName(first)), "r");
  try {
    const header = readHeader(place.files, fd, place.root, first);
    return { segment: first, offset: header.bytes, seq: first - 1, time: undefined, hash: header.on, fresh: true, sync: first - 1 };
  } finally {
    closeQuietly(place.files, fd);
  }
}
