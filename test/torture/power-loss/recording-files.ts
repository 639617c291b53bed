import * as fs from "node:fs";
import { dirname, relative } from "node:path";
import { nodeFileSystem } from "../../../src/log/file-system.js";
import type { LogFileSystem } from "../../../src/log/file-system.js";
import type { Deed, Recorded } from "./recording.js";

/** Writes what happened into a file of its process, at once: a process that is killed has recorded all that it did. */
export class Recorder {
  readonly #out: number;
  readonly now = (): number => Number(process.hrtime.bigint() - this.epoch);

  constructor(
    file: string,
    readonly base: string,
    readonly epoch: bigint,
    readonly by: string,
  ) {
    this.#out = fs.openSync(file, "a");
  }

  note(deeds: readonly Deed[], start: number, end: number): void {
    for (const deed of deeds) fs.writeSync(this.#out, `${JSON.stringify({ ...deed, start, end, by: this.by } satisfies Recorded)}\n`);
  }

  /** An acknowledgement, at the moment at which it is heard. */
  promised(seq: number, why: string): void {
    const now = this.now();
    this.note([{ do: "promise", seq, why }], now, now);
  }

  /** The acknowledgement of a uid; where it lies, the log will tell. */
  allocated(uid: string): void {
    const now = this.now();
    this.note([{ do: "promise-uid", uid }], now, now);
  }

  /** Runs a call; records what it did once it has. */
  during<T>(call: () => T, deeds: (result: T) => readonly Deed[]): T {
    const start = this.now();
    const result = call();
    this.note(deeds(result), start, this.now());
    return result;
  }

  name(path: fs.PathLike): string {
    return relative(this.base, String(path));
  }
}

const inodeAt = (path: fs.PathLike): number => fs.statSync(path).ino;

/** The real file system; everything that changes it, or makes a change durable, is recorded. */
export function recordingFiles(recorder: Recorder): LogFileSystem {
  /** Descriptors of folders, which are told by their paths. */
  const folders = new Map<number, string>();
  const inode = (fd: number): number => fs.fstatSync(fd).ino;
  const synced = (fd: number): Deed => {
    const path = folders.get(fd);
    return path === undefined ? { do: "sync", ino: inode(fd) } : { do: "sync-folder", path };
  };
  const open = (path: string, flags: string | number | undefined, mode: unknown): number => {
    const was = fs.existsSync(path);
    const start = recorder.now();
    const fd = nodeFileSystem.openSync(path, flags ?? "r", mode as number);
    const end = recorder.now();
    if (fs.fstatSync(fd).isDirectory()) folders.set(fd, recorder.name(path));
    else {
      folders.delete(fd);
      if (!was) recorder.note([{ do: "create", path: recorder.name(path), ino: inode(fd) }], start, end);
      else if (flags !== "r") recorder.note([{ do: "open", path: recorder.name(path), ino: inode(fd) }], start, end);
      if (was && flags === "w") recorder.note([{ do: "truncate", ino: inode(fd), size: 0 }], start, end);
    }
    return fd;
  };
  return {
    ...nodeFileSystem,
    openSync: open as LogFileSystem["openSync"],
    writeSync: (fd, buffer, offset, length, position) =>
      recorder.during(
        () => nodeFileSystem.writeSync(fd, buffer, offset, length, position),
        (written) => [{ do: "write", ino: inode(fd), at: position, bytes: buffer.toString("base64", offset, offset + written) }],
      ),
    fdatasyncSync: (fd) => recorder.during(() => nodeFileSystem.fdatasyncSync(fd), () => [synced(fd)]),
    fsyncSync: (fd) => recorder.during(() => nodeFileSystem.fsyncSync(fd), () => [synced(fd)]),
    fdatasync: ((fd: number, callback: (error: NodeJS.ErrnoException | null) => void) => {
      const start = recorder.now();
      const deed = synced(fd);
      nodeFileSystem.fdatasync(fd, (error) => {
        if (error === null) recorder.note([deed], start, recorder.now());
        callback(error);
      });
    }) as LogFileSystem["fdatasync"],
    ftruncateSync: (fd, size) => recorder.during(() => nodeFileSystem.ftruncateSync(fd, size), () => [{ do: "truncate", ino: inode(fd), size: size ?? 0 }]),
    mkdirSync: (path) => recorder.during(() => nodeFileSystem.mkdirSync(path), (first) => foldersFrom(first, path).map((made) => ({ do: "make-folder", path: recorder.name(made) }))),
    renameSync: (from, to) => {
      const ino = inodeAt(from);
      recorder.during(() => nodeFileSystem.renameSync(from, to), () => [{ do: "rename", from: recorder.name(from), to: recorder.name(to), ino }]);
    },
    linkSync: (from, to) => recorder.during(() => nodeFileSystem.linkSync(from, to), () => [{ do: "link", to: recorder.name(to), ino: inodeAt(from) }]),
    unlinkSync: (path) => {
      const ino = inodeAt(path);
      recorder.during(() => nodeFileSystem.unlinkSync(path), () => [{ do: "unlink", path: recorder.name(path), ino }]);
    },
  };
}

/** The folders of a path from the first that was made on. */
function foldersFrom(first: string | undefined, path: string): string[] {
  if (first === undefined) return [];
  const made: string[] = [];
  for (let folder = path; folder.length >= first.length; folder = dirname(folder)) made.unshift(folder);
  return made;
}
