import { FormatTooNewError, LogCorruptError, preview } from "../base/errors.js";
import { maxHeaderBytes } from "../events/limits.js";
import { formatVersion, knownFeatures, segmentFileName } from "./format.js";
import type { LogFileSystem } from "./file-system.js";
import { readFully, readSmallFile } from "./file-system.js";
import { xxh3 } from "./xxh3.js";

const shortHeaderBytes = 512;

/** A segment's first line, understood. */
export interface SegmentHeader {
  readonly root: string;
  /** Seq of the segment's first event. */
  readonly first: number;
  /** The hash it continues on, 16 hex digits. */
  readonly on: string;
  /** Length of the line, its LF included. */
  readonly bytes: number;
  /** A rewritten segment's generation, the original's last seq, how many events are left, and the hash at which the original ended. */
  readonly rewritten: { readonly gen: number; readonly last: number; readonly count: number; readonly end: string } | undefined;
  /** Features without which the segment may be read but not written. */
  readonly unknownWrites: readonly string[];
}

/** The header line of a new segment, LF included. */
export function headerLine(root: string, first: number, on: string): Buffer {
  return Buffer.from(`${JSON.stringify({ daybook: formatVersion, root, first, on })}\n`, "utf8");
}

/**
 * Reads and checks the header of an open segment.
 * @throws LogCorruptError (at byte 0) when there is no whole header of this root and this seq. @throws FormatTooNewError
 */
export function readHeader(files: LogFileSystem, fd: number, root: string, first: number): SegmentHeader {
  const segment = segmentFileName(first);
  // Nearly all headers are short.
  let bytes = firstBytes(files, fd, shortHeaderBytes);
  let lf = bytes.indexOf(0x0a);
  if (lf === -1 && bytes.length === shortHeaderBytes) {
    bytes = firstBytes(files, fd, maxHeaderBytes);
    lf = bytes.indexOf(0x0a);
  }
  const fail = (problem: string): never => {
    throw new LogCorruptError({ segment, offset: 0, seq: first }, problem);
  };
  if (lf === -1) return fail("the segment has no whole header line");
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8", 0, lf));
  } catch {
    return fail("the segment's header is not JSON");
  }
  if (typeof value !== "object" || value === null || !("daybook" in value)) return fail("the segment's header is not one of daybook");
  const header = value as Record<string, unknown>;
  if (!isFormat(header["daybook"])) return fail("the header has no format number");
  checkFeatures(segment, header);
  if (header["root"] !== root) return fail(`the segment belongs to another root (${preview(header["root"])})`);
  if (header["first"] !== first) return fail(`the header says that seq ${preview(header["first"])} is first`);
  const on = header["on"];
  if (typeof on !== "string" || !/^[0-9a-f]{16}$/.test(on)) return fail("the header has no hash to continue on");
  if (first === 1 && on !== xxh3(Buffer.from(root, "utf8"))) return fail("the first segment does not continue on the hash of the root's id");
  return { root, first, on, bytes: lf + 1, rewritten: readRewritten(header, fail), unknownWrites: unknownFeatures(header["writes"]) };
}

function firstBytes(files: LogFileSystem, fd: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readFully(files, fd, bytes, length, 0));
}

/** True for a file that begins with a whole line: without one it is no segment, whatever its name. */
export function hasWholeHeader(files: LogFileSystem, path: string): boolean {
  // Nearly all headers are short.
  const short = readSmallFile(files, path, shortHeaderBytes);
  if (short === undefined || short.includes(0x0a) || short.length < shortHeaderBytes) return short?.includes(0x0a) ?? false;
  return readSmallFile(files, path, maxHeaderBytes)?.includes(0x0a) ?? false;
}

function readRewritten(header: Record<string, unknown>, fail: (problem: string) => never): SegmentHeader["rewritten"] {
  const { gen, last, count, end } = header;
  if (gen === undefined) return undefined;
  if (typeof gen !== "number" || typeof last !== "number" || typeof count !== "number" || typeof end !== "string") {
    return fail("the header of a rewritten segment lacks last, count or end");
  }
  return { gen, last, count, end };
}

/** True for what can be the number of a format, whichever. */
export const isFormat = (value: unknown): value is number => typeof value === "number" && Number.isSafeInteger(value) && value >= 1;

/** Refuses a file that this release cannot read. @throws FormatTooNewError */
export function checkFeatures(file: string, value: Record<string, unknown>): void {
  const needs = unknownFeatures(value["needs"]);
  if (typeof value["daybook"] === "number" && value["daybook"] > formatVersion) needs.push(`format ${value["daybook"]}`);
  if (needs.length > 0) throw new FormatTooNewError(file, needs, "read");
}

/** The names in a `needs` or `writes` list that this release does not know. */
export function unknownFeatures(list: unknown): string[] {
  if (list === undefined) return [];
  // Something else than a list is nothing this release understands either.
  return (Array.isArray(list) ? list : [list]).map((name) => (typeof name === "string" ? name : preview(name))).filter((name) => !knownFeatures.has(name));
}
