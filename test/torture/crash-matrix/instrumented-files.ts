import { constants } from "node:fs";
import { relative } from "node:path";
import { FileLock } from "../../../src/log/file-lock.js";
import type { LogLock } from "../../../src/log/file-lock.js";
import { nodeFileSystem } from "../../../src/log/file-system.js";
import type { LogFileSystem } from "../../../src/log/file-system.js";

/** Where in a call something happens. `partly` exists for writes only. */
export type Phase = "before" | "partly" | "after";

/** Told of every call that changes something. For `partly`, true makes it write a part first and then tell with `partlyDone`. */
export interface Visitor {
  enter(kind: string): void;
  /** How many of the bytes are to be written before the end comes; undefined for a whole write. */
  part(kind: string, length: number): number | undefined;
  leave(kind: string): void;
  /** After a part was written. Does not return. */
  end(): never;
}

/** A file system, telling of each call that changes a file, a name or what of both is durable. Calls that only look are left alone. */
export function instrumentedFiles(root: string, visitor: Visitor, inner: LogFileSystem = nodeFileSystem): LogFileSystem {
  const paths = new Map<number, string>();
  const nameOf = (fd: number): string => what(root, paths.get(fd) ?? "");
  const around = <T>(kind: string, call: () => T): T => {
    visitor.enter(kind);
    const result = call();
    visitor.leave(kind);
    return result;
  };
  const open = (path: string, flags: string | number | undefined, mode: unknown): number => {
    const fd = inner.openSync(path, flags ?? "r", mode as number);
    paths.set(fd, path);
    return fd;
  };
  return {
    ...inner,
    openSync: ((path: string, flags?: string | number, mode?: unknown) =>
      creates(flags) ? around(`create ${what(root, path)}`, () => open(path, flags, mode)) : open(path, flags, mode)) as LogFileSystem["openSync"],
    writeSync: (fd, buffer, offset, length, position) =>
      around(`write ${nameOf(fd)}`, () => {
        const part = visitor.part(`write ${nameOf(fd)}`, length);
        if (part === undefined) return inner.writeSync(fd, buffer, offset, length, position);
        inner.writeSync(fd, buffer, offset, part, position);
        return visitor.end();
      }),
    fdatasyncSync: (fd) => around(`sync ${nameOf(fd)}`, () => inner.fdatasyncSync(fd)),
    fsyncSync: (fd) => around(`sync ${nameOf(fd)}`, () => inner.fsyncSync(fd)),
    fdatasync: ((fd: number, callback: (error: NodeJS.ErrnoException | null) => void) => {
      const kind = `sync ${nameOf(fd)} in the pool`;
      visitor.enter(kind);
      inner.fdatasync(fd, (error) => {
        visitor.leave(kind);
        callback(error);
      });
    }) as LogFileSystem["fdatasync"],
    ftruncateSync: (fd, length) => around(`truncate ${nameOf(fd)}`, () => inner.ftruncateSync(fd, length)),
    mkdirSync: (path) => around(`make ${what(root, path)}`, () => inner.mkdirSync(path)),
    renameSync: (from, to) => around(`rename ${what(root, String(from))}`, () => inner.renameSync(from, to)),
    linkSync: (from, to) => around(`link ${what(root, String(to))}`, () => inner.linkSync(from, to)),
    unlinkSync: (path) => around(`unlink ${what(root, String(path))}`, () => inner.unlinkSync(path)),
  };
}

/** The real lock, telling of each try, of its success, and of the end. */
export function instrumentedLock(path: string, visitor: Visitor): LogLock {
  const lock = new FileLock(path, true);
  const taken = (is: boolean): boolean => {
    if (is) visitor.leave("take the lock");
    return is;
  };
  return {
    tryAcquire: (mode) => {
      visitor.enter("take the lock");
      return taken(lock.tryAcquire(mode));
    },
    wait: async (mode, wait) => taken(await lock.wait(mode, wait)),
    timedOut: (waitedMs) => lock.timedOut(waitedMs),
    release: () => {
      visitor.enter("release the lock");
      lock.release();
      visitor.leave("release the lock");
    },
    close: () => lock.close(),
  };
}

const creates = (flags: string | number | undefined): boolean => (typeof flags === "number" ? (flags & constants.O_CREAT) !== 0 : /^[wa]/.test(flags ?? "r"));

/** What a path of a root is, in the words of docs/format.md. */
function what(root: string, path: string): string {
  const name = relative(root, path);
  if (name.startsWith("..")) return "a parent folder";
  if (name === "") return "the root folder";
  if (/^(log|quarantine|index|snapshots|snapshots\/[^/]+)$/.test(name)) return `the folder ${name.split("/")[0]}`;
  if (/^log\/[0-9]{20}\.ndjson$/.test(name)) return "a segment";
  if (/^log\/[0-9]{20}\.ndjson\.new$/.test(name)) return "a segment's header";
  if (/^log\/[0-9]{20}\.ndjson\.(gz|br)$/.test(name)) return "a compressed segment";
  if (/^log\/[0-9]{20}\.ndjson\.(gz|br)\.new$/.test(name)) return "an unfinished compressed segment";
  if (name.startsWith("quarantine/")) return "a quarantine copy";
  if (name.startsWith("snapshots/")) return "a snapshot";
  if (/^index\/[0-9]{20}\.index\./.test(name)) return "an index";
  if (name.startsWith("index/")) return "what was checked of the manifest";
  return name;
}
