/**
 * Seals a log and is killed at the n-th call that concerns the manifest or the folder of indices; prints the name of the call before. Ends in
 * peace where there are not so many. Arguments: root, n.
 */
import { writeSync } from "node:fs";
import { nodeFileSystem } from "../../src/log/file-system.js";
import type { LogFileSystem } from "../../src/log/file-system.js";
import { openSegmentLog } from "../../src/log/open-segment-log.js";

const [root = "", at = "1"] = process.argv.slice(2);
const fds = new Map<number, string>();
let calls = 0;

function count(name: string): void {
  calls += 1;
  if (calls < Number(at)) return;
  writeSync(1, `${name}\n`);
  process.kill(process.pid, "SIGKILL");
}

/** What a path is of; undefined for what is of no concern here. */
const kindOf = (path: unknown): string | undefined => (String(path).includes("/index") ? "index" : String(path).endsWith("/manifest.ndjson") ? "manifest" : undefined);

/** Counted behind it: whoever is killed there has done it, and not the next one. */
function counted<T>(kind: string | undefined, name: string, call: () => T): T {
  const result = call();
  if (kind !== undefined) count(`${kind} ${name}`);
  return result;
}

const files: LogFileSystem = {
  ...nodeFileSystem,
  openSync: (path, flags, mode) => {
    // Reading changes nothing.
    const kind = flags === "r" ? undefined : kindOf(path);
    const fd = counted(kind, "open", () => nodeFileSystem.openSync(path, flags, mode));
    if (kind === undefined) fds.delete(fd);
    else fds.set(fd, kind);
    return fd;
  },
  writeSync: (fd, buffer, offset, length, position) => {
    const kind = fds.get(fd);
    if (kind === undefined) return nodeFileSystem.writeSync(fd, buffer, offset, length, position);
    // Half of it has been written when it is killed.
    const half = nodeFileSystem.writeSync(fd, buffer, offset, Math.ceil(length / 2), position);
    count(`${kind} write`);
    return half;
  },
  fsyncSync: (fd) => counted(fds.get(fd), "sync", () => nodeFileSystem.fsyncSync(fd)),
  fdatasyncSync: (fd) => counted(fds.get(fd), "sync", () => nodeFileSystem.fdatasyncSync(fd)),
  ftruncateSync: (fd, length) => counted(fds.get(fd), "truncate", () => nodeFileSystem.ftruncateSync(fd, length)),
  closeSync: (fd) => counted(fds.get(fd), "close", () => nodeFileSystem.closeSync(fd)),
  mkdirSync: (path) => counted(kindOf(path), "mkdir", () => nodeFileSystem.mkdirSync(path)),
  renameSync: (from, to) => counted(kindOf(to), "rename", () => nodeFileSystem.renameSync(from, to)),
};

const log = await openSegmentLog(root, { segmentBytes: 4096, maxEventBytes: 1 << 20, lockTimeoutMs: 10_000, unsafeFileSystem: false, verifyBytes: 1 << 26, nowMs: Date.now(), files });
await log.seal();
await log.close();
writeSync(1, "ended\n");
