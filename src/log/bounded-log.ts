import { LogForkedError, LogReadOnlyError } from "../base/errors.js";
import type { RecordedEvent } from "../events/recorded-event.js";
import type { Cursor, EventFilter, EventQuery, ExclusiveJob, Head, LogBackend, LogReader, LogVerification, ReadBatch, VerifyOptions } from "./port.js";
import { findEvents, lastSeqAt } from "./find-events.js";
import { refuse } from "./queued-job.js";

/** A log as it stood when its last event was the one of `bound`, which may lie inside of a commit. Read-only; what is appended later never shows. */
export class BoundedLog implements LogBackend {
  constructor(
    readonly base: LogBackend,
    readonly bound: Head,
  ) {}

  get capabilities(): LogBackend["capabilities"] {
    return this.base.capabilities;
  }

  get durableSeq(): number {
    return Math.min(this.base.durableSeq, this.bound.seq);
  }

  head(): Promise<Head> {
    return Promise.resolve(this.bound);
  }

  append(): Promise<never> {
    return Promise.reject(new LogReadOnlyError());
  }

  exclusive<T>(job: ExclusiveJob<T>): Promise<T> {
    return refuse(job, new LogReadOnlyError());
  }

  async reader(after: Cursor | number = 0): Promise<LogReader> {
    const seq = typeof after === "number" ? after : after.seq;
    if (typeof after !== "number" && seq > this.bound.seq) throw new LogForkedError(seq, after.token);
    return new BoundedReader(await this.base.reader(typeof after === "number" ? Math.min(seq, this.bound.seq) : after), this.bound);
  }

  confirm(reader: LogReader): Promise<void> {
    return this.base.confirm(reader instanceof BoundedReader ? reader.inner : reader);
  }

  find(query: EventQuery): AsyncIterable<RecordedEvent> {
    return findEvents(this.base, { ...query, to: Math.min(query.to, this.bound.seq) });
  }

  async lastSeqAt(time: string): Promise<number> {
    return Math.min(await lastSeqAt(this.base, time), this.bound.seq);
  }

  watch(): () => void {
    // The past does not change.
    return () => undefined;
  }

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
  #done = false;

  constructor(
    readonly inner: LogReader,
    readonly bound: Head,
  ) {
    this.#done = inner.position.seq >= bound.seq;
  }

  get position(): Cursor {
    const { position } = this.inner;
    return position.seq < this.bound.seq ? position : { seq: this.bound.seq, token: this.bound.token };
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
