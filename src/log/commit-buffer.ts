import { closingBytes, hashKey } from "./format.js";
import { xxh3 } from "./xxh3.js";

/** Room in front of the lines for what their hash begins with; a longer prefix (a header with features) is copied. */
const prefixRoom = 256;
/** A buffer that grew beyond this for one commit is not kept for the next. */
const keptBytes = 1024 * 1024;
/** Text is encoded in pieces of about this many UTF-16 units: some ten lines. */
const flushedUnits = 2048;

/** A commit ready to be written. Valid until the next one is put together. */
export interface CommitBytes {
  /** From the first line to the last LF. */
  readonly bytes: Buffer;
  readonly hash: string;
}

/** A place in a {@link CommitBuffer} to go back to. */
export interface BufferMark {
  end: number;
  pending: string;
}

/**
 * The lines of a commit while it is put together: one buffer serves commit after commit. Several lines are encoded at once,
 * which takes half the time of encoding each.
 */
export class CommitBuffer {
  #buffer = Buffer.allocUnsafe(64 * 1024);
  #end = prefixRoom;
  /** Lines that are not in the buffer yet. */
  #pending = "";

  /** About how many bytes the lines have: never more than they really have. */
  get leastBytes(): number {
    return this.#end - prefixRoom + this.#pending.length;
  }

  /** Bytes of the lines. */
  get bytes(): number {
    this.#flush();
    return this.#end - prefixRoom;
  }

  /** Adds a line, given without its LF. */
  addLine(text: string): void {
    this.#pending += `${text}\n`;
    if (this.#pending.length > flushedUnits) this.#flush();
  }

  /** This place; written into `mark`. */
  mark(mark: BufferMark): void {
    mark.end = this.#end;
    mark.pending = this.#pending;
  }

  rollbackTo({ end, pending }: BufferMark): void {
    this.#end = end;
    this.#pending = pending;
  }

  /** Empties it for the next commit. */
  reset(): void {
    this.#end = prefixRoom;
    this.#pending = "";
    if (this.#buffer.length > keptBytes) this.#buffer = Buffer.allocUnsafe(64 * 1024);
  }

  /**
   * Closes the last line. `prefix` is what the hash begins with: the 19 bytes from the previous closing line's digits on, or all of
   * the header for the first commit of a segment.
   */
  close(prefix: Buffer | string, sync: number): CommitBytes {
    this.#flush();
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

  #flush(): void {
    const text = this.#pending;
    if (text === "") return;
    // Three bytes for each UTF-16 unit are always enough; a long text is worth an exact look.
    const most = this.#end + (text.length < keptBytes / 8 ? text.length * 3 : Buffer.byteLength(text));
    if (most > this.#buffer.length) this.#grow(most);
    this.#end += this.#buffer.write(text, this.#end, "utf8");
    this.#pending = "";
  }

  #grow(atLeast: number): void {
    const grown = Buffer.allocUnsafe(Math.max(atLeast, this.#buffer.length * 2));
    this.#buffer.copy(grown, 0, 0, this.#end);
    this.#buffer = grown;
  }
}
