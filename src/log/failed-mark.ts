import * as path from "node:path";
import type { LogFileSystem } from "./file-system.js";
import { isZero, readFully, syncFile, syncFolder, writeFully } from "./file-system.js";
import { maxSegmentBytes } from "../events/limits.js";
import { segmentFileName } from "./format.js";

/**
 * The mark `log/failed`: some process had a sync fail. The kernel tells one process only, so this file tells the others;
 * nobody acknowledges an append while it is there.
 */
export class FailedMark {
  constructor(
    readonly files: LogFileSystem,
    readonly path: string,
  ) {}

  get isSet(): boolean {
    return this.files.statSync(this.path) !== undefined;
  }

  /** Leaves the mark. Never throws: a disk that refuses even this leaves nothing better to do. */
  set(): void {
    try {
      const fd = this.files.openSync(this.path, "a");
      this.files.closeSync(fd);
      syncFolder(this.files, path.dirname(this.path));
    } catch {
      // The caller reports the failed sync itself.
    }
  }

  /** Takes the mark away; the caller holds the lock and has repaired what it stood for. */
  clear(): void {
    this.files.unlinkSync(this.path);
    syncFolder(this.files, path.dirname(this.path));
  }
}

/**
 * Writes every byte of a segment again and syncs: after a failed sync the kernel holds pages that it believes clean
 * though the disk never took them. The caller holds the lock.
 */
export function rewriteSegment(files: LogFileSystem, folder: string, first: number): void {
  const fd = files.openSync(path.join(folder, segmentFileName(first)), "r+");
  try {
    const chunk = Buffer.allocUnsafe(1024 * 1024);
    // Beyond the longest segment nothing is the log's; and no commit has a zero byte, so that padding may stay a hole.
    for (let offset = 0; offset < maxSegmentBytes; ) {
      const length = readFully(files, fd, chunk, chunk.length, offset);
      if (length === 0) break;
      if (!isZero(chunk.subarray(0, length))) writeFully(files, fd, chunk.subarray(0, length), offset);
      offset += length;
    }
    syncFile(files, fd);
  } finally {
    files.closeSync(fd);
  }
}
