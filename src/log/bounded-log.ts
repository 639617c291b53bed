import { LogForkedError, LogReadOnlyError } from "../base/errors.js";
import type { RecordedEvent } from "../events/recorded-event.js";
import { lastSeqAt } from "./find-events.js";
import { headAt } from "./head-at.js";
import type { Cursor, EventFilter, EventQuery, ExclusiveJob, Head, LogBackend, LogReader, LogVerification, ReadBatch, VerifyOptions } from "./port.js";
import { refuse } from "./queued-job.js";

/** A log as it stood when its last event was the one of `bound`, which may lie inside of a commit. Read-only; what is appended later never shows. */
export class BoundedLog implements LogBackend {
  /** There where the log itself finds events. */
  readonly find?: (query: EventQuery) => AsyncIterable<RecordedEvent>;

  constructor(
    readonly base: LogBackend,
    readonly bound: Head,
  ) {
    if (base.find === undefined) return;
    this.find = (query) => (base.find as NonNullable<LogBackend["find"]>)({ ...query, to: Math.min(query.to, bound.seq) });
  }

  get capabilities(): LogBackend["capabilities"] {
    return this.base.capabilities;
  }

  get durableSeq(): number {
    return Math.min(this.base.durableSeq, this.bound.seq);
  }

  async head(): Promise<Head> {
    // Rejects once the base is closed.
    await this.base.head();
    return this.bound;
  }

  headAt(seq: number): Promise<Head> {
    return seq >= this.bound.seq ? this.head() : headAt(this.base, seq);
  }

  append(): Promise<never> {
    return Promise.reject(new LogReadOnlyError());
  }

  exclusive<T>(job: ExclusiveJob<T>): Promise<T> {
    return refuse(job, new LogReadOnlyError());
  }

  async reader(after: Cursor | number = 0): Promise<LogReader> {
    const seq = typeof after === "number" ? after : after.seq;
    if (typeof after === "number") return new BoundedReader(await this.base.reader(Math.min(seq, this.bound.seq)), this.bound);
    // The end of this log may lie inside of a commit, where the base knows no place.
    if (seq === this.bound.seq && after.token === this.bound.token) return new BoundedReader(await this.base.reader(seq), this.bound);
    if (seq > this.bound.seq) throw new LogForkedError(seq, after.token);
    return new BoundedReader(await this.base.reader(after), this.bound);
  }

  async confirm(reader: LogReader): Promise<void> {
    if (reader instanceof BoundedReader) await this.base.confirm(reader.inner);
  }

  async lastSeqAt(time: string): Promise<number> {
    return Math.min(await lastSeqAt(this.base, time), this.bound.seq);
  }

  watch(): () => void {
    // The past does not change.
    return () => undefined;
  }

  /** The files are those of the whole log, and so is the check. */
  verify(options?: VerifyOptions): Promise<LogVerification> {
    return this.base.verify(options);
  }

  setParticipant(): void {
    // Nothing is ever committed here.
  }

  async close(): Promise<void> {
    // The base belongs to whoever opened it.
  }
}

/** A reader that ends at the bound. */
class BoundedReader implements LogReader {
  #done: boolean;

  constructor(
    readonly inner: LogReader,
    readonly bound: Head,
  ) {
    this.#done = inner.position.seq >= bound.seq;
  }

  get position(): Cursor {
    const { position } = this.inner;
    if (position.seq < this.bound.seq) return position;
    return position.seq === this.bound.seq && position.token === this.bound.token ? position : { seq: this.bound.seq, token: this.bound.token };
  }

  get segment(): number | undefined {
    return this.inner.segment;
  }

  get suspect(): boolean {
    return !this.#done && this.inner.suspect;
  }

  pull(maxBytes?: number, filter?: EventFilter): ReadBatch | undefined {
    if (this.#done) return undefined;
    const batch = this.inner.pull(maxBytes, filter);
    if (batch === undefined) return undefined;
    const { seq } = this.bound;
    this.#done = batch.end.seq >= seq;
    return batch.end.seq <= seq ? batch : { events: batch.events.filter((event) => event.seq <= seq), end: this.position };
  }

  close(): void {
    this.inner.close();
  }
}
