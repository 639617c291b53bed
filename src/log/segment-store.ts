import * as path from "node:path";
import { promisify } from "node:util";
import { FormatTooNewError, SyncFailedError, WriteFailedError } from "../base/errors.js";
import { commitBytes } from "./commit-bytes.js";
import { FailedMark } from "./failed-mark.js";
import type { LogLock } from "./file-lock.js";
import { closeQuietly, readFully, reading, writeFully } from "./file-system.js";
import { rootFileName, segmentFileName } from "./format.js";
import type { CommitStore } from "./group-commit.js";
import type { AppendEvent, Head, LogReader } from "./port.js";
import { quarantine } from "./quarantine.js";
import type { TornTail } from "./quarantine.js";
import { createSegment, rootPaths } from "./root.js";
import type { RootInfo } from "./root.js";
import { SegmentReader } from "./segment-reader.js";
import type { GoodEnd, LogPlace } from "./segment-walker.js";
import { SegmentWalker } from "./segment-walker.js";
import type { Staging } from "./staging.js";
import { StreamHeads } from "./stream-heads.js";
import { judgeTail } from "./tail-verdict.js";

/** What a store needs beside the files. */
export interface SegmentStoreOptions {
  readonly root: string;
  readonly info: RootInfo;
  readonly place: LogPlace;
  readonly lock: LogLock;
  readonly segmentBytes: number;
  readonly maxEventBytes: number;
  /** Told after a rotation, outside of any promise: there is a segment to seal. */
  readonly onRotated: () => void;
}

/** The writing side of a log of segment files. Between `acquire` and `release` everything is synchronous. */
export class SegmentStore implements CommitStore {
  readonly maxEventBytes: number;
  readonly failedMark: FailedMark;
  durableSeq = 0;
  #tail: SegmentWalker;
  #torn: TornTail | undefined;
  #failure: SyncFailedError | undefined;
  #writer: { readonly segment: number; readonly fd: number } | undefined;
  #heads: { readonly index: StreamHeads; readonly reader: SegmentReader } | undefined;
  #judged = false;

  constructor(
    readonly options: SegmentStoreOptions,
    from: GoodEnd,
  ) {
    this.maxEventBytes = options.maxEventBytes;
    this.#tail = new SegmentWalker(options.place, from);
    this.failedMark = new FailedMark(options.place.files, rootPaths(options.root).failed);
  }

  /** The good end as of the last refresh or commit. */
  get end(): GoodEnd {
    return this.#tail.end;
  }

  acquire(timeoutMs: number): Promise<void> {
    return this.options.lock.acquire("exclusive", timeoutMs);
  }

  release(): void {
    this.options.lock.release();
  }

  refresh(): Head {
    if (this.#failure !== undefined) throw this.#failure;
    return reading(() => this.#refresh());
  }

  #refresh(): Head {
    if (this.failedMark.isSet) throw this.#fail(undefined);
    const end = this.#tail.toEnd();
    this.#torn = undefined;
    if (!this.#judged || this.#tail.remainder.kind !== "none") {
      const verdict = judgeTail(this.#tail, this.durableSeq);
      if (verdict.kind === "torn") this.#torn = { segment: end.segment, from: verdict.from, bytes: verdict.bytes };
      this.#judged = true;
    }
    this.assertWritableFormat();
    this.durableSeq = Math.max(this.durableSeq, end.sync);
    return { seq: end.seq, time: end.time, token: end.hash };
  }

  /** @throws FormatTooNewError when a later release has made this log one that this release may only read. */
  assertWritableFormat(): void {
    const { unknownWrites } = this.#tail.segment.header;
    if (unknownWrites.length > 0) throw new FormatTooNewError(segmentFileName(this.#tail.end.segment), unknownWrites, "write");
    if (this.options.info.unknownWrites.length > 0) throw new FormatTooNewError(rootFileName, this.options.info.unknownWrites, "write");
  }

  announcement(): AppendEvent | undefined {
    if (this.#torn === undefined) return undefined;
    return this.#attempt("A torn tail could not be moved to quarantine", () =>
      quarantine(this.options.place.files, this.#openWriter(), this.#torn as TornTail, rootPaths(this.options.root).quarantine),
    );
  }

  lastSeqOf(stream: string): number {
    this.#heads ??= { index: new StreamHeads(), reader: SegmentReader.fromStart(this.options.place) };
    const { index, reader } = this.#heads;
    for (let batch = reader.pull(); batch !== undefined; batch = reader.pull()) index.fold(batch.events);
    return index.lastSeqOf(stream);
  }

  write(staging: Staging): void {
    const { files } = this.options.place;
    // A segment without events would be followed by one of the same name.
    if (this.#torn === undefined && !this.#tail.end.fresh && this.#tail.end.offset >= this.options.segmentBytes) this.#rotate();
    const { end } = this.#tail;
    const { fd, bytes, hash } = this.#attempt("The log could not be written", () => {
      const writer = this.#openWriter();
      return { fd: writer, ...commitBytes(staging, this.#hashPrefix(writer, end), this.durableSeq) };
    });
    this.#attempt("The log could not be written", () => {
      try {
        writeFully(files, fd, bytes, end.offset);
        // A torn tail is longer than what replaced it: cut only now, so that its news is never lost with it.
        if (this.#torn !== undefined) files.ftruncateSync(fd, end.offset + bytes.length);
      } catch (error) {
        this.#cutOff(fd, end.offset);
        throw error;
      }
    });
    this.#torn = undefined;
    this.#tail.moveTo({ ...end, offset: end.offset + bytes.length, seq: staging.seq, time: staging.time, hash, fresh: false });
  }

  moveToEnd(reader: LogReader): void {
    if (reader instanceof SegmentReader) reader.moveTo(this.#tail.end);
  }

  async sync(alone: boolean): Promise<void> {
    const { seq } = this.#tail.end;
    const { files } = this.options.place;
    const fd = this.#attempt("The log could not be synced", () => this.#openWriter());
    try {
      // A thread-pool round trip costs as much as a quarter of the sync; it pays when others use the time.
      if (alone) files.fdatasyncSync(fd);
      else await promisify(files.fdatasync)(fd);
    } catch (error) {
      throw this.#fail(error);
    }
    if (reading(() => this.failedMark.isSet)) throw this.#fail(undefined);
    this.durableSeq = Math.max(this.durableSeq, seq);
  }

  /** After a failed sync of an earlier opening: the bytes were written and synced anew, now they are checked, and the mark goes. */
  repaired(): void {
    this.#tail.toEnd();
    judgeTail(this.#tail, 0);
    this.durableSeq = this.#tail.end.seq;
    this.failedMark.clear();
  }

  close(): void {
    this.#tail.close();
    this.#heads?.reader.close();
    this.#closeWriter();
    this.options.lock.close();
  }

  /** What the next commit's hash begins with. */
  #hashPrefix(fd: number, end: GoodEnd): Buffer {
    if (!end.fresh) return Buffer.from(`${end.hash}"}\n`, "latin1");
    const header = Buffer.allocUnsafe(end.offset);
    readFully(this.options.place.files, fd, header, end.offset, 0);
    return header;
  }

  /** After a failed or short write: the file ends again where the log does, unless a torn tail still waits to be told. */
  #cutOff(fd: number, offset: number): void {
    if (this.#torn !== undefined) return;
    try {
      this.options.place.files.ftruncateSync(fd, offset);
    } catch {
      // What stays is a torn tail; the next writer finds it.
    }
  }

  /** Rotation: the old segment durable, then the new one whole, before any event enters it. */
  #rotate(): void {
    const { place, info } = this.options;
    const { end } = this.#tail;
    const fd = this.#attempt("The segment could not be closed", () => {
      const writer = this.#openWriter();
      // Padding that somebody left: a closed segment ends with its last commit.
      if (place.files.fstatSync(writer).size > end.offset) place.files.ftruncateSync(writer, end.offset);
      return writer;
    });
    try {
      place.files.fdatasyncSync(fd);
    } catch (error) {
      throw this.#fail(error);
    }
    this.durableSeq = end.seq;
    this.#attempt("The next segment could not be made", () => createSegment(place.files, place.folder, info.root, end.seq + 1, end.hash));
    reading(() => this.#tail.toEnd());
    this.options.onRotated();
  }

  #openWriter(): number {
    const { segment } = this.#tail.end;
    if (this.#writer?.segment !== segment) {
      this.#closeWriter();
      this.#writer = { segment, fd: this.options.place.files.openSync(path.join(this.options.place.folder, segmentFileName(segment)), "r+") };
    }
    return this.#writer.fd;
  }

  #closeWriter(): void {
    if (this.#writer !== undefined) closeQuietly(this.options.place.files, this.#writer.fd);
    this.#writer = undefined;
  }

  #fail(cause: unknown): SyncFailedError {
    if (this.#failure !== undefined) return this.#failure;
    this.#failure = new SyncFailedError(this.options.root, cause);
    // At once, not only under the lock (ADR 0004): the sooner the others see it, the better. Who merely saw the mark
    // leaves none: it might come back after a repair.
    if (cause !== undefined) this.failedMark.set();
    return this.#failure;
  }

  #attempt<T>(what: string, write: () => T): T {
    try {
      return write();
    } catch (error) {
      throw new WriteFailedError(what, error);
    }
  }
}
