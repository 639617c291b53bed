import type { RowLine } from "../blocks/block-writer.js";
import { readSync } from "../commit-scan.js";
import type { ScannedCommit } from "../commit-scan.js";
import { plainTextEnd, standsAt } from "../line-bytes.js";
import type { WalkedCommits } from "../segment-walker.js";
import { xxh3 } from "../xxh3.js";
import { pieceBytes, piecesLine, placeBytes, placeLine, rowPieces, rowSeqs, streamLine } from "./index-format.js";
import type { Piece } from "./index-format.js";
import { StreamTable } from "./stream-table.js";

const seqKeyBytes = '{"seq":'.length;
const timeKeyBytes = ',"time":"'.length;
const timeBytes = 24;
const streamKey = Uint8Array.from(Buffer.from('","stream":"', "latin1"));

/** Makes the rows of a segment's index of its commits, which were checked by whoever walks. Keeps none of their bytes. */
export class IndexBuilder {
  readonly #rows: RowLine[] = [];
  readonly #streams = new StreamTable();
  #pieces: Piece[] = [];
  #placedAt = 0;

  /** The next commits of the segment, in order. @throws RangeError for a segment that cannot be indexed */
  add({ bytes, base, commits }: WalkedCommits): void {
    let pieceStart = (commits[0] as ScannedCommit).start;
    let pieceSeq = (commits[0] as ScannedCommit).firstSeq;
    const endPiece = (end: number, seq: number): void => {
      this.#addPiece({ seq: pieceSeq, seqs: seq - pieceSeq, offset: base + pieceStart, length: end - pieceStart, xxh3: xxh3(bytes.subarray(pieceStart, end)) });
      [pieceStart, pieceSeq] = [end, seq];
    };
    for (const commit of commits) {
      for (let start = commit.start; start < commit.end; ) {
        const lineEnd = bytes.indexOf(0x0a, start) + 1;
        let behind = start + seqKeyBytes;
        let seq = 0;
        for (let digit = (bytes[behind] as number) - 0x30; digit >= 0 && digit <= 9; digit = (bytes[behind] as number) - 0x30) {
          seq = seq * 10 + digit;
          behind += 1;
        }
        if (start - pieceStart >= pieceBytes) endPiece(start, seq);
        const nameStart = behind + timeKeyBytes + timeBytes + streamKey.length;
        const nameEnd = standsAt(bytes, nameStart - streamKey.length, streamKey) ? plainTextEnd(bytes, nameStart, lineEnd) : -1;
        if (nameEnd === -1) this.#addParsed(bytes, start, lineEnd, lineEnd === commit.end, pieceSeq);
        else this.#streams.add(bytes, nameStart, nameEnd, pieceSeq);
        start = lineEnd;
      }
      if (base + commit.end - this.#placedAt < placeBytes) continue;
      this.#placedAt = base + commit.end;
      this.#rows.push(placeLine({ seq: commit.lastSeq, offset: this.#placedAt, time: commit.time, hash: commit.hash }));
    }
    const last = commits.at(-1) as ScannedCommit;
    endPiece(last.end, last.lastSeq + 1);
  }

  /** All rows, sorted by key. */
  finish(): RowLine[] {
    this.#endRow();
    for (const [stream, head] of this.#streams.heads.entries()) {
      for (let entry = head; entry !== -1; ) entry = this.#addStream(this.#streams.names[stream] as string, entry);
    }
    return this.#rows.sort(([a], [b]) => (a < b ? -1 : 1));
  }

  #addPiece(piece: Piece): void {
    const before = this.#pieces.at(-1);
    // In a rewritten segment there may be a gap between what was walked at once and what follows.
    const adjacent = before === undefined || (before.offset + before.length === piece.offset && before.seq + before.seqs === piece.seq);
    if (!adjacent || this.#pieces.length === rowPieces) this.#endRow();
    this.#pieces.push(piece);
  }

  #endRow(): void {
    if (this.#pieces.length > 0) this.#rows.push(piecesLine(this.#pieces));
    this.#pieces = [];
  }

  /** A row of the entries from `from` on; gives the one behind it. */
  #addStream(stream: string, from: number): number {
    const streams = this.#streams;
    const first = streams.seq(from);
    let differences = "0";
    let before = first;
    let entry = streams.next(from);
    for (let count = 1; entry !== -1 && count < rowSeqs; count += 1) {
      const seq = streams.seq(entry);
      differences += `,${seq - before}`;
      before = seq;
      entry = streams.next(entry);
    }
    this.#rows.push(streamLine(stream, first, differences));
    return entry;
  }

  /** A line in another form than that of writers. */
  #addParsed(bytes: Buffer, start: number, lineEnd: number, closing: boolean, piece: number): void {
    const sync = closing ? readSync(bytes.subarray(0, lineEnd), lineEnd)?.start : undefined;
    const text = sync === undefined ? bytes.toString("utf8", start, lineEnd) : `${bytes.toString("utf8", start, sync)}}`;
    try {
      const { stream } = JSON.parse(text) as { readonly stream?: unknown };
      // In keys a control character ends the name; no writer puts one into it.
      if (typeof stream === "string" && !/[\x00-\x1f]/.test(stream)) return this.#streams.addNamed(stream, piece);
    } catch {
      // As below.
    }
    throw new RangeError("a line of the segment cannot be indexed");
  }
}
