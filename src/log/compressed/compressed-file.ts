import * as path from "node:path";
import { isDaybookError, LogCorruptError } from "../../base/errors.js";
import { maxSegmentBytes } from "../../events/limits.js";
import { readFully } from "../file-system.js";
import type { LogFileSystem } from "../file-system.js";
import { nodeZlib } from "../node-zlib.js";
import type { Codec } from "./codec.js";
import { ContentCache } from "./content-cache.js";
import { memberAt, readMembers } from "./gzip-members.js";
import type { Member, MemberTable } from "./gzip-members.js";

/** Decompressed parts of a log's segments, and whole segments, for those who come again. */
export class DecompressedCache {
  readonly members = new ContentCache(4 * 1024 * 1024);
  readonly wholes = new ContentCache(64 * 1024 * 1024);
}

/** A compressed segment that is open. */
export interface OpenedFile {
  readonly path: string;
  readonly fd: number;
  readonly codec: Codec;
  /** First seq of the segment. */
  readonly first: number;
}

/**
 * A compressed segment, read as if it were plain. A gzip file with daybook's members is decompressed part by part; any other one, and brotli, as a whole. Never more
 * is decompressed than a segment may have, or than the manifest says that this one has.
 */
export class CompressedFile {
  readonly #key: string;
  readonly #fileBytes: number;
  #table: MemberTable | undefined;
  #content: Buffer | undefined;

  constructor(
    readonly files: LogFileSystem,
    readonly file: OpenedFile,
    /** What the manifest says of the segment's size, if it does. */
    readonly sealedBytes: () => number | undefined,
    readonly cache = new DecompressedCache(),
  ) {
    const { ino, size, mtimeMs } = files.fstatSync(file.fd);
    this.#fileBytes = size;
    this.#key = `${file.path} ${ino} ${size} ${mtimeMs}`;
    if (file.codec !== "gzip") return;
    this.#table = readMembers(files, file.fd, size);
    // What leads nowhere in the middle of it may still be a file that gunzip reads.
    if (this.#table?.whole === false) this.#content = this.#tryWhole();
  }

  /** Bytes of the segment, decompressing only if nothing else tells. Of a damaged file not 0, so that it is read, which says what is wrong. */
  get size(): number {
    if (this.#content === undefined && this.#table !== undefined) return this.#table.size;
    return (this.#tryWhole() ?? { length: Math.max(1, this.sealedBytes() ?? 1) }).length;
  }

  /** As `readSync`: some of the bytes that were asked for, 0 at the end. @throws LogCorruptError where they cannot be decompressed */
  read(target: Buffer, offset: number, length: number, position: number): number {
    const table = this.#content === undefined ? this.#table : undefined;
    if (table === undefined) return this.#whole().copy(target, offset, position, position + length);
    const member = memberAt(table.members, position);
    if (member === undefined) {
      if (table.whole || position >= table.size) return 0;
      const last = table.members.at(-1) as Member;
      throw this.#damaged(last.at + last.length, "no further part of the segment stands here");
    }
    const start = position - member.from;
    return this.#memberContent(member).copy(target, offset, start, start + length);
  }

  #memberContent(member: Member): Buffer {
    const key = `${this.#key} ${member.at}`;
    const known = this.cache.members.get(key);
    if (known !== undefined) return known;
    const bytes = this.#bytes(member.at, member.length);
    const content = this.#decompress(member.at, () => nodeZlib().gunzipSync(bytes, { maxOutputLength: member.content }));
    if (content.length !== member.content) throw this.#damaged(member.at, `a part has ${content.length} bytes instead of ${member.content}`);
    this.cache.members.set(key, content);
    return content;
  }

  #whole(): Buffer {
    this.#content ??= this.cache.wholes.get(this.#key);
    if (this.#content !== undefined) return this.#content;
    if (this.#fileBytes > maxSegmentBytes) throw this.#damaged(0, "the file is longer than any segment (2 GiB)");
    const bytes = this.#bytes(0, this.#fileBytes);
    const limit = { maxOutputLength: Math.min(this.sealedBytes() ?? maxSegmentBytes, maxSegmentBytes) };
    const { codec } = this.file;
    const content = this.#decompress(0, () => (codec === "gzip" ? nodeZlib().gunzipSync(bytes, limit) : nodeZlib().brotliDecompressSync(bytes, limit)));
    this.cache.wholes.set(this.#key, content);
    return (this.#content = content);
  }

  #tryWhole(): Buffer | undefined {
    try {
      return this.#whole();
    } catch (error) {
      if (!isDaybookError(error, "LOG_CORRUPT")) throw error;
      return undefined;
    }
  }

  #bytes(at: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    if (readFully(this.files, this.file.fd, bytes, length, at) < length) throw this.#damaged(at, "the file became shorter");
    return bytes;
  }

  #decompress(at: number, decompress: () => Buffer): Buffer {
    try {
      return decompress();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw this.#damaged(at, "it decompresses to more than the segment may have", error);
      throw this.#damaged(at, `it cannot be decompressed (${error instanceof Error ? error.message : String(error)})`, error);
    }
  }

  #damaged(offset: number, problem: string, cause?: unknown): LogCorruptError {
    return new LogCorruptError({ segment: path.basename(this.file.path), offset, seq: this.file.first }, problem, cause);
  }
}
