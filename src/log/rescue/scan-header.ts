import { isDaybookError, preview } from "../../base/errors.js";
import { maxCommitBytes, maxHeaderBytes } from "../../events/limits.js";
import { closingLines } from "../closing-lines.js";
import { readFully } from "../file-system.js";
import type { LogFileSystem } from "../file-system.js";
import { closingBytes, hashTailBytes } from "../format.js";
import { headerLine, readHeader } from "../header.js";
import type { SegmentHeader } from "../header.js";
import { xxh3, xxh3OfParts } from "../xxh3.js";
import type { Patch } from "./patched-files.js";

/** What the first line of a segment file is worth. */
export interface Head {
  /** Undefined where it is lost. Its `first` may be another than the file's name says. */
  readonly header: SegmentHeader | undefined;
  /** The first commit matches its hash, which is over the header, too. */
  readonly proven: boolean;
  /** Where the first commit begins, and what its hash begins with. */
  readonly bytes: number;
  readonly prefix: Buffer;
  /** The header as it was, where the first commit's hash proves that. */
  readonly patch: Patch | undefined;
  readonly foreign: string | undefined;
}

/** Reads and judges the head of a segment file. @param hints hashes that the header may have continued on @throws FormatTooNewError */
export function readHead(files: LogFileSystem, fd: number, size: number, root: string, number: number, hints: readonly string[]): Head {
  const first = firstCommitEnd(files, fd, size);
  const bytes = Buffer.alloc(Math.min(size, Math.max(maxHeaderBytes, first ?? 0)));
  readFully(files, fd, bytes, bytes.length, 0);
  const lf = bytes.subarray(0, maxHeaderBytes).indexOf(0x0a);
  const asItStands = { bytes: lf + 1, prefix: Buffer.from(bytes.subarray(0, lf + 1)), patch: undefined, foreign: undefined };
  const wanted = first === undefined ? undefined : bytes.toString("latin1", first - hashTailBytes, first - hashTailBytes + 16);
  const proven = lf !== -1 && first !== undefined && lf + 1 <= first - closingBytes && xxh3(bytes.subarray(0, first - closingBytes)) === wanted;
  const plain = understood(files, fd, root, number, proven);
  if (proven && plain === undefined) {
    const foreign = otherRoot(bytes.subarray(0, lf), root);
    if (foreign !== undefined) return { ...asItStands, header: undefined, proven, foreign: `it belongs to another root (${preview(foreign)})` };
    // A file under the name of another: its content says which.
    return { ...asItStands, header: understood(files, fd, root, claimedFirst(bytes.subarray(0, lf)) ?? number, proven), proven };
  }
  if (!proven && first !== undefined) {
    const claimed = /"on":"([0-9a-f]{16})"/.exec(bytes.toString("latin1", 0, 256))?.[1];
    for (const on of new Set([...hints, ...(claimed === undefined ? [] : [claimed])])) {
      const line = headerLine(root, number, on);
      if (line.length > first - closingBytes || xxh3OfParts([line, bytes.subarray(line.length, first - closingBytes)]) !== wanted) continue;
      const header = { root, first: number, on, bytes: line.length, rewritten: undefined, unknownWrites: [] };
      return { header, proven: true, bytes: line.length, prefix: line, patch: { offset: 0, bytes: line }, foreign: undefined };
    }
  }
  if (lf === -1) return { header: undefined, proven: false, bytes: 0, prefix: Buffer.alloc(0), patch: undefined, foreign: undefined };
  return { ...asItStands, header: plain, proven };
}

/** Behind the first line that closes a commit, if it is near enough. */
function firstCommitEnd(files: LogFileSystem, fd: number, size: number): number | undefined {
  for (const { end } of closingLines(files, fd, 0, Math.min(size, maxCommitBytes + maxHeaderBytes))) return end;
  return undefined;
}

/** The header, if it is one of that root and seq. What looks like a later format is believed only if the commit behind it proves it. @throws FormatTooNewError */
function understood(files: LogFileSystem, fd: number, root: string, first: number, proven: boolean): SegmentHeader | undefined {
  try {
    return readHeader(files, fd, root, first);
  } catch (error) {
    if (isDaybookError(error, "LOG_CORRUPT") || (isDaybookError(error, "FORMAT_TOO_NEW") && !proven)) return undefined;
    throw error;
  }
}

const field = (line: Buffer, key: string): unknown => {
  try {
    const value = JSON.parse(line.toString("utf8")) as unknown;
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  } catch {
    return undefined;
  }
};

function otherRoot(line: Buffer, root: string): string | undefined {
  const claimed = field(line, "root");
  return typeof claimed === "string" && claimed !== root ? claimed : undefined;
}

function claimedFirst(line: Buffer): number | undefined {
  const claimed = field(line, "first");
  return Number.isSafeInteger(claimed) && (claimed as number) >= 1 ? (claimed as number) : undefined;
}
