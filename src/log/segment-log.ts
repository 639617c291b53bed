import { LogClosedError, LogForkedError } from "../base/errors.js";
import type { RecordedEvent } from "../events/recorded-event.js";
import type { CompressReport, ResolvedCompression } from "./compressed/compression.js";
import { asReadFailure, reading } from "./file-system.js";
import { GroupCommit } from "./group-commit.js";
import { refuse } from "./queued-job.js";
import type { LogWatcher } from "./log-watcher.js";
import type { SegmentLookup } from "./index/segment-lookup.js";
import type { Signer } from "./proof/keys.js";
import type { SavedHead } from "./proof/saved-head.js";
import type {
  AppendContext,
  AppendEvent,
  AppendResult,
  CommitParticipant,
  Cursor,
  EventQuery,
  ExclusiveJob,
  Expectation,
  Head,
  LogBackend,
  LogReader,
  LogVerification,
  VerifyOptions,
} from "./port.js";
import { SegmentSealer } from "./segment-sealer.js";
import { headFrom, needsPlaces, openReader, SegmentReader } from "./segment-reader.js";
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
  readonly #sealer: SegmentSealer;
  #lookup: Promise<SegmentLookup> | undefined;
  #closed = false;

  constructor(
    readonly store: SegmentStore,
    readonly watcher: LogWatcher,
    /** Signs the manifest lines that this log writes. */
    readonly signer?: Signer,
  ) {
    this.place = store.options.place;
    this.#commits = new GroupCommit(store, () => watcher.notify());
    this.#look = new SegmentWalker(this.place, store.end);
    const { root, info } = store.options;
    const exclusively = (run: () => void): Promise<void> => this.#commits.submit({ context: systemContext, participates: false, run });
    this.#sealer = new SegmentSealer({ root, info, place: this.place, signer, exclusively, head: () => this.store.end.seq });
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
    return openReader(this.place, after, needsPlaces(after) && seq > 0 ? await this.#lookUp() : undefined);
  }

  async *find(query: EventQuery): AsyncGenerator<RecordedEvent> {
    this.#assertOpen();
    yield* (await this.#lookUp()).find(query);
  }

  async lastSeqAt(time: string): Promise<number> {
    return (await this.#lookUp()).seqAt(await this.head(), time);
  }

  async headAt(seq: number): Promise<Head> {
    this.#assertOpen();
    return headFrom(openReader(this.place, Math.max(0, seq - 1), await this.#lookUp()), seq, (reader) => this.#settle(reader));
  }

  async confirm(reader: LogReader): Promise<void> {
    if (reader instanceof SegmentReader) await this.#settle(reader);
  }

  watch(listener: () => void): () => void {
    this.#assertOpen();
    return this.watcher.add(listener);
  }

  /** Of what is durable: a head that is given stays. */
  async proof(signal?: AbortSignal): Promise<SavedHead> {
    this.#assertOpen();
    const end = await this.#commits.submit({ context: { ...systemContext, durability: "fsync" }, participates: false, run: () => this.store.end });
    const { proveHead } = await import("./proof/prove-head.js");
    return proveHead(this.store.options.root, this.place, end, signal);
  }

  async verify(options: VerifyOptions = {}): Promise<LogVerification> {
    this.#assertOpen();
    const { verifySegments } = await import("./verify-segments.js");
    return verifySegments(this.store.options.root, this.place, (reader) => this.#settle(reader), options);
  }

  async compress(options: ResolvedCompression): Promise<CompressReport> {
    this.#assertOpen();
    if (!options.dryRun) {
      await this.#sealer.seal().catch((error: unknown) => {
        throw asReadFailure(error);
      });
    }
    const { compressSegments } = await import("./compressed/compress-segments.js");
    return compressSegments(this.store.options.root, this.place.files, compressLockMs, options);
  }

  setParticipant(participant: CommitParticipant): void {
    this.#commits.participant = participant;
  }

  /** Writes the manifest lines of closed segments, and their indices. */
  seal(): Promise<void> {
    return this.#sealer.settle();
  }

  /** As {@link seal}, in the background, and indices when there is time for them. */
  sealAside(): void {
    this.#sealer.start();
  }

  async reindex(signal?: AbortSignal): Promise<void> {
    try {
      await this.#sealer.reindex(signal);
    } catch (error) {
      // Neither a seal nor an index is anything that a rebuild promises: what the system refuses now, the next writer tries again.
      if (asReadFailure(error) === error) throw error;
    }
  }

  /** @see SegmentStore.failed */
  get failed(): boolean {
    return this.store.failed;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // Sealing what a crash interrupts is left to the next process; what is under way is finished.
    await this.#sealer.close();
    await this.#commits.close();
    await this.store.cutPadding();
    this.watcher.close();
    this.#look.close();
    this.store.close();
  }

  #lookUp(): Promise<SegmentLookup> {
    this.#lookup ??= import("./index/segment-lookup.js").then(
      ({ SegmentLookup }) =>
        new SegmentLookup({
          place: this.place,
          readFrom: (end) => reading(() => new SegmentReader(this.place, end())),
          confirm: (reader) => this.confirm(reader),
          indexFailed: (entry) => this.#sealer.wants(entry),
        }),
    );
    return this.#lookup;
  }

  /** Judges suspect bytes while nobody writes. @throws LogCorruptError */
  #settle(reader: SegmentReader): Promise<TailVerdict["kind"]> {
    return this.#commits.submit({ context: systemContext, participates: false, run: () => reader.settle(this.store.durableSeq) });
  }

  #assertOpen(): void {
    if (this.#closed) throw new LogClosedError();
  }
}
