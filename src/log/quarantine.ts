import { createHash } from "node:crypto";
import * as path from "node:path";
import type { AppendEvent } from "./port.js";
import type { LogFileSystem } from "./file-system.js";
import { readFully, syncFolder, writeDurably } from "./file-system.js";
import { segmentFileName } from "./format.js";

/** Where a torn tail lies. */
export interface TornTail {
  /** First seq of the segment. */
  readonly segment: number;
  /** The good end. */
  readonly from: number;
  readonly bytes: number;
}

/** A torn tail as it will be kept: its bytes, the copy's name, and the event that tells of it. */
export interface KeptTail {
  readonly content: Buffer;
  /** File name in `quarantine/`: segment, offset and digest, so that keeping it again after a crash changes nothing. */
  readonly name: string;
  readonly event: AppendEvent;
}

/** Reads a torn tail. Changes nothing. */
export function readTornTail(files: LogFileSystem, fd: number, tail: TornTail): KeptTail {
  const bytes = Buffer.allocUnsafe(tail.bytes);
  const length = readFully(files, fd, bytes, bytes.length, tail.from);
  const content = bytes.subarray(0, length);
  const sha256 = createHash("sha256").update(content).digest("hex");
  const segment = segmentFileName(tail.segment);
  const name = `${segment.replace(".ndjson", "")}-${tail.from}-${sha256.slice(0, 16)}.bin`;
  const data = { segment, offset: tail.from, bytes: length, sha256, file: `quarantine/${name}` };
  return { content, name, event: { stream: "log", type: "log.recovered", v: 1, data } };
}

/** Copies a torn tail into `quarantine/`, durably. */
export function keepTornTail(files: LogFileSystem, { content, name }: KeptTail, folder: string): void {
  const target = path.join(folder, name);
  if (files.statSync(target)?.size !== content.length) {
    const temporary = `${target}.new`;
    files.mkdirSync(folder);
    writeDurably(files, temporary, "w", content);
    files.renameSync(temporary, target);
  }
  // Of a copy that was there, too: whoever made it may have been killed before this.
  syncFolder(files, folder);
  syncFolder(files, path.dirname(folder));
}
