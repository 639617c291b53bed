import * as path from "node:path";
import { lastIndex } from "../bisect.js";
import { blockOf, readBlock, readBlockFile, withFile } from "../blocks/block-reader.js";
import type { BlockFile } from "../blocks/block-reader.js";
import type { LogFileSystem } from "../file-system.js";
import type { LogPlace } from "../segment-walker.js";
import { isHeaderOf, keysBelow, keysOf, maxBlockIndexBytes, maxIndexFileBytes, parsePieces, parsePlace, parseRow, parseStream, piecesKey, piecesKeys, placeKey, placeKeys, tailBytes } from "./index-format.js";
import type { IndexedSegment, Piece, PlaceRow, Row } from "./index-format.js";
import { indexFileName, indexFolder } from "./index-names.js";

/** An index that is not as it was written. Never leaves those who look things up: they scan the segment instead. */
export class IndexDamage extends Error {
  override readonly name = "IndexDamage";
}

/** The index of one sealed segment. Its blocks are read, and checked, as they are asked for; between the calls no file is open. */
export class SegmentIndex {
  constructor(
    readonly files: LogFileSystem,
    readonly file: string,
    readonly blocks: BlockFile,
  ) {}

  /** The pieces in which a stream and everything below it have events from one seq to another, in order. @throws IndexDamage */
  piecesOf(stream: string, from: number, to: number): Piece[] {
    return this.#reading((fd) => {
      const seqs = new Set<number>();
      for (const keys of [keysOf(stream), keysBelow(stream)]) {
        this.#each(fd, keys, keys, behind(keys), (row) => {
          const own = parseStream(row);
          // A piece reaches up to the next one, which may be of others: the last that begins before `from` may hold it.
          own.forEach((seq, index) => {
            if (seq <= to && (own[index + 1] ?? Infinity) > from) seqs.add(seq);
          });
          return true;
        });
      }
      return this.#pieces(fd, [...seqs].sort((a, b) => a - b)).filter(({ seq, seqs: count }) => seq + count > from);
    });
  }

  /** The last place not behind a seq; undefined when all are. @throws IndexDamage */
  placeBefore(seq: number): PlaceRow | undefined {
    return this.#reading((fd) => {
      let found: PlaceRow | undefined;
      this.#each(fd, placeKey(seq), placeKeys, placeKey(seq + 1), (row) => {
        found = parsePlace(row);
        return true;
      });
      return found;
    });
  }

  /** The last place whose time is not after a time; undefined when all are. @throws IndexDamage */
  placeAt(time: string): PlaceRow | undefined {
    return this.#reading((fd) => {
      // Halving what is left of the blocks that may have places.
      const { index } = this.blocks;
      let low = Math.max(0, blockOf(index, placeKeys));
      let high = blockOf(index, behind(placeKeys)) + 1;
      let found: PlaceRow | undefined;
      while (low < high) {
        const middle = (low + high) >>> 1;
        const places = this.#rows(fd, middle).filter(({ key }) => key.startsWith(placeKeys)).map(parsePlace);
        const at = lastIndex(places, (place) => place.time <= time);
        found = places[at] ?? found;
        // Only the first of them may have none.
        if (at !== -1 || places.length === 0) low = middle + 1;
        else high = middle;
      }
      return found;
    });
  }

  /** Looks at every byte. @throws IndexDamage */
  check(): void {
    this.#reading((fd) => {
      let rows = 0;
      for (let block = 0; block < this.blocks.index.blocks.length; block += 1) rows += this.#rows(fd, block).length;
      if (rows !== this.blocks.index.rows) throw new IndexDamage("has another number of rows than it says");
    });
  }

  /** Gives the rows with a key from `from` up to `to` to `take`, until that gives false; and the one before, if its key is `least` or above. */
  #each(fd: number, from: string, least: string, to: string, take: (row: Row) => boolean): void {
    const { length } = this.blocks.index.blocks;
    let before: Row | undefined;
    for (let block = Math.max(0, blockOf(this.blocks.index, from)); block < length; block += 1) {
      for (const row of this.#rows(fd, block)) {
        if (row.key < from) {
          before = row;
          continue;
        }
        if (before !== undefined && before.key >= least && !take(before)) return;
        before = undefined;
        if (row.key >= to || !take(row)) return;
      }
    }
    if (before !== undefined && before.key >= least) take(before);
  }

  #pieces(fd: number, seqs: readonly number[]): Piece[] {
    const found: Piece[] = [];
    let block = -1;
    let known = new Map<number, Piece>();
    for (const seq of seqs) {
      const wanted = blockOf(this.blocks.index, piecesKey(seq));
      if (wanted !== block) {
        known = new Map(this.#rows(fd, Math.max(0, wanted)).filter(({ key }) => key.startsWith(piecesKeys)).flatMap(parsePieces).map((piece) => [piece.seq, piece]));
        block = wanted;
      }
      const piece = known.get(seq);
      if (piece === undefined) throw new IndexDamage("names a piece that it does not have");
      found.push(piece);
    }
    return found;
  }

  #rows(fd: number, block: number): Row[] {
    const bytes = readBlock(this.files, fd, this.blocks, block);
    if (bytes === undefined) throw new IndexDamage("does not match its hash");
    return bytes.toString("utf8", 0, bytes.length - 1).split("\n").map(parseRow);
  }

  #reading<T>(read: (fd: number) => T): T {
    try {
      return withFile(this.files, this.file, read);
    } catch (error) {
      throw error instanceof IndexDamage ? error : new IndexDamage(`cannot be read (${(error as Error).message})`);
    }
  }
}

/** Opens the index of a segment as the manifest has it; undefined when there is none that can be used. */
export function openSegmentIndex(place: LogPlace, segment: IndexedSegment): SegmentIndex | undefined {
  const file = path.join(indexFolder(place), indexFileName(segment.first));
  try {
    const limits = { tail: tailBytes, index: maxBlockIndexBytes, file: maxIndexFileBytes };
    const blocks = withFile(place.files, file, (fd) => readBlockFile(place.files, fd, limits, "index"));
    return typeof blocks === "string" || !isHeaderOf(blocks.header, segment) ? undefined : new SegmentIndex(place.files, file, blocks);
  } catch {
    return undefined;
  }
}

/** Behind all keys that begin so. */
const behind = (keys: string): string => `${keys.slice(0, -1)}${String.fromCharCode(keys.charCodeAt(keys.length - 1) + 1)}`;
