import type * as fs from "node:fs";
import * as path from "node:path";
import { LogCorruptError } from "../../base/errors.js";
import { closeQuietly, readFully } from "../file-system.js";
import type { LogFileSystem } from "../file-system.js";
import { parseSegmentFileName, segmentFileName } from "../format.js";
import { codecs, parseSegmentForm, suffixes } from "./codec.js";
import type { Codec } from "./codec.js";
import { CompressedFile, DecompressedCache } from "./compressed-file.js";
import { memberHeaderBytes, parseMemberHeader } from "./gzip-member.js";

/** What each of {@link compressedFiles} stands on. */
const bases = new WeakMap<LogFileSystem, LogFileSystem>();

/** The files as they lie on the disk, compressed ones under their own names. */
export const onDisk = (files: LogFileSystem): LogFileSystem => bases.get(files) ?? files;

/**
 * A file system in which the compressed segments of a log folder look as if they were plain: their names, their sizes, their bytes. Where a segment lies there in
 * several forms, the plain one counts, then gzip. Everything else, and all that is written, goes to `files` as it is.
 */
export function compressedFiles(files: LogFileSystem, folder: string, sealedBytes: (first: number) => number | undefined): LogFileSystem {
  const base = onDisk(files);
  const view = new CompressedView(base, folder, sealedBytes);
  const viewed: LogFileSystem = {
    ...base,
    openSync: (file, flags, mode) => view.open(String(file), flags ?? "r", mode ?? undefined),
    closeSync: (fd) => view.close(fd),
    readSync: (fd, buffer, offset, length, position) => view.opened(fd)?.read(buffer, offset, length, position) ?? base.readSync(fd, buffer, offset, length, position),
    fstatSync: (fd) => view.fstat(fd),
    statSync: (file) => base.statSync(file) ?? view.statCompressed(file),
    readdirSync: (of) => (of === folder ? view.list() : base.readdirSync(of)),
  };
  bases.set(viewed, base);
  return viewed;
}

class CompressedView {
  readonly #opened = new Map<number, CompressedFile>();
  readonly #cache = new DecompressedCache();

  constructor(
    readonly base: LogFileSystem,
    readonly folder: string,
    readonly sealedBytes: (first: number) => number | undefined,
  ) {}

  opened(fd: number): CompressedFile | undefined {
    return this.#opened.size === 0 ? undefined : this.#opened.get(fd);
  }

  open(file: string, flags: fs.OpenMode, mode: fs.Mode | undefined): number {
    const first = this.#segmentAt(file);
    try {
      return this.#plain(file, flags, mode);
    } catch (error) {
      if (first === undefined || !isMissing(error)) throw error;
      const fd = this.#openCompressed(file, first, flags);
      if (fd !== undefined) return fd;
      // Somebody may have decompressed it in between.
      return this.#plain(file, flags, mode);
    }
  }

  close(fd: number): void {
    this.#opened.delete(fd);
    this.base.closeSync(fd);
  }

  fstat(fd: number): fs.Stats {
    const compressed = this.opened(fd);
    return compressed === undefined ? this.base.fstatSync(fd) : asPlain(this.base.fstatSync(fd), compressed.size);
  }

  statCompressed(file: string): fs.Stats | undefined {
    const first = this.#segmentAt(file);
    if (first === undefined) return undefined;
    for (const codec of codecs) {
      const found = this.base.statSync(file + suffixes[codec]);
      if (found !== undefined) return asPlain(found, this.#sizeOf(file, first, codec) ?? found.size);
    }
    return this.base.statSync(file);
  }

  /** Names as if nothing were compressed. */
  list(): string[] {
    for (let attempt = 1; ; attempt += 1) {
      const before = this.#stamp();
      const names = new Set(this.base.readdirSync(this.folder).map((name) => {
        const form = parseSegmentForm(name);
        return form?.codec === undefined ? name : segmentFileName(form.first);
      }));
      // A listing that takes several looks may miss a segment that is being replaced by its compressed form: the one name not yet there, the other no more.
      if (attempt === 3 || this.#stamp() === before) return [...names];
    }
  }

  #stamp(): string {
    const stat = this.base.statSync(this.folder);
    return stat === undefined ? "" : `${stat.mtimeMs} ${stat.ctimeMs}`;
  }

  #segmentAt(file: string): number | undefined {
    return path.dirname(file) === this.folder ? parseSegmentFileName(path.basename(file)) : undefined;
  }

  /** A plain file. The system gives a number again once its file is closed, by whomever. */
  #plain(file: string, flags: fs.OpenMode, mode: fs.Mode | undefined): number {
    const fd = this.base.openSync(file, flags, mode);
    this.#opened.delete(fd);
    return fd;
  }

  #openCompressed(file: string, first: number, flags: fs.OpenMode): number | undefined {
    for (const codec of codecs) {
      const compressed = file + suffixes[codec];
      let fd: number;
      try {
        fd = this.base.openSync(compressed, "r");
      } catch (error) {
        if (isMissing(error)) continue;
        throw error;
      }
      try {
        if (flags !== "r") {
          const tool = codec === "gzip" ? "gunzip" : "brotli -d";
          throw new LogCorruptError({ segment: path.basename(compressed), offset: 0, seq: first }, `a segment that is to be written to is compressed; decompress it (\`${tool}\`)`);
        }
        this.#opened.set(fd, new CompressedFile(this.base, { path: compressed, fd, codec, first }, () => this.sealedBytes(first), this.#cache));
        return fd;
      } catch (error) {
        closeQuietly(this.base, fd);
        throw error;
      }
    }
    return undefined;
  }

  /** Without decompressing, if possible. Undefined when the file is gone, or says nothing. */
  #sizeOf(file: string, first: number, codec: Codec): number | undefined {
    const sealed = this.sealedBytes(first);
    const header = codec === "gzip" ? this.#firstBytes(file + suffixes[codec]) : undefined;
    const said = header === undefined ? undefined : parseMemberHeader(header)?.segment;
    if (said === undefined ? sealed !== undefined : sealed === undefined || sealed === said) return said ?? sealed;
    // Nobody says, or not all the same.
    const fd = this.#openCompressed(file, first, "r");
    if (fd === undefined) return undefined;
    try {
      return this.opened(fd)?.size;
    } finally {
      this.close(fd);
    }
  }

  #firstBytes(file: string): Buffer | undefined {
    let fd: number;
    try {
      fd = this.base.openSync(file, "r");
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    try {
      const bytes = Buffer.allocUnsafe(memberHeaderBytes);
      return bytes.subarray(0, readFully(this.base, fd, bytes, bytes.length, 0));
    } finally {
      closeQuietly(this.base, fd);
    }
  }
}

/** What a stat says of a compressed segment: the size is that of the plain one, of whose file there is no name any more. */
function asPlain(stats: fs.Stats, size: number): fs.Stats {
  return Object.assign(Object.create(Object.getPrototypeOf(stats) as object) as fs.Stats, stats, { size, nlink: 0 });
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "ENOENT";
