/**
 * Seals a log and is killed at the n-th call that concerns the folder of indices; prints the name of the call before. Ends in peace where
 * there are not so many. Arguments: root, n.
 */
import { writeSync } from "node:fs";
import { nodeFileSystem } from "../../src/log/file-system.js";
import type { LogFileSystem } from "../../src/log/file-system.js";
import { openSegmentLog } from "../../src/log/open-segment-log.js";

const [root = "", at = "1"] = process.argv.slice(2);
const indexFds = new Set<number>();
let calls = 0;

function count(name: string): void {
  calls += 1;
  if (calls < Number(at)) return;
  writeSync(1, `${name}\n`);
  process.kill(process.pid, "SIGKILL");
}

const concerns = (path: unknown): boolean => String(path).includes("/index");
const files: LogFileSystem = {
  ...nodeFileSystem,
  openSync: (path, flags, mode) => {
    if (concerns(path)) count(`open ${flags === undefined ? "" : String(flags)}`);
    const fd = nodeFileSystem.openSync(path, flags, mode);
    indexFds[concerns(path) ? "add" : "delete"](fd);
    return fd;
  },
  writeSync: (fd, buffer, offset, length, position) => {
    if (!indexFds.has(fd)) return nodeFileSystem.writeSync(fd, buffer, offset, length, position);
    // Half of it has been written when it is killed.
    const half = nodeFileSystem.writeSync(fd, buffer, offset, Math.ceil(length / 2), position);
    count("write");
    return half;
  },
  closeSync: (fd) => {
    if (indexFds.has(fd)) count("close");
    nodeFileSystem.closeSync(fd);
  },
  mkdirSync: (path) => {
    if (concerns(path)) count("mkdir");
    return nodeFileSystem.mkdirSync(path);
  },
  renameSync: (from, to) => {
    if (concerns(to)) count("rename");
    nodeFileSystem.renameSync(from, to);
    if (concerns(to)) count("renamed");
  },
};

const log = await openSegmentLog(root, { segmentBytes: 4096, maxEventBytes: 1 << 20, lockTimeoutMs: 10_000, unsafeFileSystem: false, verifyBytes: 1 << 26, nowMs: Date.now(), files });
await log.seal();
await log.close();
writeSync(1, "ended\n");
