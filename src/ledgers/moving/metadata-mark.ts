import * as fs from "node:fs";
import type { BigIntStats } from "node:fs";

/** What daybook wrote last at a path: as of which event of which root, and how the file is told from others. */
export interface MetadataMark {
  readonly root: string;
  readonly seq: number;
  /** {@link fingerprint}s of the file before and after. A crash between the mark and the renaming leaves the one before. */
  readonly files: readonly string[];
}

/** A file is known by its inode, size and time of change, which renaming keeps. */
export const fingerprint = ({ ino, size, mtimeNs }: BigIntStats): string => `${ino}:${size}:${mtimeNs}`;

/** The {@link fingerprint} of what is at a path; undefined where nothing is. */
export function fingerprintAt(path: string): string | undefined {
  const stats = fs.statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? undefined : fingerprint(stats);
}

/** Longer than any mark: so each one is written over the one before in a single write, and never cut. */
const markBytes = 8192;

/** The mark in a lock file; undefined where there is none, as when the original's lock has emptied the file. */
export function readMark(lockPath: string): MetadataMark | undefined {
  try {
    const mark = JSON.parse(fs.readFileSync(lockPath, "utf8")) as Partial<MetadataMark> | null;
    const { root, seq, files } = mark ?? {};
    return typeof root === "string" && typeof seq === "number" && Array.isArray(files) ? { root, seq, files } : undefined;
  } catch {
    return undefined;
  }
}

/** Whether what is called like the lock file holds something that neither daybook nor the original's lock leaves in it. Read in part: a mark may just be written. */
export function isForeignLock(lockPath: string): boolean {
  let fd: number;
  try {
    fd = fs.openSync(lockPath, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  } catch {
    // Not there, or not to be read: whoever takes the lock is told.
    return false;
  }
  try {
    const bytes = Buffer.alloc(markBytes);
    const text = bytes.toString("utf8", 0, fs.readSync(fd, bytes, 0, markBytes, 0));
    // Blank: a mark that did not fit. Zeros: one that a power cut has taken.
    return !text.startsWith('{"root":') && /[^\s\0]/.test(text);
  } catch {
    return false;
  } finally {
    fs.closeSync(fd);
  }
}

/** Writes the mark into a lock file, whose lock is held. A mark that does not fit is none: the file's content tells then. */
export function writeMark(lockPath: string, mark: MetadataMark): void {
  const text = Buffer.from(JSON.stringify(mark));
  const bytes = Buffer.alloc(markBytes, " ");
  if (text.length < markBytes) text.copy(bytes);
  bytes[markBytes - 1] = 0x0a;
  const fd = fs.openSync(lockPath, "r+");
  try {
    fs.writeSync(fd, bytes, 0, markBytes, 0);
  } finally {
    fs.closeSync(fd);
  }
}
