import { isUtf8 } from "node:buffer";
import { isDaybookError } from "../base/errors.js";
import type { LogCorruptError } from "../base/errors.js";
import { closingLines } from "./closing-lines.js";
import { readSeq } from "./commit-scan.js";
import type { ScannedCommit } from "./commit-scan.js";
import { parseEvent } from "./envelope.js";
import { maxSegmentBytes } from "../events/limits.js";
import { closeQuietly, readFully } from "./file-system.js";
import type { LogFileSystem } from "./file-system.js";
import { hashTailBytes, segmentFileName } from "./format.js";
import { readHeader } from "./header.js";
import { nodeCrypto } from "./node-crypto.js";
import type { LogFault } from "./port.js";
import { segmentPath } from "./segment-list.js";
import { SegmentWalker, segmentStart } from "./segment-walker.js";
import type { GoodEnd, LogPlace, WalkedCommits } from "./segment-walker.js";
import { tooLong } from "./tail-verdict.js";

const chunkBytes = 1024 * 1024;

/** Checks every byte of one segment, going on behind each fault, so that all are found. */
export class SegmentCheck {
  readonly faults: LogFault[] = [];
  events = 0;
  /** Where the segment ends, as far as it can be told: what the next one has to continue on. */
  end: { readonly hash: string; readonly seq: number } | undefined;
  /** Bytes at the end that no good commit covers, with the last good end before them. */
  tail: { readonly end: GoodEnd; readonly bytes: number } | undefined;
  #sha256 = "";
  #gaps = false;
  #endOffset = 0;
  #time = "";

  constructor(
    readonly place: LogPlace,
    readonly first: number,
    /** Where the segment before ends; undefined when that is not known. */
    readonly before: { readonly hash: string; readonly seq: number } | undefined,
  ) {}

  /** 64 hex digits; after a {@link run} that took it, or a {@link digest}. */
  get sha256(): string {
    return this.#sha256;
  }

  /** Does the work in steps; each yields the bytes done. `digest`: take the SHA-256 too. */
  *run(digest: boolean): Generator<number> {
    try {
      yield* this.#run(digest);
    } catch (error) {
      this.#compressedFault(error);
    }
  }

  *#run(digest: boolean): Generator<number> {
    const start = this.#start();
    if (digest) for (const _ of this.digest()) yield 0;
    if (start === undefined) return;
    const walker = new SegmentWalker(this.place, start);
    try {
      this.#gaps = walker.segment.header.rewritten !== undefined;
      yield* this.#walk(walker);
      this.#endOffset = walker.end.offset;
      const { rewritten } = walker.segment.header;
      if (rewritten !== undefined && rewritten.count !== this.events) this.#fault("missing", this.#endOffset, walker.end.seq + 1, `the header counts ${rewritten.count} events, there are ${this.events}`);
      this.end = rewritten === undefined ? { hash: walker.end.hash, seq: walker.end.seq } : { hash: rewritten.end, seq: rewritten.last };
    } finally {
      walker.close();
    }
  }

  /** Looks at the two ends of a sealed segment only: its header, and the hash of its last commit. */
  glance(end: string): void {
    try {
      this.#glance(end);
    } catch (error) {
      this.#compressedFault(error);
    }
  }

  #glance(end: string): void {
    const start = this.#start();
    if (start === undefined) return;
    const fd = this.place.files.openSync(segmentPath(this.place, this.first), "r");
    try {
      // Its commits have hashes of their own; what the next segment continues on is in its header.
      const { rewritten } = readHeader(this.place.files, fd, this.place.root, this.first);
      if (rewritten !== undefined) {
        if (rewritten.end !== end) this.#fault("seal", 0, this.first, `a sealed segment does not end on ${end}`);
        return;
      }
      const { size } = this.place.files.fstatSync(fd);
      const tail = Buffer.alloc(hashTailBytes);
      const offset = Math.max(0, size - tail.length);
      readFully(this.place.files, fd, tail, tail.length, offset);
      if (tail.toString("latin1", 0, 16) !== end) this.#fault("seal", offset, this.first, `a sealed segment does not end on ${end}`);
    } finally {
      closeQuietly(this.place.files, fd);
    }
  }

  /** A closed segment has to end where the next one begins. */
  expectEnd(nextFirst: number): void {
    if (this.end === undefined || this.end.seq === nextFirst - 1) return;
    if (this.end.seq >= nextFirst) return this.#fault("missing", this.#endOffset, nextFirst, `the next segment begins at seq ${nextFirst}, but this one goes on to ${this.end.seq}`);
    this.#fault("missing", this.#endOffset, this.end.seq + 1, `seq ${this.end.seq + 1} to ${nextFirst - 1} are missing before the next segment`);
  }

  /** Takes back faults that turned out to lie in a torn tail. */
  dropFaultsFrom(offset: number): void {
    for (let index = this.faults.length - 1; index >= 0; index -= 1) if ((this.faults[index] as LogFault).offset >= offset) this.faults.splice(index, 1);
  }

  #start(): GoodEnd | undefined {
    let start: GoodEnd;
    try {
      start = segmentStart(this.place, this.first);
    } catch (error) {
      if (!isDaybookError(error, "LOG_CORRUPT")) throw error;
      if ((error as LogCorruptError).segment === segmentFileName(this.first)) this.#fault("header", 0, this.first, (error as LogCorruptError).problem);
      else this.#compressedFault(error);
      return undefined;
    }
    const { before } = this;
    if (before !== undefined && before.hash !== start.hash) this.#fault("header", 0, this.first, `the segment continues on ${start.hash}, the one before ends on ${before.hash}`);
    return start;
  }

  *#walk(walker: SegmentWalker): Generator<number> {
    for (;;) {
      const walked = walker.nextInSegment(chunkBytes);
      if (walked !== undefined) {
        for (const commit of walked.commits) this.#checkEvents(walked, commit);
        yield walker.end.offset;
        continue;
      }
      const { remainder, end } = walker;
      if (remainder.kind === "none") return;
      const { fd } = walker.segment;
      const size = this.place.files.fstatSync(fd).size;
      this.tail ??= { end, bytes: size - end.offset };
      const problem = size > maxSegmentBytes ? tooLong : remainder.kind === "bad" ? remainder.problem : "the bytes end inside a commit";
      this.#fault("commit", end.offset, end.seq + 1, problem);
      const next = this.#behindNextClosingLine(fd, end, size);
      if (next === undefined) return;
      walker.moveTo(next);
    }
  }

  /** Where to go on behind a bad commit: behind the next line that closes one, taking its digits and seq as they stand. */
  #behindNextClosingLine(fd: number, from: GoodEnd, size: number): GoodEnd | undefined {
    const { files } = this.place;
    for (const { start, end } of closingLines(files, fd, from.offset, Math.min(size, maxSegmentBytes))) {
      const following = seqAt(files, fd, end);
      const seq = following === undefined ? seqAt(files, fd, start) : following - 1;
      if (seq === undefined) return undefined;
      const digits = Buffer.alloc(hashTailBytes);
      readFully(files, fd, digits, digits.length, end - hashTailBytes);
      return { ...from, offset: end, seq, hash: digits.toString("latin1", 0, 16), fresh: false };
    }
    return undefined;
  }

  #checkEvents({ bytes, base }: WalkedCommits, commit: ScannedCommit): void {
    if (!isUtf8(bytes.subarray(commit.start, commit.end))) this.#fault("event", base + commit.start, commit.firstSeq, "a commit is not UTF-8");
    const gaps = this.#gaps;
    let seq = commit.firstSeq - 1;
    for (let start = commit.start; start < commit.end; ) {
      const lf = bytes.indexOf(0x0a, start);
      const text = lf + 1 === commit.end ? `${bytes.toString("utf8", start, commit.syncStart)}}` : bytes.toString("utf8", start, lf);
      try {
        const { time, seq: here } = parseEvent(text, seq, gaps);
        seq = here;
        if (time < this.#time) this.#fault("event", base + start, seq, `its time ${time} is before that of the event before, ${this.#time}`);
        else this.#time = time;
        this.events += 1;
      } catch (error) {
        seq += 1;
        this.#fault("event", base + start, seq, `a line is no event (${error instanceof Error ? error.message : String(error)})`);
      }
      start = lf + 1;
    }
  }

  /** Takes the SHA-256 of the file, in steps; each yields the bytes done. */
  *digest(): Generator<number> {
    const hash = nodeCrypto().createHash("sha256");
    const fd = this.place.files.openSync(segmentPath(this.place, this.first), "r");
    this.#sha256 = "unknown";
    try {
      const chunk = Buffer.allocUnsafe(chunkBytes);
      for (let offset = 0; ; ) {
        const length = readFully(this.place.files, fd, chunk, chunk.length, offset);
        if (length === 0) break;
        hash.update(chunk.subarray(0, length));
        offset += length;
        yield offset;
      }
      this.#sha256 = hash.digest("hex");
    } catch (error) {
      // Where it cannot be decompressed is said of its commits.
      if (!isDaybookError(error, "LOG_CORRUPT")) throw error;
    } finally {
      closeQuietly(this.place.files, fd);
    }
  }

  /** Bytes that cannot even be decompressed; anything else is thrown on. */
  #compressedFault(error: unknown): void {
    if (!isDaybookError(error, "LOG_CORRUPT")) throw error;
    // The place stands beside it, and whoever reads this is verifying already.
    const { segment, offset, seq, problem } = error as LogCorruptError;
    this.faults.push({ kind: "compressed", segment, offset, seq, message: problem });
  }

  #fault(kind: LogFault["kind"], offset: number, seq: number, message: string): void {
    this.faults.push({ kind, segment: segmentFileName(this.first), offset, seq, message });
  }
}

/** The seq of the event line that begins at an offset. */
function seqAt(files: LogFileSystem, fd: number, offset: number): number | undefined {
  const beginning = Buffer.alloc(40);
  return readSeq(beginning.subarray(0, readFully(files, fd, beginning, beginning.length, offset)), 0);
}
