import * as fs from "node:fs";
import { isDaybookError, ReadFailedError } from "../base/errors.js";
import type { LogCorruptError } from "../base/errors.js";

/**
 * The system calls of the log, as one object, so that a test can fail, delay or record each of them. Names and meanings
 * are those of `node:fs`.
 */
export interface LogFileSystem {
  openSync: typeof fs.openSync;
  closeSync: typeof fs.closeSync;
  readSync(fd: number, buffer: Buffer, offset: number, length: number, position: number): number;
  writeSync(fd: number, buffer: Buffer, offset: number, length: number, position: number): number;
  fdatasyncSync: typeof fs.fdatasyncSync;
  fsyncSync: typeof fs.fsyncSync;
  fdatasync: typeof fs.fdatasync;
  ftruncateSync: typeof fs.ftruncateSync;
  fstatSync(fd: number): fs.Stats;
  statSync(path: string): fs.Stats | undefined;
  /** Makes all folders of the path; gives the first one that was not there. */
  mkdirSync(path: string): string | undefined;
  readdirSync(path: string): string[];
  renameSync: typeof fs.renameSync;
  linkSync: typeof fs.linkSync;
  unlinkSync: typeof fs.unlinkSync;
}

/** The real file system. */
export const nodeFileSystem: LogFileSystem = {
  openSync: fs.openSync,
  closeSync: fs.closeSync,
  readSync: (fd, buffer, offset, length, position) => fs.readSync(fd, buffer, offset, length, position),
  writeSync: (fd, buffer, offset, length, position) => fs.writeSync(fd, buffer, offset, length, position),
  fdatasyncSync: fs.fdatasyncSync,
  fsyncSync: fs.fsyncSync,
  fdatasync: fs.fdatasync,
  ftruncateSync: fs.ftruncateSync,
  fstatSync: (fd) => fs.fstatSync(fd),
  statSync: (path) => fs.statSync(path, { throwIfNoEntry: false }),
  mkdirSync: (path) => fs.mkdirSync(path, { recursive: true }),
  readdirSync: (path) => fs.readdirSync(path),
  renameSync: fs.renameSync,
  linkSync: fs.linkSync,
  unlinkSync: fs.unlinkSync,
};

/** Writes all of `bytes` at `position`; a short write goes on where it stopped. */
export function writeFully(files: LogFileSystem, fd: number, bytes: Buffer, position: number): void {
  let done = 0;
  while (done < bytes.length) {
    const written = interruptible(() => files.writeSync(fd, bytes, done, bytes.length - done, position + done));
    // A file system that takes nothing and reports nothing would spin for ever.
    if (written === 0) throw Object.assign(new Error("EIO: the file system wrote nothing"), { code: "EIO" });
    done += written;
  }
}

/** Reads up to `length` bytes at `position`; fewer only at the end of the file. */
export function readFully(files: LogFileSystem, fd: number, target: Buffer, length: number, position: number): number {
  let done = 0;
  while (done < length) {
    const read = interruptible(() => files.readSync(fd, target, done, length - done, position + done));
    if (read === 0) break;
    done += read;
  }
  return done;
}

/**
 * As {@link readFully}, but stops before bytes of a compressed segment that cannot be decompressed, and says why: what comes before
 * them is good.
 */
export function readUpToDamage(files: LogFileSystem, fd: number, target: Buffer, length: number, position: number): { readonly length: number; readonly damage?: LogCorruptError } {
  let done = 0;
  try {
    while (done < length) {
      const read = interruptible(() => files.readSync(fd, target, done, length - done, position + done));
      if (read === 0) break;
      done += read;
    }
    return { length: done };
  } catch (error) {
    if (!isDaybookError(error, "LOG_CORRUPT")) throw error;
    return { length: done, damage: error as LogCorruptError };
  }
}

/** A signal that interrupts a call says nothing about the file: the call is made again. */
function interruptible<T>(call: () => T): T {
  for (;;) {
    try {
      return call();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EINTR") throw error;
    }
  }
}

/** Makes a file's bytes durable, and its size. Every sync of a file is one of these three; that of a folder is {@link syncFolder}. */
export function syncFile(files: LogFileSystem, fd: number): void {
  files.fsyncSync(fd);
}

/** As {@link syncFile}, without what is not needed to read the bytes again. */
export function syncData(files: LogFileSystem, fd: number): void {
  files.fdatasyncSync(fd);
}

/** As {@link syncData}, while the process does other work. */
export function syncDataAside(files: LogFileSystem, fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    files.fdatasync(fd, (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}

/** Writes a file and makes its content durable; its name is not yet. `flags`: "w" replaces what is there, "wx" refuses. */
export function writeDurably(files: LogFileSystem, path: string, flags: "w" | "wx", bytes: Buffer): void {
  const fd = files.openSync(path, flags);
  try {
    writeFully(files, fd, bytes, 0);
    syncFile(files, fd);
  } finally {
    files.closeSync(fd);
  }
}

/** Makes the names in a folder durable. */
export function syncFolder(files: LogFileSystem, path: string): void {
  const fd = files.openSync(path, "r");
  try {
    files.fsyncSync(fd);
  } finally {
    files.closeSync(fd);
  }
}

const zeros = Buffer.alloc(64 * 1024);

/** True for bytes that are all zero. */
export function isZero(bytes: Buffer): boolean {
  for (let from = 0; from < bytes.length; from += zeros.length) {
    const part = bytes.subarray(from, from + zeros.length);
    if (zeros.compare(part, 0, part.length, 0, part.length) !== 0) return false;
  }
  return true;
}

/** True when a file holds only zero bytes from an offset up to its end. */
export function isZeroFrom(files: LogFileSystem, fd: number, offset: number, size: number): boolean {
  const chunk = Buffer.allocUnsafe(Math.max(1, Math.min(1024 * 1024, size - offset)));
  for (let from = offset; ; ) {
    const length = readFully(files, fd, chunk, chunk.length, from);
    if (!isZero(chunk.subarray(0, length))) return false;
    if (length < chunk.length) return true;
    from += length;
  }
}

/** Reads a whole file. */
export function readWholeFile(files: LogFileSystem, path: string): Buffer {
  const fd = files.openSync(path, "r");
  try {
    const bytes = Buffer.allocUnsafe(files.fstatSync(fd).size);
    return bytes.subarray(0, readFully(files, fd, bytes, bytes.length, 0));
  } finally {
    closeQuietly(files, fd);
  }
}

/** Reads a whole small file; `undefined` when there is none. */
export function readSmallFile(files: LogFileSystem, path: string, maxBytes: number): Buffer | undefined {
  let fd: number;
  try {
    fd = files.openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const size = Math.min(files.fstatSync(fd).size, maxBytes);
    const bytes = Buffer.alloc(size);
    return bytes.subarray(0, readFully(files, fd, bytes, size, 0));
  } finally {
    files.closeSync(fd);
  }
}

/** Gives a descriptor back. An error says nothing about the log: what is durable was settled by a sync before. */
export function closeQuietly(files: LogFileSystem, fd: number): void {
  try {
    files.closeSync(fd);
  } catch {
    // The system has released the descriptor all the same.
  }
}

/** Takes a file away that nobody needs; one that cannot go, or is gone, says nothing about the log. */
export function removeQuietly(files: LogFileSystem, path: string): void {
  try {
    files.unlinkSync(path);
  } catch {
    // Its name says that it is unfinished.
  }
}

/** What the system refuses while something is read, as a typed error; anything else (a caller's signal, damage) as it is. */
export function asReadFailure(error: unknown): unknown {
  const system = error instanceof Error && "syscall" in error && !isDaybookError(error);
  return system ? new ReadFailedError(error) : error;
}

/** Runs reading code: what the system refuses becomes a typed error. @throws ReadFailedError */
export function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw isDaybookError(error) ? error : new ReadFailedError(error);
  }
}
