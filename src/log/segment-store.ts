import * as path from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { FormatTooNewError, LogCorruptError, SyncFailedError, WriteFailedError } from "../base/errors.js";
import type { LockTimeoutError } from "../base/errors.js";
import { FailedMark } from "./failed-mark.js";
import type { LockWait, LogLock } from "./file-lock.js";
import { closeQuietly, readFully, reading, syncData, syncDataAside, syncFile, syncFolder, writeFully } from "./file-system.js";
import { rootFileName, segmentFileName } from "./format.js";
import type { CommitStore } from "./group-commit.js";
import type { AppendEvent, Head, LogReader } from "./port.js";
import { PaddingPlan, writeZeros } from "./padding.js";
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

/** A sync that is quicker than this is waited for on the spot when nobody else needs the thread. */
const quickSyncMs = 1;
/** How long closing waits for the lock to cut off padding. */
const cutPaddingMs = 100;
/** One in so many syncs is timed. */
const timedSyncs = 32;

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
  readonly #padding = new PaddingPlan();
  #judged = false;
  /** The last look found commits of others, so the next one probably will. */
  #othersAppend = true;
  /** How long syncs take here, accidents aside. */
  #syncMs = 0;
  #syncs = 0;

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

  tryAcquire(): boolean {
    return this.options.lock.tryAcquire("exclusive");
  }

  waitForLock(wait: LockWait): Promise<boolean> {
    return this.options.lock.wait("exclusive", wait);
  }

  lockTimedOut(waitedMs: number): LockTimeoutError {
    return this.options.lock.timedOut(waitedMs);
  }

  release(): void {
    this.options.lock.release();
  }

  refresh(walk?: () => LogReader | undefined): Head {
    if (this.#failure !== undefined) throw this.#failure;
    return reading(() => this.#refresh(walk));
  }

  #refresh(walk: (() => LogReader | undefined) | undefined): Head {
    if (this.failedMark.isSet) throw this.#fail(undefined);
    const before = this.#tail.end.seq;
    // Where others append, a fold has to read all they wrote: the tail goes along, and nothing is read and checked twice. A fold
    // may have begun at a snapshot of somebody else, further on than here: whoever made its reader has looked at all of the log before (`head`).
    const reader = this.#othersAppend ? walk?.() : undefined;
    if (reader instanceof SegmentReader && reader.end.seq > before) this.#tail.moveTo(reader.end);
    const end = this.#tail.toEnd();
    this.#othersAppend = end.seq > before;
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

  /** @throws LogCorruptError where the log cannot be read up to its end */
  lastSeqOf(stream: string): number {
    const { index, reader } = this.#streamHeads();
    for (let batch = reader.pull(); batch !== undefined; batch = reader.pull()) index.fold(batch.events);
    // The tail has passed this place, or began behind it: what is bad here is damage, and "nothing seen" no answer.
    if (reader.end.seq < this.#tail.end.seq) reader.settle(this.#tail.end.seq);
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
      return { fd: writer, ...staging.lines.close(this.#hashPrefix(writer, end), this.durableSeq) };
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
    this.#padding.written(bytes.length);
    this.#pad(fd);
  }

  /** Writes zeros ahead where they are due: the sync of this commit makes them durable, too. */
  #pad(fd: number): void {
    const { offset } = this.#tail.end;
    const target = this.#tail.paddedTo === undefined ? this.#padding.target(offset, this.options.segmentBytes) : undefined;
    if (target === undefined) return;
    try {
      writeZeros(this.options.place.files, fd, offset, target);
      this.#tail.padTo(target);
    } catch {
      // A full disk. The commit is in the log all the same; what stays of the zeros is padding.
      this.#padding.refused();
      this.#cutTo(fd, offset);
    }
  }

  /**
   * Cuts off what padding there is, so that a log that nobody writes to ends with its last commit. Where others hold the lock, they
   * are left to do it; padding is no fault.
   */
  async cutPadding(): Promise<void> {
    if (this.failed || this.#tail.paddedTo === undefined) return;
    try {
      if (!this.tryAcquire() && !(await this.waitForLock({ timeoutMs: cutPaddingMs, eager: true }))) return;
    } catch {
      return;
    }
    try {
      const { offset } = this.#tail.toEnd();
      if (this.#tail.remainder.kind === "none" && this.#tail.paddedTo !== undefined) this.#cutTo(this.#openWriter(), offset);
    } catch {
      // Whatever it is, nobody waits for an answer any more: the next opening meets it.
    } finally {
      this.release();
    }
  }

  fellShort(reader: LogReader): never {
    const { end } = this.#tail;
    // This process has seen, or written, what comes behind: what is bad here is damage.
    if (reader instanceof SegmentReader) reader.settle(end.seq);
    const { seq } = reader.position;
    throw new LogCorruptError({ segment: segmentFileName(end.segment), offset: end.offset, seq: seq + 1 }, `the log was read up to seq ${seq} only, and goes on to ${end.seq}`);
  }

  moveToEnd(reader: LogReader): void {
    if (reader instanceof SegmentReader) reader.moveTo(this.#tail.end);
  }

  sync(alone: boolean): Promise<void> | undefined {
    const { seq } = this.#tail.end;
    const { files } = this.options.place;
    // A hop to the thread pool and back costs as much as a quarter of a quick sync, but a slow one must not hold up the process.
    // What the pool takes says nothing of the disk, so now and then one is timed on the spot.
    this.#syncs += 1;
    this.#padding.synced(alone);
    if (!alone || (this.#syncMs > quickSyncMs && this.#syncs % timedSyncs !== 0)) return this.#syncAside(seq);
    const started = performance.now();
    this.#confirming(() => syncData(files, this.#openWriter()));
    const took = performance.now() - started;
    // One slow sync is an accident, one quick sync is proof.
    this.#syncMs = took < this.#syncMs ? took : this.#syncMs + (took - this.#syncMs) / 8;
    this.#synced(seq);
    return undefined;
  }

  async #syncAside(seq: number): Promise<void> {
    const fd = this.#confirming(() => this.#openWriter());
    try {
      await syncDataAside(this.options.place.files, fd);
    } catch (error) {
      throw this.#fail(error);
    }
    this.#synced(seq);
  }

  /** A sync has succeeded: everything up to `seq` is durable, unless another process has failed. */
  #synced(seq: number): void {
    if (this.#confirming(() => this.failedMark.isSet)) throw this.#fail(undefined);
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
  #hashPrefix(fd: number, end: GoodEnd): Buffer | string {
    if (!end.fresh) return `${end.hash}"}\n`;
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
    this.#attempt("A torn tail could not be moved to quarantine", () => keepTornTail(this.options.place.files, this.#tail.segment.fd, kept, folder));
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
      // With the size: that a file has become shorter is nothing that its data need to be read, and a sealed segment that had its padding
      // back after a power cut would be damage.
      syncFile(place.files, fd);
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

  /** The bytes are written: whatever keeps them from being confirmed, they may be there. */
  #confirming<T>(call: () => T): T {
    try {
      return call();
    } catch (error) {
      throw this.#fail(error);
    }
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
