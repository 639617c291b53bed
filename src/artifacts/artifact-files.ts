import { constants } from "node:fs";
import type { Dirent, Stats } from "node:fs";
import * as fsp from "node:fs/promises";

/** An open file. */
export interface ArtifactFile {
  /** How many of the bytes were written, at that place. */
  write(bytes: Uint8Array, position: number): Promise<number>;
  /** How many bytes were read into the target; 0 at the end. */
  read(target: Uint8Array, position: number): Promise<number>;
  stat(): Promise<Stats>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** The system calls of a folder of artifacts, as one object, so that a test can fail, delay or record each of them. */
export interface ArtifactFiles {
  /** A new file for writing; fails where something is there, be it a link. */
  create(path: string): Promise<ArtifactFile>;
  /** For reading. Does not wait for the other end of a pipe. */
  open(path: string): Promise<ArtifactFile>;
  openFolder(path: string): Promise<ArtifactFile>;
  mkdir(path: string): Promise<void>;
  link(from: string, to: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  lstat(path: string): Promise<Stats>;
  stat(path: string): Promise<Stats>;
  readdir(path: string): Promise<Dirent[]>;
  realpath(path: string): Promise<string>;
}

/** The real file system. */
export const nodeArtifactFiles: ArtifactFiles = {
  create: async (path) => fileOf(await fsp.open(path, "wx")),
  open: async (path) => fileOf(await fsp.open(path, constants.O_RDONLY | constants.O_NONBLOCK)),
  openFolder: async (path) => fileOf(await fsp.open(path, "r")),
  mkdir: (path) => fsp.mkdir(path),
  link: (from, to) => fsp.link(from, to),
  rename: (from, to) => fsp.rename(from, to),
  unlink: (path) => fsp.unlink(path),
  lstat: (path) => fsp.lstat(path),
  stat: (path) => fsp.stat(path),
  readdir: (path) => fsp.readdir(path, { withFileTypes: true }),
  realpath: (path) => fsp.realpath(path),
};

const fileOf = (handle: fsp.FileHandle): ArtifactFile => ({
  write: async (bytes, position) => (await handle.write(bytes, 0, bytes.length, position)).bytesWritten,
  read: async (target, position) => (await handle.read(target, 0, target.length, position)).bytesRead,
  stat: () => handle.stat(),
  sync: () => handle.sync(),
  close: () => handle.close(),
});

/** The code of a system error; undefined for other errors. */
export const systemCode = (error: unknown): string | undefined => (error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined);

/** True for the errors of a path at which there is nothing. */
export const isNothingThere = (error: unknown): boolean => ["ENOENT", "ENOTDIR"].includes(systemCode(error) ?? "");

/** A signal that interrupts a call says nothing about the file: the call is made again. */
export async function uninterrupted<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (systemCode(error) !== "EINTR") throw error;
    }
  }
}

/** Writes all of `bytes` at `position`; a short write goes on where it stopped. */
export async function writeFully(file: ArtifactFile, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const rest = bytes.subarray(done);
    const at = position + done;
    const written = await uninterrupted(() => file.write(rest, at));
    // A file system that takes nothing and reports nothing would spin for ever.
    if (written === 0) throw Object.assign(new Error("EIO: the file system wrote nothing"), { code: "EIO" });
    done += written;
  }
}

/** Makes the content of a file durable. Every sync of an artifact is this one; that of a folder is {@link syncArtifactFolder}. */
export const syncArtifact = (file: ArtifactFile): Promise<void> => uninterrupted(() => file.sync());

/** Makes the names in a folder durable. */
export async function syncArtifactFolder(files: ArtifactFiles, path: string): Promise<void> {
  const folder = await uninterrupted(() => files.openFolder(path));
  try {
    await uninterrupted(() => folder.sync());
  } finally {
    await closeQuietly(folder);
  }
}

/** Gives a descriptor back. An error says nothing: what is durable was settled by a sync before, and the system has released it all the same. */
export async function closeQuietly(file: ArtifactFile): Promise<void> {
  await file.close().catch(() => undefined);
}

/** Takes a file away that nobody needs; what cannot go is found by `gc`. */
export async function removeQuietly(files: ArtifactFiles, path: string): Promise<void> {
  await uninterrupted(() => files.unlink(path)).catch(() => undefined);
}
