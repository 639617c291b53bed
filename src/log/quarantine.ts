import * as path from "node:path";
import type { AppendEvent } from "./port.js";
import type { LogFileSystem } from "./file-system.js";
import { isZero, readFully, removeQuietly, syncFile, syncFolder, writeFully } from "./file-system.js";
import { segmentFileName } from "./format.js";
import { nodeCrypto } from "./node-crypto.js";

/** Where a torn tail lies. */
export interface TornTail {
  /** First seq of the segment. */
  readonly segment: number;
  /** The good end. */
  readonly from: number;
  readonly bytes: number;
}

/** A torn tail as it will be kept: where it is, the copy's name, and the event that tells of it. */
export interface KeptTail {
  readonly tail: TornTail;
  /** File name in `quarantine/`: segment, offset and digest, so that keeping it again after a crash changes nothing. */
  readonly name: string;
  readonly event: AppendEvent;
}

/** Looks at a torn tail, part by part: it may be longer than memory. Changes nothing. */
export function readTornTail(files: LogFileSystem, fd: number, tail: TornTail): KeptTail {
  const hash = nodeCrypto().createHash("sha256");
  for (const { bytes } of parts(files, fd, tail)) hash.update(bytes);
  const sha256 = hash.digest("hex");
  const segment = segmentFileName(tail.segment);
  const name = `${segment.replace(".ndjson", "")}-${tail.from}-${sha256.slice(0, 16)}.bin`;
  const data = { segment, offset: tail.from, bytes: tail.bytes, sha256, file: `quarantine/${name}` };
  return { tail, name, event: { stream: "log", type: "log.recovered", v: 1, data } };
}

/** Copies a torn tail into `quarantine/`, durably. A copy that cannot be finished is taken away: it may be what filled the disk. */
export function keepTornTail(files: LogFileSystem, fd: number, { tail, name }: KeptTail, folder: string): void {
  const target = path.join(folder, name);
  if (files.statSync(target)?.size !== tail.bytes) {
    const temporary = `${target}.new`;
    files.mkdirSync(folder);
    try {
      copyDurably(files, fd, tail, temporary);
      files.renameSync(temporary, target);
    } catch (error) {
      removeQuietly(files, temporary);
      throw error;
    }
  }
  // Of a copy that was there, too: whoever made it may have been killed before this.
  syncFolder(files, folder);
  syncFolder(files, path.dirname(folder));
}

/** Parts that are zero become holes: a long tail of nothing takes no room. */
function copyDurably(files: LogFileSystem, from: number, tail: TornTail, target: string): void {
  const fd = files.openSync(target, "w");
  try {
    for (const { bytes, at } of parts(files, from, tail)) if (!isZero(bytes)) writeFully(files, fd, bytes, at);
    files.ftruncateSync(fd, tail.bytes);
    syncFile(files, fd);
  } finally {
    files.closeSync(fd);
  }
}

const partBytes = 1024 * 1024;

/** The bytes of a tail, with their place in it. Each part is valid until the next. */
function* parts(files: LogFileSystem, fd: number, { from, bytes }: TornTail): Generator<{ readonly bytes: Buffer; readonly at: number }> {
  const part = Buffer.allocUnsafe(Math.min(partBytes, bytes));
  for (let at = 0; at < bytes; ) {
    const length = readFully(files, fd, part, Math.min(part.length, bytes - at), from + at);
    if (length === 0) throw Object.assign(new Error("EIO: the segment became shorter while it was read"), { code: "EIO" });
    yield { bytes: part.subarray(0, length), at };
    at += length;
  }
}
