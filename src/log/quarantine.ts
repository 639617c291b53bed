import { createHash } from "node:crypto";
import * as path from "node:path";
import type { AppendEvent } from "./port.js";
import type { LogFileSystem } from "./file-system.js";
import { readFully, syncFolder, writeFully } from "./file-system.js";
import { segmentFileName } from "./format.js";

/** Where a torn tail lies. */
export interface TornTail {
  /** First seq of the segment. */
  readonly segment: number;
  /** The good end. */
  readonly from: number;
  readonly bytes: number;
}

/**
 * Copies a torn tail into `quarantine/`, durably, and gives the event that names the copy. The name has segment, offset
 * and digest: doing it again after a crash changes nothing.
 */
export function quarantine(files: LogFileSystem, fd: number, tail: TornTail, folder: string): AppendEvent {
  const bytes = Buffer.allocUnsafe(tail.bytes);
  const length = readFully(files, fd, bytes, bytes.length, tail.from);
  const content = bytes.subarray(0, length);
  const sha256 = createHash("sha256").update(content).digest("hex");
  const segment = segmentFileName(tail.segment);
  const name = `${segment.replace(".ndjson", "")}-${tail.from}-${sha256.slice(0, 16)}.bin`;
  const target = path.join(folder, name);
  if (files.statSync(target)?.size !== length) {
    const temporary = `${target}.new`;
    files.mkdirSync(folder);
    const copy = files.openSync(temporary, "w");
    try {
      writeFully(files, copy, content, 0);
      files.fsyncSync(copy);
    } finally {
      files.closeSync(copy);
    }
    files.renameSync(temporary, target);
    syncFolder(files, folder);
    syncFolder(files, path.dirname(folder));
  }
  return {
    stream: "log",
    type: "log.recovered",
    v: 1,
    data: { segment, offset: tail.from, bytes: length, sha256, file: `quarantine/${name}` },
  };
}
