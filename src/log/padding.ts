import type { LogFileSystem } from "./file-system.js";
import { writeFully } from "./file-system.js";

/** Behind so many small commits, each of which was synced before the next, more of them are expected. */
const rowLength = 8;
/** A commit of several callers is longer than this: to write all its bytes twice costs more than the sync gains. */
const smallBytes = 4096;
const paddingBytes = 64 * 1024;
/** Padding ends where a block does. */
const blockBytes = 4096;

/**
 * Decides when zeros are written ahead of the commits (ADR 0017). A commit that makes its file longer changes what the file system knows
 * of the file, and a sync waits for that, too; one that stands in place of zeros that are on the disk does not.
 */
export class PaddingPlan {
  #row = 0;
  #bytes = 0;
  #synced = true;

  /** A commit was written. */
  written(bytes: number): void {
    if (!this.#synced) this.#row = 0;
    this.#synced = false;
    this.#bytes = bytes;
  }

  /** What was written is synced. `alone`: nobody waits for the next commit yet. */
  synced(alone: boolean): void {
    this.#row = alone && this.#bytes <= smallBytes ? this.#row + 1 : 0;
    this.#synced = true;
  }

  /** Zeros could not be written: not before another row. */
  refused(): void {
    this.#row = 0;
  }

  /** Up to where zeros are due behind a commit that ends at `offset`; undefined for none. A segment is not padded beyond its length. */
  target(offset: number, segmentBytes: number): number | undefined {
    if (this.#row < rowLength) return undefined;
    const end = Math.min(segmentBytes, Math.ceil((offset + paddingBytes) / blockBytes) * blockBytes);
    return end > offset ? end : undefined;
  }
}

const zeros = Buffer.alloc(paddingBytes + blockBytes);

/** Fills a file with zeros. */
export function writeZeros(files: LogFileSystem, fd: number, from: number, to: number): void {
  writeFully(files, fd, zeros.subarray(0, to - from), from);
}
