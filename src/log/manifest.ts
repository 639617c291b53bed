import { isUtf8 } from "node:buffer";
import { constants } from "node:fs";
import { LogCorruptError } from "../base/errors.js";
import type { LogFileSystem } from "./file-system.js";
import { closeQuietly, readFully, syncFile, writeFully } from "./file-system.js";
import { maxHeaderBytes } from "../events/limits.js";
import { nodeCrypto } from "./node-crypto.js";
import { xxh3OfParts } from "./xxh3.js";

/** One sealed segment. Keys in the order of the format. */
export interface ManifestEntry {
  readonly root: string;
  readonly first: number;
  readonly last: number;
  readonly count: number;
  /** Time of its first and of its last event. */
  readonly from: string;
  readonly to: string;
  readonly bytes: number;
  /** Hash of its last commit. */
  readonly end: string;
  /** SHA-256 of the file, 64 hex digits. */
  readonly sha256: string;
  /** SHA-256 of the manifest line before, without its LF; of daybook.json for the first line. */
  readonly prev: string;
  readonly sig?: string;
}

/** A manifest as read: its whole lines, and where they end. */
export interface Manifest {
  readonly entries: readonly ManifestEntry[];
  /** Behind the last whole line; bytes beyond are a torn one. */
  readonly goodBytes: number;
  readonly size: number;
  /** What the next line has as `prev`; worked out when asked for. */
  readonly chain: string;
}

/** How much of a manifest is known to be a right chain, from daybook.json on, and how to know it again. */
export interface CheckedPart {
  readonly bytes: number;
  /** XXH3-64 of daybook.json's bytes and so many of the manifest. */
  readonly xxh3: string;
}

export const sha256Hex = (bytes: Buffer | string): string => nodeCrypto().createHash("sha256").update(bytes).digest("hex");

/**
 * Reads the manifest and checks its chain; an absent file is an empty manifest. What is byte for byte as it was when it was checked is
 * not digested again.
 * @throws LogCorruptError for a whole line that is wrong.
 */
export function readManifest(files: LogFileSystem, path: string, root: string, rootBytes: Buffer, checked?: CheckedPart): Manifest {
  const entries: ManifestEntry[] = [];
  const known = checked !== undefined && hashOfPart(files, path, rootBytes, checked.bytes) === checked.xxh3 ? checked.bytes : 0;
  let before = rootBytes;
  let start = 0;
  const take = (line: Buffer, last: boolean): void => {
    // Power went while it was written, and the disk kept its end without its beginning. Only a line that nobody relied on yet can be so.
    if (last && line.includes(0)) return;
    const entry = line.length < maxHeaderBytes ? parseEntry(line) : undefined;
    const expectedFirst = (entries.at(-1)?.last ?? 0) + 1;
    const problem =
      entry === undefined
        ? "a manifest line is not one of format 1"
        : entry.root !== root
          ? `a manifest line belongs to another root (${entry.root})`
          : start + line.length >= known && entry.prev !== sha256Hex(before)
            ? "a manifest line does not continue the chain of the one before"
            : entry.first !== expectedFirst
              ? `a manifest line begins at seq ${entry.first} where ${expectedFirst} should follow`
              : undefined;
    if (problem !== undefined || entry === undefined) {
      throw new LogCorruptError({ segment: "manifest.ndjson", offset: start, seq: expectedFirst }, problem ?? "a manifest line is not one of format 1");
    }
    entries.push(entry);
    // A copy: the buffer takes the next lines.
    before = Buffer.from(line);
    start += line.length + 1;
  };
  const size = eachLine(files, path, take);
  return {
    entries,
    goodBytes: start,
    size,
    get chain() {
      return sha256Hex(before);
    },
  };
}

/** XXH3-64 of daybook.json's bytes and the first ones of the manifest; undefined when it has not so many. */
export function hashOfPart(files: LogFileSystem, path: string, rootBytes: Buffer, bytes: number): string | undefined {
  if ((files.statSync(path)?.size ?? 0) < bytes) return undefined;
  const fd = files.openSync(path, "r");
  try {
    return xxh3OfParts(partsOf(files, fd, rootBytes, bytes));
  } finally {
    closeQuietly(files, fd);
  }
}

function* partsOf(files: LogFileSystem, fd: number, rootBytes: Buffer, bytes: number): Generator<Buffer> {
  yield rootBytes;
  const part = Buffer.allocUnsafe(Math.min(bytes, maxHeaderBytes));
  for (let offset = 0; offset < bytes; ) {
    const length = readFully(files, fd, part, Math.min(part.length, bytes - offset), offset);
    if (length === 0) return;
    yield part.subarray(0, length);
    offset += length;
  }
}

/**
 * Gives the lines of a file, without their LF, to `take` (`last`: the file ends with this one), and the file's size back. A line that has no LF within 64 KiB is given as far as that:
 * no write that was interrupted leaves so much, and the rest of the file need not be read. Absent is empty.
 */
function eachLine(files: LogFileSystem, path: string, take: (line: Buffer, last: boolean) => void): number {
  if (files.statSync(path) === undefined) return 0;
  const fd = files.openSync(path, "r");
  try {
    const { size } = files.fstatSync(fd);
    const buffer = Buffer.allocUnsafe(2 * maxHeaderBytes);
    let held = 0;
    for (let offset = 0; ; ) {
      const length = readFully(files, fd, buffer.subarray(held), buffer.length - held, offset);
      const known = buffer.subarray(0, held + length);
      let lineStart = 0;
      for (let lf = known.indexOf(0x0a); lf !== -1; lf = known.indexOf(0x0a, lineStart)) {
        take(known.subarray(lineStart, lf), offset - held + lf + 1 === size);
        lineStart = lf + 1;
      }
      offset += length;
      held = known.length - lineStart;
      if (held >= maxHeaderBytes) take(known.subarray(lineStart, lineStart + maxHeaderBytes), false);
      if (length === 0) return offset;
      known.copy(buffer, 0, lineStart);
    }
  } finally {
    closeQuietly(files, fd);
  }
}

/** Appends a line and makes it durable; a torn line before it is cut. The caller holds the lock. */
export function appendManifest(files: LogFileSystem, path: string, manifest: Manifest, entry: ManifestEntry): void {
  const writer = files.openSync(path, constants.O_RDWR | constants.O_CREAT, 0o666);
  try {
    const line = Buffer.from(`${JSON.stringify(entry)}\n`, "utf8");
    if (manifest.size > manifest.goodBytes) files.ftruncateSync(writer, manifest.goodBytes);
    // Whoever wrote the line before may have been killed before its sync. Two lines at once on their way to the disk could arrive with a
    // hole in the first, which then is not the last.
    if (manifest.size > 0) syncFile(files, writer);
    try {
      writeFully(files, writer, line, manifest.goodBytes);
    } catch (error) {
      files.ftruncateSync(writer, manifest.goodBytes);
      throw error;
    }
    syncFile(files, writer);
  } finally {
    files.closeSync(writer);
  }
}

const textShapes = { root: /./, from: /^.{24}$/, to: /^.{24}$/, end: /^[0-9a-f]{16}$/, sha256: /^[0-9a-f]{64}$/, prev: /^[0-9a-f]{64}$/ };

function parseEntry(line: Buffer): ManifestEntry | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line.toString("utf8"));
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const entry = value as Record<string, unknown>;
  if (!isUtf8(line)) return undefined;
  const numbers = ["first", "last", "count", "bytes"].every((key) => Number.isSafeInteger(entry[key]));
  const texts = Object.entries(textShapes).every(([key, shape]) => typeof entry[key] === "string" && shape.test(entry[key]));
  if (!numbers || !texts) return undefined;
  const { first, last, count } = value as ManifestEntry;
  return count >= 1 && count <= last - first + 1 ? (value as ManifestEntry) : undefined;
}
