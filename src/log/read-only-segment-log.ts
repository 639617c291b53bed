import * as path from "node:path";
import { isDaybookError, LogClosedError, LogForkedError, LogReadOnlyError } from "../base/errors.js";
import type { LogCorruptError } from "../base/errors.js";
import type { RecordedEvent } from "../events/recorded-event.js";
import { acquireLock } from "./file-lock.js";
import type { LogLock } from "./file-lock.js";
import type { CompressReport, ResolvedCompression } from "./compressed/compression.js";
import { reading } from "./file-system.js";
import type { SegmentLookup } from "./index/segment-lookup.js";
import type { LogWatcher } from "./log-watcher.js";
import type { SavedHead } from "./proof/saved-head.js";
import type { Cursor, EventQuery, ExclusiveJob, Head, LogBackend, LogReader, LogVerification, VerifyOptions } from "./port.js";
import { refuse } from "./queued-job.js";
import { headFrom, needsPlaces, openReader, SegmentReader } from "./segment-reader.js";
import type { TailVerdict } from "./tail-verdict.js";
import { UpToDamageReader } from "./up-to-damage-reader.js";
import type { GoodEnd, LogPlace } from "./segment-walker.js";

/**
 * A log of segment files that is only read: it writes nothing, and takes no lock but a shared one, to settle doubts.
 * Of a damaged log it serves everything before the damage; `damage` says what was found.
 */
export class ReadOnlySegmentLog implements LogBackend {
  readonly capabilities = { persistent: true, shared: true };
  readonly #look: SegmentReader;
  #damage: LogCorruptError | undefined;
  #settling: Promise<unknown> = Promise.resolve();
  #lookup: Promise<SegmentLookup> | undefined;
  #closed = false;

  constructor(
    readonly place: LogPlace,
    readonly watcher: LogWatcher,
    /** Undefined where there is no lock file to lock, as in a copy on read-only media: nobody writes there. */
    readonly lock: LogLock | undefined,
    readonly lockTimeoutMs: number,
    /** Where looking for the head begins. */
    from: GoodEnd,
  ) {
    this.#look = new SegmentReader(place, from);
  }

  get durableSeq(): number {
    return this.#look.end.sync;
  }

  /** What stops this log from being served whole, once something was found. */
  get damage(): LogCorruptError | undefined {
    return this.#damage;
  }

  async head(): Promise<Head> {
    this.#assertOpen();
    try {
      this.#look.toEnd();
      if (this.#look.suspect) await this.#settle(this.#look);
    } catch (error) {
      this.#noteDamage(error);
    }
    const { seq, time, hash } = this.#look.end;
    return { seq, time, token: hash };
  }

  append(): Promise<never> {
    return Promise.reject(new LogReadOnlyError());
  }

  exclusive<T>(job: ExclusiveJob<T>): Promise<T> {
    return refuse(job, new LogReadOnlyError());
  }

  async reader(after: Cursor | number = 0): Promise<LogReader> {
    // Bytes may stand behind the good end; no cursor leads there.
    const { seq } = await this.head();
    if (typeof after !== "number" && after.seq > seq) throw new LogForkedError(after.seq, after.token);
    return this.#upToDamage(openReader(this.place, after, needsPlaces(after) && seq > 0 ? await this.#lookUp() : undefined));
  }

  /** Everything before damage, as far as that is known: what an index leads to is checked, what lies between is not looked at. */
  async *find(query: EventQuery): AsyncGenerator<RecordedEvent> {
    this.#assertOpen();
    const to = Math.min(query.to, (this.#damage?.seq ?? Infinity) - 1);
    yield* (await this.#lookUp()).find({ ...query, to });
  }

  async lastSeqAt(time: string): Promise<number> {
    return (await this.#lookUp()).seqAt(await this.head(), time);
  }

  async headAt(seq: number): Promise<Head> {
    this.#assertOpen();
    const before = openReader(this.place, Math.max(0, seq - 1), await this.#lookUp());
    try {
      return await headFrom(before, seq, (reader) => this.#settle(reader));
    } catch (error) {
      this.#noteDamage(error);
      throw error;
    }
  }

  /** Damage ends the reader here, and is kept in {@link damage}; it does not reject. */
  async confirm(reader: LogReader): Promise<void> {
    if (!(reader instanceof UpToDamageReader)) return;
    try {
      await this.#settle(reader.inner);
    } catch (error) {
      reader.stop(error);
    }
  }

  #upToDamage(reader: SegmentReader): UpToDamageReader {
    return new UpToDamageReader(reader, (error) => this.#noteDamage(error));
  }

  #lookUp(): Promise<SegmentLookup> {
    this.#lookup ??= import("./index/segment-lookup.js").then(
      ({ SegmentLookup }) =>
        new SegmentLookup({
          place: this.place,
          readFrom: (end) => {
            let reader: UpToDamageReader | undefined;
            this.check(() => {
              reader = this.#upToDamage(reading(() => new SegmentReader(this.place, end())));
            });
            return reader;
          },
          confirm: (reader) => this.confirm(reader),
          // Whoever only reads writes no index either.
          indexFailed: () => undefined,
        }),
    );
    return this.#lookup;
  }

  /** @throws LogCorruptError for damage */
  #settle(reader: SegmentReader): Promise<TailVerdict["kind"]> {
    // One at a time: there is one lock descriptor.
    const settled = this.#settling.then(async () => {
      if (this.lock !== undefined) await acquireLock(this.lock, "shared", this.lockTimeoutMs);
      try {
        return reader.settle(this.durableSeq);
      } finally {
        this.lock?.release();
      }
    });
    this.#settling = settled.catch(() => undefined);
    return settled;
  }

  watch(listener: () => void): () => void {
    this.#assertOpen();
    return this.watcher.add(listener);
  }

  /** Of what is there, which this handle cannot make durable: a power cut may still take events of the last moments. @throws LogCorruptError */
  async proof(signal?: AbortSignal): Promise<SavedHead> {
    await this.head();
    if (this.#damage !== undefined) throw this.#damage;
    const { end } = this.#look;
    const { proveHead } = await import("./proof/prove-head.js");
    return proveHead(path.dirname(this.place.folder), this.place, end, signal);
  }

  async verify(options: VerifyOptions = {}): Promise<LogVerification> {
    this.#assertOpen();
    const { verifySegments } = await import("./verify-segments.js");
    return verifySegments(path.dirname(this.place.folder), this.place, (reader) => this.#settle(reader), options);
  }

  /** Says what would be compressed. */
  async compress(options: ResolvedCompression): Promise<CompressReport> {
    this.#assertOpen();
    if (!options.dryRun) throw new LogReadOnlyError();
    const { compressSegments } = await import("./compressed/compress-segments.js");
    return compressSegments(path.dirname(this.place.folder), this.place.files, this.lockTimeoutMs, options);
  }

  setParticipant(): void {
    // Nothing is ever committed here.
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#settling;
    this.watcher.close();
    this.#look.close();
    this.lock?.close();
  }

  /** Runs a check; the damage it finds is kept, and does not stop the log from being read. */
  check(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#noteDamage(error);
    }
  }

  #noteDamage(error: unknown): void {
    if (!isDaybookError(error, "LOG_CORRUPT")) throw error;
    this.#damage ??= error as LogCorruptError;
  }

  #assertOpen(): void {
    if (this.#closed) throw new LogClosedError();
  }
}
