import { maxCommitBytes, maxSegmentBytes } from "../../events/limits.js";
import { closingLines } from "../closing-lines.js";
import { readSync } from "../commit-scan.js";
import { closeQuietly, isZeroFrom, readFully } from "../file-system.js";
import { closingBytes, hashTailBytes, segmentFileName } from "../format.js";
import { segmentPath } from "../segment-list.js";
import { SegmentWalker, segmentStart } from "../segment-walker.js";
import type { GoodEnd, LogPlace } from "../segment-walker.js";
import { xxh3OfParts } from "../xxh3.js";
import { eventsOfCommit } from "./commit-events.js";
import { readHead } from "./scan-header.js";
import type { Head } from "./scan-header.js";
import type { Patch } from "./patched-files.js";
import type { BadBytes, CommitRun, ScannedSegment } from "./scanned-segment.js";

const chunkBytes = 1024 * 1024;
/** How many hashes that a bad piece might have had are tried on the piece behind it. */
const maxTails = 8;
/** Of a longer bad piece it is not tried whether it is two commits. */
const maxSplitBytes = 4 * 1024 * 1024;
const maxSplits = 256;
/** Of more pieces in a row it is not tried whether they only stand in the wrong order. */
const maxShuffled = 64;

/** Bytes up to and with a closing line: a commit, if they match their hash. */
interface Piece {
  readonly start: number;
  readonly end: number;
}

/** What the hash of a piece may begin with, and which pieces before it are proven to be good if it matches. */
interface Tail {
  readonly prefix: Buffer;
  readonly proves: readonly { readonly piece: Piece; readonly patch: Patch }[];
}

/** The end of a closing line that has this hash. */
export const tailOf = (hash: string): Buffer => Buffer.from(`${hash}"}\n`, "latin1");
const tailForm = /^[0-9a-f]{16}"\}\n$/;
const closingOf = (hash: string): Buffer => Buffer.from(`,"hash":"${hash}"}\n`, "latin1");

/**
 * Finds every commit of a segment file that can be proven to be as it was written, however damaged the rest is: by its hash over the digits
 * before it as they stand; over those that the piece before should have had, which proves that one, too; over those of a neighbour, where
 * commits stand in the wrong order. In steps; each yields how far it is.
 */
export class SegmentScan {
  readonly #runs: CommitRun[] = [];
  readonly #bad: BadBytes[] = [];
  readonly #patches: Patch[] = [];
  #fd = -1;
  #size = 0;
  #gaps = false;
  #padded = false;
  #bytes = Buffer.allocUnsafe(0);

  constructor(
    readonly place: LogPlace,
    /** The number in the file's name. */
    readonly number: number,
    /** Hashes that the header may continue on. */
    readonly hints: readonly string[],
  ) {}

  /** @throws FormatTooNewError */
  *run(): Generator<number, ScannedSegment> {
    const { files } = this.place;
    this.#fd = files.openSync(segmentPath(this.place, this.number), "r");
    try {
      this.#size = Math.min(files.fstatSync(this.#fd).size, maxSegmentBytes);
      const head = readHead(files, this.#fd, this.#size, this.place.root, this.number, this.hints);
      if (head.patch !== undefined) this.#patches.push(head.patch);
      this.#gaps = head.header === undefined || head.header.rewritten !== undefined;
      if (head.foreign === undefined) yield* this.#walk(head);
      return this.#result(head);
    } finally {
      closeQuietly(files, this.#fd);
    }
  }

  #result({ header, proven, foreign }: Head): ScannedSegment {
    this.#runs.sort((a, b) => a.firstSeq - b.firstSeq);
    return {
      first: header?.first ?? this.number,
      name: segmentFileName(this.number),
      size: this.#size,
      header,
      headerProven: proven,
      runs: this.#runs,
      bad: this.#bad,
      patches: this.#patches,
      padded: this.#padded,
      foreign,
    };
  }

  *#walk(head: Head): Generator<number> {
    const walkable = head.header?.first === this.number && head.patch === undefined;
    // A header that is lost is lost together with the commit that continues on it.
    const lost = head.header === undefined && !head.proven;
    let place: { offset: number; prefix: Buffer | undefined } | undefined = lost ? { offset: 0, prefix: undefined } : { offset: head.bytes, prefix: head.prefix };
    const walker = walkable ? new SegmentWalker(this.place, segmentStart(this.place, this.number)) : undefined;
    try {
      while (place !== undefined) {
        if (walker !== undefined) {
          for (let walked = walker.nextInSegment(chunkBytes); walked !== undefined; walked = walker.nextInSegment(chunkBytes)) {
            for (const commit of walked.commits) this.#take(walked.bytes, commit, walked.base);
            yield walker.end.offset;
          }
          const { end, remainder } = walker;
          if (remainder.kind === "none") {
            this.#padded = end.offset < this.#size;
            return;
          }
          place = { offset: end.offset, prefix: end.fresh ? head.prefix : tailOf(end.hash) };
        }
        const behind: GoodEnd | undefined = this.#searchBehind(place.offset, place.prefix, walker !== undefined);
        if (behind === undefined) return;
        yield behind.offset;
        place = { offset: behind.offset, prefix: tailOf(behind.hash) };
        walker?.moveTo(behind);
      }
    } finally {
      walker?.close();
    }
  }

  /** Goes on behind a bad place, to the next commit that is good (`one`) or to the end of the file; gives the place behind that commit. */
  #searchBehind(from: number, prefix: Buffer | undefined, one: boolean): GoodEnd | undefined {
    const pending: Piece[] = [];
    let start = from;
    let tails: Tail[] = prefix === undefined ? [] : [{ prefix, proves: [] }];
    for (const { end } of closingLines(this.place.files, this.#fd, from, this.#size)) {
      const piece = { start, end };
      const matched = this.#match(piece, tails);
      if (matched.kind === "good") {
        const proven = matched.proven.map(({ piece: { start: at } }) => at);
        this.#give(pending.filter((one) => !proven.includes(one.start)), start);
        if (matched.rest.start > start && !proven.includes(start)) this.#addBad({ start, end: matched.rest.start }, "the bytes of a commit do not match its hash");
        for (const { piece: earlier, patch } of matched.proven) this.#accept(earlier, patch);
        this.#accept(matched.rest, undefined);
        const run = this.#runs.findLast((candidate) => candidate.end === end);
        if (one && run !== undefined) return { segment: this.number, offset: end, seq: run.lastSeq, time: run.to, hash: run.hash, fresh: false, sync: run.sync };
        pending.length = 0;
        tails = [];
      } else {
        pending.push(piece);
        tails = matched.tails;
      }
      start = end;
      // As the digits stand in the file, whatever they are worth.
      tails.unshift({ prefix: Buffer.from(this.#read(end - hashTailBytes, end)), proves: [] });
    }
    this.#give(pending, start);
    this.#padded = start < this.#size && isZeroFrom(this.place.files, this.#fd, start, this.#size);
    if (start < this.#size && !this.#padded) this.#addBad({ start, end: this.#size }, "the bytes end inside a commit");
    return undefined;
  }

  #match(piece: Piece, tails: readonly Tail[]): { readonly kind: "good"; readonly proven: Tail["proves"]; readonly rest: Piece } | { readonly kind: "bad"; readonly tails: Tail[] } {
    if (piece.end - piece.start > maxCommitBytes || piece.end - piece.start < closingBytes) return { kind: "bad", tails: [] };
    const bytes = Buffer.from(this.#read(piece.start, piece.end));
    const content = bytes.subarray(0, bytes.length - closingBytes);
    const digits = bytes.toString("latin1", bytes.length - hashTailBytes, bytes.length - hashTailBytes + 16);
    const hashes = tails.map(({ prefix }) => xxh3OfParts([prefix, content]));
    const hit = hashes.indexOf(digits);
    if (hit !== -1) return { kind: "good", proven: (tails[hit] as Tail).proves, rest: piece };
    const split = this.#split(piece, content, digits, tails) ?? this.#behindDigits(piece, content, digits);
    if (split !== undefined) return split;
    const next = tails.map(({ proves }, index) => {
      const hash = hashes[index] as string;
      return { prefix: tailOf(hash), proves: [...proves, { piece, patch: { offset: piece.end - closingBytes, bytes: closingOf(hash) } }] };
    });
    return { kind: "bad", tails: next.slice(0, maxTails) };
  }

  /** Two commits, where the first one's closing line is damaged at its end: the second one's hash proves what stood there. */
  #split(piece: Piece, content: Buffer, digits: string, tails: readonly Tail[]): { readonly kind: "good"; readonly proven: Tail["proves"]; readonly rest: Piece } | undefined {
    if (content.length > maxSplitBytes) return undefined;
    let tries = 0;
    for (let at = content.indexOf('{"seq":', 1); at !== -1 && tries < maxSplits; at = content.indexOf('{"seq":', at + 1), tries += 1) {
      if (at < closingBytes) continue;
      for (const { prefix, proves } of tails) {
        const hash = xxh3OfParts([prefix, content.subarray(0, at - closingBytes)]);
        if (xxh3OfParts([tailOf(hash), content.subarray(at)]) !== digits) continue;
        const first = { start: piece.start, end: piece.start + at };
        const patch = { offset: first.end - closingBytes, bytes: closingOf(hash) };
        return { kind: "good", proven: [...proves, { piece: first, patch }], rest: { start: first.end, end: piece.end } };
      }
    }
    return undefined;
  }

  /** A commit behind the rest of another one: of that, the digits are left that the hash goes on from. */
  #behindDigits(piece: Piece, content: Buffer, digits: string): { readonly kind: "good"; readonly proven: Tail["proves"]; readonly rest: Piece } | undefined {
    for (let at = content.indexOf('{"seq":', hashTailBytes); at !== -1; at = content.indexOf('{"seq":', at + 1)) {
      const before = content.subarray(at - hashTailBytes, at);
      if (!tailForm.test(before.toString("latin1")) || xxh3OfParts([before, content.subarray(at)]) !== digits) continue;
      return { kind: "good", proven: [], rest: { start: piece.start + at, end: piece.end } };
    }
    return undefined;
  }

  /** Pieces that nothing has proven: they may only stand in the wrong order. What is left is bad. */
  #give(pieces: readonly Piece[], next: number): void {
    if (pieces.length === 0) return;
    const digits = pieces.length > maxShuffled ? [] : [(pieces[0] as Piece).start, ...pieces.map(({ end }) => end), next].filter((at) => at >= hashTailBytes).map((at) => Buffer.from(this.#read(at - hashTailBytes, at)));
    for (const piece of pieces) {
      const content = piece.end - piece.start > maxSplitBytes ? undefined : Buffer.from(this.#read(piece.start, piece.end));
      const wanted = content?.toString("latin1", content.length - hashTailBytes, content.length - hashTailBytes + 16);
      const fits = digits.some((prefix) => content !== undefined && xxh3OfParts([prefix, content.subarray(0, content.length - closingBytes)]) === wanted);
      if (fits) this.#accept(piece, undefined);
      else this.#addBad(piece, "the bytes of a commit do not match its hash");
    }
  }

  /** A commit whose hash is right, or is put right by the patch. */
  #accept({ start, end }: Piece, patch: Patch | undefined): void {
    const bytes = Buffer.from(this.#read(start, end));
    if (patch !== undefined) patch.bytes.copy(bytes, patch.offset - start);
    if (this.#take(bytes, { start: 0, end: bytes.length }, start) && patch !== undefined) this.#patches.push(patch);
  }

  /** Keeps a commit if its lines are events; offsets in `bytes`, which begin at `base` in the file. */
  #take(bytes: Buffer, { start, end }: Piece, base: number): boolean {
    const sync = readSync(bytes, end);
    const found = sync === undefined || sync.start < start ? undefined : eventsOfCommit(bytes, start, end, sync.start, this.#gaps);
    const piece = { start: base + start, end: base + end };
    if (found === undefined || sync === undefined || found.kind === "bad") {
      this.#addBad(piece, found?.kind === "bad" ? found.problem : "a closing line has no sync");
      return false;
    }
    const hash = bytes.toString("latin1", end - hashTailBytes, end - hashTailBytes + 16);
    const vouched = Math.min(sync.value, found.firstSeq - 1);
    const last = this.#runs.at(-1);
    const follows = last !== undefined && last.end === piece.start && last.to <= found.from && (this.#gaps ? found.firstSeq > last.lastSeq : found.firstSeq === last.lastSeq + 1);
    if (follows) Object.assign(last, { end: piece.end, lastSeq: found.lastSeq, events: last.events + found.count, to: found.to, hash, sync: Math.max(last.sync, vouched) });
    else this.#runs.push({ ...piece, firstSeq: found.firstSeq, lastSeq: found.lastSeq, events: found.count, from: found.from, to: found.to, hash, sync: vouched });
    return true;
  }

  #addBad({ start, end }: Piece, why: string): void {
    const last = this.#bad.at(-1);
    if (last !== undefined && last.offset + last.bytes === start) this.#bad[this.#bad.length - 1] = { ...last, bytes: end - last.offset };
    else this.#bad.push({ offset: start, bytes: end - start, why });
  }

  /** Valid until the next call. */
  #read(from: number, to: number): Buffer {
    if (this.#bytes.length < to - from) this.#bytes = Buffer.allocUnsafe(to - from);
    return this.#bytes.subarray(0, readFully(this.place.files, this.#fd, this.#bytes, to - from, from));
  }
}
