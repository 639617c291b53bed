import { isDaybookError } from "../../base/errors.js";
import type { LogCorruptError } from "../../base/errors.js";
import type { LogFileSystem } from "../file-system.js";

/** So much is given up where one byte cannot be read: what disks and file systems lose at once. */
const blockBytes = 4096;

/**
 * The same files, but bytes that cannot be read are zeros: a bad sector of the disk, a damaged part of a compressed segment. No commit
 * matches its hash over them, so that they are found with all other damage. `onLoss` is told each time.
 */
export function lenientFiles(files: LogFileSystem, onLoss: (error: unknown) => void): LogFileSystem {
  const readSync: LogFileSystem["readSync"] = (fd, buffer, offset, length, position) => {
    try {
      return files.readSync(fd, buffer, offset, length, position);
    } catch (error) {
      if (!isLoss(error)) throw error;
      // Around the bad block everything is read.
      const block = Math.min(length, blockBytes - (position % blockBytes));
      if (block < length) return readSync(fd, buffer, offset, block, position);
      onLoss(error);
      const there = Math.max(0, Math.min(block, files.fstatSync(fd).size - position));
      buffer.fill(0, offset, offset + there);
      return there;
    }
  };
  return { ...files, readSync };
}

/** True for an error that will be the same at the next try, and concerns these bytes alone. */
export const isLoss = (error: unknown): boolean => isDaybookError(error, "LOG_CORRUPT") || (error as NodeJS.ErrnoException).code === "EIO";

/** What is wrong, and where: without the advice to do what is being done. */
export function problemOf(error: unknown): string {
  if (!isDaybookError(error, "LOG_CORRUPT")) return error instanceof Error ? error.message : String(error);
  const { segment, offset, problem } = error as LogCorruptError;
  return `${segment}, byte ${offset}: ${problem}`;
}
