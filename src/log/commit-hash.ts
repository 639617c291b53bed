import { closingBytes } from "./format.js";
import { xxh3 } from "./xxh3.js";

/**
 * The hash that a commit should have: over the bytes from `hashStart` up to, not including, its closing line's `,"hash"`.
 * `end` is behind that line's LF. A module of its own, so that a suite can put another in its place and show what it is for.
 */
export function commitHash(bytes: Buffer, hashStart: number, end: number): string {
  return xxh3(bytes.subarray(hashStart, end - closingBytes));
}
