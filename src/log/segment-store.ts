import * as path from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { promisify } from "node:util";
import { FormatTooNewError, SyncFailedError, WriteFailedError } from "../base/errors.js";
import { commitBytes } from "./commit-bytes.js";
import { FailedMark } from "./failed-mark.js";
import type { LogLock } from "./file-lock.js";
import { closeQuietly, readFully, reading, syncFolder, writeFully } from "./file-system.js";
import { rootFileName, segmentFileName } from "./format.js";
import type { CommitStore } from "./group-commit.js";
import type { AppendEvent, Head, LogReader } from "./port.js";
import { keepTornTail, readTornTail } from "./quarantine.js";
import type { KeptTail, TornTail } from "./quarantine.js";
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
  #kept: KeptTail | undefined;
  /** The segment whose name this handle knows to be durable. */
  #entered: number | undefined;
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

  /** A sync has failed: this store is done for. */
  get failed(): boolean {
    return this.#failure !== undefined;
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
    this.#enter(end.segment);
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

  /**
   * On entering a segment that somebody else may have made: its name has to be durable before anything in it is promised, and the
   * descriptor open before anything is written, so that the kernel reports to it whatever sync fails from then on.
   */
  #enter(segment: number): void {
    if (this.#entered === segment) return;
    const { files, folder } = this.options.place;
    this.#attempt("The segment could not be opened for writing", () => this.#openWriter());
    try {
      syncFolder(files, folder);
      if (this.#entered === undefined) syncFolder(files, this.options.root);
    } catch (error) {
      throw this.#fail(error);
    }
    this.#entered = segment;
  }

  announcement(): AppendEvent | undefined {
    const torn = this.#torn;
    if (torn === undefined) return undefined;
    this.#kept = reading(() => readTornTail(this.options.place.files, this.#tail.segment.fd, torn));
    return this.#kept.event;
  }

  lastSeqOf(stream: string): number {
    const { index, reader } = this.#streamHeads();
    for (let batch = reader.pull(); batch !== undefined; batch = reader.pull()) index.fold(batch.events);
    return index.lastSeqOf(stream);
  }

  /** Folds the last seqs of all streams outside the lock, giving way to other work; inside it only the rest is left. */
  async prepareHeads(): Promise<void> {
    const { index, reader } = this.#streamHeads();
    for (let batch = reader.pull(); batch !== undefined; batch = reader.pull()) {
      index.fold(batch.events);
      await nextTurn();
    }
  }

  #streamHeads(): { readonly index: StreamHeads; readonly reader: SegmentReader } {
    this.#heads ??= { index: new StreamHeads(), reader: SegmentReader.fromStart(this.options.place) };
    return this.#heads;
  }

  write(staging: Staging): void {
    const { files } = this.options.place;
    // A segment without events would be followed by one of the same name.
    if (this.#torn === undefined && !this.#tail.end.fresh && this.#tail.end.offset >= this.options.segmentBytes) this.#rotate();
    const { end } = this.#tail;
    this.#keepTail();
    const { fd, bytes, hash } = this.#attempt("The log could not be written", () => {
      const writer = this.#openWriter();
      return { fd: writer, ...commitBytes(staging, this.#hashPrefix(writer, end), this.durableSeq) };
    });
    this.#attempt("The log could not be written", () => {
      try {
        writeFully(files, fd, bytes, end.offset);
      } catch (error) {
        this.#cutOff(fd, end.offset);
        throw error;
      }
    });
    // A torn tail may be longer than what replaced it. Cut only now, so that its news is never lost with it; and if that fails,
    // the commit is in the log all the same, with a shorter torn tail behind it.
    if (this.#torn !== undefined) this.#cutTo(fd, end.offset + bytes.length);
    this.#torn = undefined;
    this.#tail.moveTo({ ...end, offset: end.offset + bytes.length, seq: staging.seq, time: staging.time, hash, fresh: false });
  }

  isAtEnd(reader: LogReader): boolean {
    if (!(reader instanceof SegmentReader)) return false;
    const { segment, offset } = reader.end;
    return segment === this.#tail.end.segment && offset === this.#tail.end.offset;
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
    if (this.#torn === undefined) this.#cutTo(fd, offset);
  }

  /** The copy of a torn tail is on the disk before anything is written over it. */
  #keepTail(): void {
    const kept = this.#kept;
    if (this.#torn === undefined || kept === undefined) return;
    const folder = rootPaths(this.options.root).quarantine;
    this.#attempt("A torn tail could not be moved to quarantine", () => keepTornTail(this.options.place.files, kept, folder));
  }

  #cutTo(fd: number, offset: number): void {
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
    this.#enter(reading(() => this.#tail.toEnd()).segment);
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
