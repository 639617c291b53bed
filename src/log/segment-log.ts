import { LogClosedError, LogForkedError } from "../base/errors.js";
import { asReadFailure, reading } from "./file-system.js";
import { GroupCommit } from "./group-commit.js";
import { refuse } from "./queued-job.js";
import type { LogWatcher } from "./log-watcher.js";
import { keepChecked } from "./checked-manifest.js";
import type { CompressReport, ResolvedCompression } from "./compressed/compression.js";
import { appendManifest, readManifest } from "./manifest.js";
import type {
  AppendContext,
  AppendEvent,
  AppendResult,
  CommitParticipant,
  Cursor,
  ExclusiveJob,
  Expectation,
  Head,
  LogBackend,
  LogReader,
  LogVerification,
  VerifyOptions,
} from "./port.js";
import { rootPaths } from "./root.js";
import { digestSegment } from "./sealing.js";
import { listSegments } from "./segment-list.js";
import { openReader, SegmentReader } from "./segment-reader.js";
import type { SegmentStore } from "./segment-store.js";
import type { TailVerdict } from "./tail-verdict.js";
import { SegmentWalker } from "./segment-walker.js";
import type { LogPlace } from "./segment-walker.js";
import { checkExpectations } from "./staging.js";

/** How long compressing waits for another process that compresses the same log. */
const compressLockMs = 10_000;
const systemContext = { by: "daybook", clock: Date.now, durability: "os", lockTimeoutMs: 10_000, clockGuard: () => undefined } as const;

/** A log of segment files that is open for writing. Made by `openSegmentLog`. */
export class SegmentLog implements LogBackend {
  readonly capabilities = { persistent: true, shared: true };
  readonly place: LogPlace;
  readonly #commits: GroupCommit;
  readonly #look: SegmentWalker;
  #sealing: Promise<void> | undefined;
  #closed = false;

  constructor(
    readonly store: SegmentStore,
    readonly watcher: LogWatcher,
  ) {
    this.place = store.options.place;
    this.#commits = new GroupCommit(store, () => watcher.notify());
    this.#look = new SegmentWalker(this.place, store.end);
  }

  get durableSeq(): number {
    return this.store.durableSeq;
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the port is asynchronous; this backend has nothing to wait for
  async head(): Promise<Head> {
    this.#assertOpen();
    // The writer's own good end saves the walk through what this process wrote itself.
    if (this.store.end.seq > this.#look.end.seq) this.#look.moveTo(this.store.end);
    const end = reading(() => this.#look.toEnd());
    return { seq: end.seq, time: end.time, token: end.hash };
  }

  append(events: readonly AppendEvent[], context: AppendContext, expect: readonly Expectation[] = []): Promise<AppendResult> {
    return this.exclusive({
      context,
      participates: false,
      expects: expect.length > 0,
      run: (section) => {
        checkExpectations(expect, (stream) => section.lastSeqOf(stream));
        return section.append(events);
      },
    });
  }

  exclusive<T>(job: ExclusiveJob<T>): Promise<T> {
    if (this.#closed) return refuse(job, new LogClosedError());
    if (job.expects === true) return this.store.prepareHeads().then(() => this.#commits.submit(job), (error: unknown) => refuse(job, error));
    return this.#commits.submit(job);
  }

  async reader(after: Cursor | number = 0): Promise<LogReader> {
    // Bytes may stand behind the good end; no cursor leads there.
    const { seq } = await this.head();
    if (typeof after !== "number" && after.seq > seq) throw new LogForkedError(after.seq, after.token);
    return openReader(this.place, after);
  }

  async confirm(reader: LogReader): Promise<void> {
    if (reader instanceof SegmentReader) await this.#settle(reader);
  }

  watch(listener: () => void): () => void {
    this.#assertOpen();
    return this.watcher.add(listener);
  }

  async verify(options: VerifyOptions = {}): Promise<LogVerification> {
    this.#assertOpen();
    const { verifySegments } = await import("./verify-segments.js");
    return verifySegments(this.store.options.root, this.place, (reader) => this.#settle(reader), options);
  }

  async compress(options: ResolvedCompression): Promise<CompressReport> {
    this.#assertOpen();
    if (!options.dryRun) {
      await this.seal().catch((error: unknown) => {
        throw asReadFailure(error);
      });
    }
    const { compressSegments } = await import("./compressed/compress-segments.js");
    return compressSegments(this.store.options.root, this.place.files, compressLockMs, options);
  }

  setParticipant(participant: CommitParticipant): void {
    this.#commits.participant = participant;
  }

  /** Writes the manifest lines of closed segments, in the background; one at a time. */
  seal(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#sealing ??= this.#sealAll().finally(() => {
      this.#sealing = undefined;
    });
    return this.#sealing;
  }

  /** @see SegmentStore.failed */
  get failed(): boolean {
    return this.store.failed;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // Sealing what a crash interrupts is left to the next process; what is under way is finished.
    await this.#sealing?.catch(() => undefined);
    await this.#commits.close();
    await this.store.cutPadding();
    this.watcher.close();
    this.#look.close();
    this.store.close();
  }

  /** Judges suspect bytes while nobody writes. @throws LogCorruptError */
  #settle(reader: SegmentReader): Promise<TailVerdict["kind"]> {
    return this.#commits.submit({ context: systemContext, participates: false, run: () => reader.settle(this.store.durableSeq) });
  }

  async #sealAll(): Promise<void> {
    const { files } = this.place;
    const { root, info } = this.store.options;
    const path = rootPaths(root).manifest;
    for (let appended = false; ; appended = true) {
      const segments = listSegments(this.place);
      const known = readManifest(files, path, info.root, info.bytes);
      const sealed = known.entries.at(-1)?.last ?? 0;
      const index = segments.indexOf(sealed + 1);
      const first = segments[index];
      const next = segments[index + 1];
      if (first === undefined || next === undefined) {
        if (appended) keepChecked(files, root, info.bytes, known);
        return;
      }
      const digest = await digestSegment(this.place, first, next);
      // The digest is taken without the lock; the line goes in under it, unless somebody else was faster.
      await this.#commits.submit({
        context: systemContext,
        participates: false,
        run: () => {
          const manifest = readManifest(files, path, info.root, info.bytes);
          if ((manifest.entries.at(-1)?.last ?? 0) + 1 !== first) return;
          appendManifest(files, path, manifest, { ...digest, prev: manifest.chain });
        },
      });
    }
  }

  #assertOpen(): void {
    if (this.#closed) throw new LogClosedError();
  }
}
