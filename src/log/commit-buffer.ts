import { closingBytes, hashKey } from "./format.js";
import { xxh3 } from "./xxh3.js";

/** Room in front of the lines for what their hash begins with; a longer prefix (a header with features) is copied. */
const prefixRoom = 256;
/** A buffer that grew beyond this for one commit is not kept for the next. */
const keptBytes = 1024 * 1024;

/** A commit ready to be written. Valid until the next one is put together. */
export interface CommitBytes {
  /** From the first line to the last LF. */
  readonly bytes: Buffer;
  readonly hash: string;
}

/** The lines of a commit while it is put together, as bytes: one buffer serves commit after commit. */
export class CommitBuffer {
  #buffer = Buffer.allocUnsafe(64 * 1024);
  #end = prefixRoom;

  /** Bytes of the lines so far, as if the last one closed nothing. */
  get length(): number {
    return this.#end - prefixRoom;
  }

  /** Adds a line, given without its LF; gives its length in bytes, LF included. */
  addLine(text: string): number {
    // Three bytes for each UTF-16 unit are always enough; a long text is worth an exact look.
    const most = this.#end + (text.length < keptBytes / 8 ? text.length * 3 : Buffer.byteLength(text)) + 1;
    if (most > this.#buffer.length) this.#grow(most);
    const written = this.#buffer.write(text, this.#end, "utf8");
    this.#buffer[this.#end + written] = 0x0a;
    this.#end += written + 1;
    return written + 1;
  }

  /** Goes back to an earlier {@link length}. */
  truncate(length: number): void {
    this.#end = prefixRoom + length;
  }

  /** Empties it for the next commit. */
  reset(): void {
    this.#end = prefixRoom;
    if (this.#buffer.length > keptBytes) this.#buffer = Buffer.allocUnsafe(64 * 1024);
  }

  /**
   * Closes the last line. `prefix` is what the hash begins with: the 19 bytes from the previous closing line's digits on, or all of
   * the header for the first commit of a segment.
   */
  close(prefix: Buffer | string, sync: number): CommitBytes {
    // In place of the last line's brace and LF.
    const tail = `,"sync":${sync}`;
    const hashedEnd = this.#end - 2 + tail.length;
    if (hashedEnd + closingBytes > this.#buffer.length) this.#grow(hashedEnd + closingBytes);
    this.#buffer.write(tail, this.#end - 2, "latin1");
    const hash = xxh3(this.#withPrefix(prefix, hashedEnd));
    this.#buffer.write(`${hashKey}${hash}"}\n`, hashedEnd, "latin1");
    return { bytes: this.#buffer.subarray(prefixRoom, hashedEnd + closingBytes), hash };
  }

  #withPrefix(prefix: Buffer | string, end: number): Buffer {
    const { length } = prefix;
    if (length > prefixRoom) return Buffer.concat([typeof prefix === "string" ? Buffer.from(prefix, "latin1") : prefix, this.#buffer.subarray(prefixRoom, end)]);
    const start = prefixRoom - length;
    if (typeof prefix === "string") this.#buffer.write(prefix, start, "latin1");
    else prefix.copy(this.#buffer, start);
    return this.#buffer.subarray(start, end);
  }

  #grow(atLeast: number): void {
    const grown = Buffer.allocUnsafe(Math.max(atLeast, this.#buffer.length * 2));
    this.#buffer.copy(grown, 0, 0, this.#end);
    this.#buffer = grown;
  }
}
