import { commitHash } from "./commit-hash.js";
import { maxCommitBytes, maxLineBytes } from "../events/limits.js";
import { isZero } from "./file-system.js";
import { closingBytes, hashKey, hashTailBytes } from "./format.js";

const hashKeyBytes = Buffer.from(hashKey, "latin1");
const seqKey = Buffer.from('{"seq":', "latin1");
const timeKey = Buffer.from(',"time":"', "latin1");
const syncKey = Buffer.from(',"sync":', "latin1");
const lineFeed = 0x0a;

/** A whole, verified commit inside a buffer; offsets count from the buffer's start. */
export interface ScannedCommit {
  /** Its first byte. */
  readonly start: number;
  /** Behind its last LF. */
  readonly end: number;
  /** Where `,"sync":` of its closing line begins. */
  readonly syncStart: number;
  readonly lines: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** Time of its last event. */
  readonly time: string;
  /** The highest seq that its writer knew to be durable. */
  readonly sync: number;
  /** 16 hex digits. */
  readonly hash: string;
}

/**
 * What stands at a place where a commit should begin.
 * `padding`: zero bytes up to the end of the buffer. `incomplete`: no closing line up to there. `bad`: a closing line, or a length, that cannot be right.
 */
export type CommitScan =
  | { readonly kind: "commit"; readonly commit: ScannedCommit }
  | { readonly kind: "end" }
  | { readonly kind: "padding" }
  | { readonly kind: "incomplete" }
  | { readonly kind: "bad"; readonly problem: string };

/** Where to scan. */
export interface ScanPlace {
  /** From where the hash is taken: the first digit of the previous closing line's hash, or byte 0 of the segment. */
  readonly hashStart: number;
  /** Where the commit begins. */
  readonly start: number;
  /** The seq of its first event. */
  readonly firstSeq: number;
  /** In a rewritten segment seqs rise with gaps, up to this one. Elsewhere undefined: they rise by exactly 1. */
  readonly gapsTo: number | undefined;
}

/** True when the line whose LF stands at `lf` closes a commit (its last 28 bytes say so; line 1 of a segment never does). */
export function isClosingLine(bytes: Buffer, lineStart: number, lf: number): boolean {
  const at = lf + 1 - closingBytes;
  if (at < lineStart) return false;
  if (bytes[lf - 1] !== 0x7d || bytes[lf - 2] !== 0x22) return false;
  for (let index = 0; index < hashKeyBytes.length; index += 1) {
    if (bytes[at + index] !== hashKeyBytes[index]) return false;
  }
  for (let index = at + hashKeyBytes.length; index < lf - 2; index += 1) {
    const byte = bytes[index] as number;
    if (!((byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66))) return false;
  }
  return true;
}

/** Looks at the bytes from `place.start` up to `limit` for one whole commit. */
export function scanCommit(bytes: Buffer, limit: number, place: ScanPlace): CommitScan {
  if (place.start >= limit) return { kind: "end" };
  if (bytes[place.start] === 0) return scanPadding(bytes, place.start, limit);
  let lineStart = place.start;
  for (let lines = 1; ; lines += 1) {
    const lf = bytes.indexOf(lineFeed, lineStart);
    if (lf === -1 || lf >= limit) {
      if (limit - lineStart > maxLineBytes) return { kind: "bad", problem: "a line is longer than 16 MiB" };
      if (limit - place.start > maxCommitBytes) return { kind: "bad", problem: "a commit is longer than 64 MiB" };
      return { kind: "incomplete" };
    }
    if (lf + 1 - lineStart > maxLineBytes) return { kind: "bad", problem: "a line is longer than 16 MiB" };
    if (lf + 1 - place.start > maxCommitBytes) return { kind: "bad", problem: "a commit is longer than 64 MiB" };
    if (isClosingLine(bytes, lineStart, lf)) return checkCommit(bytes, place, lineStart, lf, lines);
    lineStart = lf + 1;
  }
}

function scanPadding(bytes: Buffer, start: number, limit: number): CommitScan {
  return isZero(bytes.subarray(start, limit)) ? { kind: "padding" } : { kind: "bad", problem: "zero bytes stand where a line should begin" };
}

function checkCommit(bytes: Buffer, place: ScanPlace, closingStart: number, lf: number, lines: number): CommitScan {
  const end = lf + 1;
  const hash = commitHash(bytes, place.hashStart, end);
  if (!digitsStandAt(bytes, end - hashTailBytes, hash)) {
    return { kind: "bad", problem: "the bytes of a commit do not match its hash" };
  }
  const firstSeq = readSeq(bytes, place.start);
  const lastSeq = readSeq(bytes, closingStart);
  const sync = readSync(bytes, end);
  const time = readTime(bytes, closingStart);
  if (firstSeq === undefined || lastSeq === undefined || sync === undefined || time === undefined) {
    return { kind: "bad", problem: "a commit's lines are no events of format 1" };
  }
  const inOrder =
    place.gapsTo !== undefined
      ? firstSeq >= place.firstSeq && lastSeq - firstSeq + 1 >= lines && lastSeq <= place.gapsTo
      : firstSeq === place.firstSeq && lastSeq - firstSeq + 1 === lines;
  if (!inOrder) return { kind: "bad", problem: `a commit holds seq ${firstSeq} to ${lastSeq} in ${lines} lines where seq ${place.firstSeq} should follow` };
  // Nobody can know this commit or a later one to be durable before it is written: such a claim vouches for nothing.
  const vouched = Math.min(sync.value, firstSeq - 1);
  return { kind: "commit", commit: { start: place.start, end, syncStart: sync.start, lines, firstSeq, lastSeq, time, sync: vouched, hash } };
}

/** True when the bytes there are these 16 digits; cheaper than to make a text of them. */
export function digitsStandAt(bytes: Buffer, at: number, digits: string): boolean {
  for (let index = 0; index < 16; index += 1) if (bytes[at + index] !== digits.charCodeAt(index)) return false;
  return digits.length === 16;
}

function startsWith(bytes: Buffer, at: number, key: Buffer): boolean {
  for (let index = 0; index < key.length; index += 1) if (bytes[at + index] !== key[index]) return false;
  return true;
}

/** The digits from `at` as a number, and where they end. */
function readDigits(bytes: Buffer, at: number): { value: number; end: number } | undefined {
  let value = 0;
  let end = at;
  for (; end - at < 16; end += 1) {
    const digit = (bytes[end] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  return end === at ? undefined : { value, end };
}

/** The seq of the event line that starts at `lineStart`. */
export function readSeq(bytes: Buffer, lineStart: number): number | undefined {
  return startsWith(bytes, lineStart, seqKey) ? readDigits(bytes, lineStart + seqKey.length)?.value : undefined;
}

/** The time of the event line that starts at `lineStart`. */
export function readTime(bytes: Buffer, lineStart: number): string | undefined {
  const digits = readDigits(bytes, lineStart + seqKey.length);
  if (digits === undefined || !startsWith(bytes, digits.end, timeKey)) return undefined;
  const start = digits.end + timeKey.length;
  return bytes[start + 24] === 0x22 ? bytes.toString("latin1", start, start + 24) : undefined;
}

/** The `sync` of the closing line that ends at `end`, and where its key begins. */
export function readSync(bytes: Buffer, end: number): { value: number; start: number } | undefined {
  let digitsStart = end - closingBytes;
  while (digitsStart > 0 && (bytes[digitsStart - 1] as number) >= 0x30 && (bytes[digitsStart - 1] as number) <= 0x39) digitsStart -= 1;
  const start = digitsStart - syncKey.length;
  if (start < 0 || !startsWith(bytes, start, syncKey)) return undefined;
  const digits = readDigits(bytes, digitsStart);
  return digits?.end === end - closingBytes ? { value: digits.value, start } : undefined;
}
