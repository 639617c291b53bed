import * as path from "node:path";
import { blockOf, readBlock, readBlockFile, withFile } from "../blocks/block-reader.js";
import type { BlockFile } from "../blocks/block-reader.js";
import type { LogFileSystem } from "../file-system.js";
import type { LogPlace } from "../segment-walker.js";
import { indexFileName, indexFolder, isHeaderOf, keysBelow, lineKey, maxBlockIndexBytes, maxIndexFileBytes, parseLines, parsePlace, parseRow, placeKey, placeKeys, tailBytes } from "./index-format.js";
import type { IndexedSegment, LinesRow, PlaceRow } from "./index-format.js";

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

  /** The rows of a stream and of everything below it with events from one seq to another, by key. @throws IndexDamage */
  linesOf(stream: string, from: number, to: number): LinesRow[] {
    return this.#reading((fd) => {
      const found: LinesRow[] = [];
      // The stream's row in which `from` would be, and those behind it; then whatever lies below the stream.
      const own = lineKey(stream, 0).slice(0, -16);
      this.#each(fd, lineKey(stream, from), own, `${own}~`, (row) => {
        const lines = parseLines(row);
        if (lines.first > to) return false;
        if (lines.stream === stream && lines.last >= from) found.push(lines);
        return true;
      });
      const below = keysBelow(stream);
      this.#each(fd, below, below, `${below.slice(0, -1)}0`, (row) => {
        const lines = parseLines(row);
        if (lines.first <= to && lines.last >= from) found.push(lines);
        return true;
      });
      return found;
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
      // Halving what is left of the blocks with places, by the first one in each.
      const { blocks } = this.blocks.index;
      let low = 0;
      let high = blocks.findIndex(([, key]) => !key.startsWith(placeKeys));
      if (high === -1) high = blocks.length;
      let found: PlaceRow | undefined;
      while (low < high) {
        const middle = (low + high) >>> 1;
        const [first, ...rest] = this.#rows(fd, middle).filter(({ key }) => key.startsWith(placeKeys)).map(parsePlace);
        if (first !== undefined && first.time <= time) {
          found = rest.filter((place) => place.time <= time).at(-1) ?? first;
          low = middle + 1;
        } else high = middle;
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
  #each(fd: number, from: string, least: string, to: string, take: (row: ReturnType<typeof parseRow>) => boolean): void {
    const { length } = this.blocks.index.blocks;
    let before: ReturnType<typeof parseRow> | undefined;
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

  #rows(fd: number, block: number): ReturnType<typeof parseRow>[] {
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
