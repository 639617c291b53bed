import { LockTimeoutError, LogClosedError, LogForkedError, ProofUnavailableError } from "../base/errors.js";
import type { RecordedEvent } from "../events/recorded-event.js";
import { lastIndex } from "./bisect.js";
import { GroupCommit } from "./group-commit.js";
import type { CommitStore } from "./group-commit.js";
import { nodeCrypto } from "./node-crypto.js";
import { refuse } from "./queued-job.js";
import type { AppendContext, AppendEvent, AppendResult, CommitParticipant, Cursor, EventQuery, ExclusiveJob, Expectation, Head, LogBackend, LogReader, LogVerification, ReadBatch, VerifyOptions } from "./port.js";
import { checkExpectations } from "./staging.js";
import type { Staging } from "./staging.js";
import { StreamHeads } from "./stream-heads.js";
import { isWithin } from "./streams.js";

/** A log in memory: for tests, and for trying things out. It is gone with the process. */
export class MemoryLog implements LogBackend {
  readonly capabilities = { persistent: false, shared: false };
  readonly #id = nodeCrypto().randomUUID();
  readonly #events: RecordedEvent[] = [];
  /** Seqs at which commits end. */
  readonly #commitEnds: number[] = [0];
  readonly #heads = new StreamHeads();
  readonly #listeners = new Set<() => void>();
  readonly #commits: GroupCommit;
  #closed = false;

  constructor(options: { readonly maxEventBytes?: number } = {}) {
    this.#commits = new GroupCommit(this.#store(options.maxEventBytes ?? 1024 * 1024));
  }

  get durableSeq(): number {
    return this.#events.length;
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the port is asynchronous; this backend has nothing to wait for
  async head(): Promise<Head> {
    this.#assertOpen();
    return this.#headNow();
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- see head()
  async headAt(seq: number): Promise<Head> {
    this.#assertOpen();
    return { seq, time: this.#events[seq - 1]?.time, token: this.#token(seq) };
  }

  append(events: readonly AppendEvent[], context: AppendContext, expect: readonly Expectation[] = []): Promise<AppendResult> {
    return this.exclusive({
      context,
      participates: false,
      run: (section) => {
        checkExpectations(expect, (stream) => section.lastSeqOf(stream));
        return section.append(events);
      },
    });
  }

  exclusive<T>(job: ExclusiveJob<T>): Promise<T> {
    return this.#closed ? refuse(job, new LogClosedError()) : this.#commits.submit(job);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- see head()
  async reader(after: Cursor | number = 0): Promise<LogReader> {
    this.#assertOpen();
    if (typeof after !== "number" && (after.token !== this.#token(after.seq) || !this.#commitEnds.includes(after.seq))) {
      throw new LogForkedError(after.seq, after.token);
    }
    return new MemoryReader(this.#events, this.#commitEnds, (seq) => this.#token(seq), typeof after === "number" ? after : after.seq);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- see head()
  async *find({ stream, from, to }: EventQuery): AsyncGenerator<RecordedEvent> {
    this.#assertOpen();
    const end = Math.min(to, this.#events.length);
    for (let seq = Math.max(1, from); seq <= end; seq += 1) {
      const event = this.#events[seq - 1] as RecordedEvent;
      if (isWithin(event.stream, stream)) yield structuredClone(event);
    }
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- see head()
  async lastSeqAt(time: string): Promise<number> {
    this.#assertOpen();
    // Times never go back.
    return lastIndex(this.#events, (event) => event.time <= time) + 1;
  }

  async confirm(): Promise<void> {
    // Memory is never damaged, and no write is ever half seen.
  }

  watch(listener: () => void): () => void {
    this.#assertOpen();
    const entry = (): void => listener();
    this.#listeners.add(entry);
    return () => this.#listeners.delete(entry);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- see head()
  async verify(options: VerifyOptions = {}): Promise<LogVerification> {
    this.#assertOpen();
    if (options.key !== undefined || options.since !== undefined) throw new ProofUnavailableError();
    return { ok: true, events: this.#events.length, segments: 0, bytes: 0, faults: [], notes: [] };
  }

  setParticipant(participant: CommitParticipant): void {
    this.#commits.participant = participant;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#commits.close();
    this.#listeners.clear();
  }

  #store(maxEventBytes: number): CommitStore {
    return {
      maxEventBytes,
      durableSeq: Infinity,
      tryAcquire: () => true,
      waitForLock: () => Promise.resolve(true),
      lockTimedOut: (waitedMs) => new LockTimeoutError("memory", waitedMs, []),
      release: () => undefined,
      refresh: () => this.#headNow(),
      announcement: () => undefined,
      lastSeqOf: (stream) => this.#heads.lastSeqOf(stream),
      write: (staging) => this.#write(staging),
      fellShort: () => {
        throw new Error("MemoryLog: a reader ended before the end of what is in memory");
      },
      moveToEnd: (reader) => {
        if (reader instanceof MemoryReader) reader.moveToEnd();
      },
      sync: () => undefined,
    };
  }

  #write(staging: Staging): void {
    const events = staging.recordedAfter(staging.base.seq);
    for (const event of events) this.#events.push(event);
    this.#heads.fold(events);
    this.#commitEnds.push(staging.seq);
    for (const listener of [...this.#listeners]) queueMicrotask(listener);
  }

  #headNow(): Head {
    return { seq: this.#events.length, time: this.#events.at(-1)?.time, token: this.#token(this.#events.length) };
  }

  #token(seq: number): string {
    return `${this.#id}:${seq}`;
  }

  #assertOpen(): void {
    if (this.#closed) throw new LogClosedError();
  }
}

class MemoryReader implements LogReader {
  readonly suspect = false;
  #seq: number;

  constructor(
    readonly events: readonly RecordedEvent[],
    readonly commitEnds: readonly number[],
    readonly token: (seq: number) => string,
    after: number,
  ) {
    this.#seq = after;
  }

  get position(): Cursor {
    return { seq: this.#seq, token: this.token(this.#seq) };
  }

  pull(maxBytes = 64 * 1024): ReadBatch | undefined {
    if (this.#seq >= this.events.length) return undefined;
    // Whole commits only, about as many as fit: 256 bytes an event.
    const target = Math.min(this.events.length, this.#seq + Math.max(1, Math.floor(maxBytes / 256)));
    const end = this.commitEnds.find((seq) => seq >= target) ?? this.events.length;
    // Copies, as from a file: what a consumer does to an event stays with it.
    const events = structuredClone(this.events.slice(this.#seq, end));
    this.#seq = end;
    return { events, end: this.position };
  }

  moveToEnd(): void {
    this.#seq = this.events.length;
  }

  close(): void {
    // Nothing is held.
  }
}
