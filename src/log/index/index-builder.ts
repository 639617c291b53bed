import type { RowLine } from "../blocks/block-writer.js";
import { readSync } from "../commit-scan.js";
import type { ScannedCommit } from "../commit-scan.js";
import { plainTextEnd, standsAt } from "../line-bytes.js";
import type { WalkedCommits } from "../segment-walker.js";
import { xxh3 } from "../xxh3.js";
import { linesLine, placeBytes, placeLine, rowBytes, rowRanges } from "./index-format.js";
import { LineTable } from "./line-table.js";

/** So much of a segment is gathered before rows are made of it: an ordinary segment at once, a longer one in parts. */
const windowBytes = 32 * 1024 * 1024;
/** A row's lines are copied into a scratch buffer to be hashed at once. */
const scratchBytes = 256 * 1024;

const seqKeyBytes = '{"seq":'.length;
const timeKeyBytes = ',"time":"'.length;
const timeBytes = 24;
const streamKey = Uint8Array.from(Buffer.from('","stream":"', "latin1"));

/** Makes the rows of a segment's index of its commits, which were checked by whoever walks. */
export class IndexBuilder {
  readonly #rows: RowLine[] = [];
  #window = Buffer.allocUnsafe(0);
  #held = 0;
  /** Where the window lies in the file. */
  #base = 0;
  #lines = new LineTable();
  #scratch = Buffer.allocUnsafe(scratchBytes);
  #placedAt = 0;

  /** The next commits of the segment, in order. @throws RangeError for a segment that cannot be indexed */
  add({ bytes, base, commits }: WalkedCommits): void {
    const from = (commits[0] as ScannedCommit).start;
    const length = (commits.at(-1) as ScannedCommit).end - from;
    this.#makeRoom(length);
    if (this.#held === 0) this.#base = base + from;
    bytes.copy(this.#window, this.#held, from, from + length);
    const shift = this.#held - from;
    this.#held += length;
    for (const commit of commits) {
      this.#addCommit(commit, commit.start + shift, commit.end + shift);
      if (base + commit.end - this.#placedAt < placeBytes) continue;
      this.#placedAt = base + commit.end;
      this.#rows.push(placeLine({ seq: commit.lastSeq, offset: this.#placedAt, time: commit.time, hash: commit.hash }));
    }
  }

  /** All rows, sorted by key. */
  finish(): RowLine[] {
    this.#flush();
    return this.#rows.sort(([a], [b]) => (a < b ? -1 : 1));
  }

  #addCommit({ firstSeq }: ScannedCommit, from: number, end: number): void {
    const window = this.#window;
    const lines = this.#lines;
    let expected = firstSeq;
    for (let start = from; start < end; expected += 1) {
      const lineEnd = window.indexOf(0x0a, start) + 1;
      let digits = start + seqKeyBytes;
      let seq = 0;
      for (let digit = (window[digits] as number) - 0x30; digit >= 0 && digit <= 9; digit = (window[digits] as number) - 0x30) {
        seq = seq * 10 + digit;
        digits += 1;
      }
      const keyAt = digits + timeKeyBytes + timeBytes;
      const nameEnd = standsAt(window, keyAt, streamKey) ? plainTextEnd(window, keyAt + streamKey.length, lineEnd) : -1;
      if (nameEnd === -1) this.#addParsed(start, lineEnd, end);
      else lines.add(window, keyAt + streamKey.length, nameEnd, seq, start, lineEnd - start);
      start = lineEnd;
    }
  }

  /** A line in another form than that of writers. What is no event is left to whoever reads it. */
  #addParsed(start: number, lineEnd: number, commitEnd: number): void {
    const window = this.#window;
    const closing = lineEnd === commitEnd ? readSync(window.subarray(0, lineEnd), lineEnd)?.start : undefined;
    const text = closing === undefined ? window.toString("utf8", start, lineEnd) : `${window.toString("utf8", start, closing)}}`;
    try {
      const { seq, stream } = JSON.parse(text) as { readonly seq?: unknown; readonly stream?: unknown };
      // In keys a control character ends the name; no writer puts one into it.
      // eslint-disable-next-line no-control-regex -- that is what is looked for
      if (typeof seq === "number" && typeof stream === "string" && !/[\x00-\x1f]/.test(stream)) return this.#lines.addNamed(stream, seq, start, lineEnd - start);
    } catch {
      // As below.
    }
    throw new RangeError("a line of the segment cannot be indexed");
  }

  #makeRoom(length: number): void {
    if (this.#held + length > windowBytes && this.#held > 0) this.#flush();
    const needed = this.#held + length;
    if (needed <= this.#window.length) return;
    const longer = Buffer.allocUnsafe(Math.max(needed, Math.min(windowBytes, this.#window.length * 4)));
    this.#window.copy(longer, 0, 0, this.#held);
    this.#window = longer;
  }

  /** Makes rows of what the window holds, and empties it. */
  #flush(): void {
    const lines = this.#lines;
    for (const [stream, head] of lines.heads.entries()) {
      for (let range = head; range !== -1; ) range = this.#addRow(lines.names[stream] as string, range);
    }
    this.#lines = new LineTable();
    this.#held = 0;
  }

  /** A row of the ranges from `from` on; gives the range behind it. */
  #addRow(stream: string, from: number): number {
    const lines = this.#lines;
    const numbers: number[] = [];
    const first = lines.seq(from);
    let [before, end, last, length] = [first, 0, first, 0];
    let range = from;
    for (let count = 0; range !== -1 && count < rowRanges && length < rowBytes; count += 1) {
      const seq = lines.seq(range);
      const offset = this.#base + lines.start(range);
      const size = lines.length(range);
      numbers.push(seq - before, offset - end, size);
      [before, end, last] = [seq, offset + size, lines.last(range)];
      length += size;
      range = lines.next(range);
    }
    this.#rows.push(linesLine(stream, first, last, this.#hash(from, range, length), numbers));
    return range;
  }

  #hash(from: number, to: number, length: number): string {
    const lines = this.#lines;
    const window = this.#window;
    const alone = lines.start(from);
    // Most of what lies together needs no copy.
    if (lines.next(from) === to) return xxh3(window.subarray(alone, alone + length));
    if (this.#scratch.length < length) this.#scratch = Buffer.allocUnsafe(length);
    const scratch = this.#scratch;
    let at = 0;
    for (let range = from; range !== to; range = lines.next(range)) {
      const start = lines.start(range);
      window.copy(scratch, at, start, start + lines.length(range));
      at += lines.length(range);
    }
    return xxh3(scratch.subarray(0, length));
  }
}
