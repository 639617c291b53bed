import { closingBytes, hashKey } from "./format.js";
import type { Staging } from "./staging.js";
import { xxh3 } from "./xxh3.js";

/** A commit ready to be written. */
export interface CommitBytes {
  /** From the first line to the last LF. */
  readonly bytes: Buffer;
  readonly hash: string;
}

/**
 * The lines of a commit. `prefix` is what its hash begins with: the 19 bytes from the previous closing line's digits on,
 * or all of the header for the first commit of a segment.
 */
export function commitBytes(staging: Staging, prefix: Buffer, sync: number): CommitBytes {
  const text = `${staging.texts.join("}\n")},"sync":${sync}`;
  const length = Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafe(prefix.length + length + closingBytes);
  prefix.copy(bytes);
  const end = prefix.length + length;
  bytes.write(text, prefix.length, length, "utf8");
  const hash = xxh3(bytes.subarray(0, end));
  bytes.write(`${hashKey}${hash}"}\n`, end, closingBytes, "latin1");
  return { bytes: bytes.subarray(prefix.length), hash };
}
