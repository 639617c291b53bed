import { setImmediate as nextTurn } from "node:timers/promises";
import { LockTimeoutError, LogClosedError } from "../base/errors.js";
import type { AppendEvent, CommitParticipant, ExclusiveJob, Head, LogReader, LogSection } from "./port.js";
import { Staging, targetCommitBytes } from "./staging.js";

/** Where commits go. All but `acquire` and `sync` is synchronous and called while the lock is held. */
export interface CommitStore {
  acquire(timeoutMs: number): Promise<void>;
  release(): void;
  /** The end of the log, after everything that others appended. @throws LogCorruptError @throws SyncFailedError */
  refresh(): Head;
  /** What the next commit must begin with: the news that a torn tail was cut off. */
  announcement(): AppendEvent | undefined;
  lastSeqOf(stream: string): number;
  /** Writes the commit. @throws WriteFailedError; the log is as before then. */
  write(staging: Staging): void;
  /** Puts a reader at the good end. */
  moveToEnd(reader: LogReader): void;
  /** Makes everything up to the head durable. `alone`: nobody else can use the time of waiting. @throws SyncFailedError */
  sync(alone: boolean): Promise<void>;
  readonly durableSeq: number;
  readonly maxEventBytes: number;
}

interface Entry {
  readonly job: ExclusiveJob<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly deadline: number;
  readonly unlisten: () => void;
}

interface Accepted {
  readonly entry: Entry;
  readonly value: unknown;
  /** The head this caller saw: it resolves when that is durable. */
  readonly seenSeq: number;
}

/**
 * Group commit: callers queue up, one of them at a time is not needed; whoever waits when the lock is granted goes into
 * the same write and the same fsync. Callers run in order and see the accepted events of those before them; one that
 * throws is rejected alone. The lock is released before the fsync.
 */
export class GroupCommit {
  #queue: Entry[] = [];
  #draining: Promise<void> | undefined;
  #participant: CommitParticipant | undefined;
  #closed = false;

  constructor(readonly store: CommitStore) {}

  set participant(participant: CommitParticipant) {
    this.#participant = participant;
  }

  /** Runs a job inside the exclusive section; resolves when what it saw and staged is as durable as its context asks. */
  submit<T>(job: ExclusiveJob<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new LogClosedError());
    const { signal, lockTimeoutMs } = job.context;
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    return new Promise<T>((resolve, reject) => {
      const onAbort = (): void => {
        // Once the job is in a commit it is no longer in the queue, and the append goes on.
        if (!this.#queue.includes(entry)) return;
        this.#queue = this.#queue.filter((other) => other !== entry);
        reject(signal?.reason as Error);
      };
      const entry: Entry = {
        job,
        resolve: resolve as (value: unknown) => void,
        reject,
        deadline: performance.now() + lockTimeoutMs,
        unlisten: () => signal?.removeEventListener("abort", onAbort),
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#queue.push(entry);
      this.#draining ??= this.#drain();
    });
  }

  /** Waits for what is under way; further jobs are refused. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#draining;
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      // One turn of the event loop lets everybody who is about to append join this commit.
      await nextTurn();
      if (!(await this.#acquire())) continue;
      let accepted: Accepted[];
      try {
        accepted = this.#commit();
      } finally {
        this.store.release();
      }
      await this.#confirm(accepted);
    }
    // Cleared in the same turn as the queue was seen empty, or a caller in between would wait for ever.
    this.#draining = undefined;
  }

  async #acquire(): Promise<boolean> {
    const deadline = Math.min(...this.#queue.map((entry) => entry.deadline));
    try {
      await this.store.acquire(Math.max(0, deadline - performance.now()));
      return true;
    } catch (error) {
      // Those whose time is up go; any other failure concerns all who wait.
      const now = performance.now();
      this.#rejectQueued(error, (entry) => !(error instanceof LockTimeoutError) || entry.deadline <= now + 1);
      return false;
    }
  }

  #rejectQueued(error: unknown, which: (entry: Entry) => boolean): void {
    const gone = this.#queue.filter(which);
    this.#queue = this.#queue.filter((entry) => !gone.includes(entry));
    for (const entry of gone) settle(entry, () => entry.reject(error));
  }

  #commit(): Accepted[] {
    const { store } = this;
    let staging: Staging;
    let participant: CommitParticipant | undefined;
    let announcement: AppendEvent | undefined;
    try {
      staging = new Staging(store.refresh(), store.maxEventBytes);
      if (this.#queue.some((entry) => entry.job.participates)) participant = this.#participant;
      participant?.begin();
      announcement = store.announcement();
    } catch (error) {
      this.#rejectQueued(error, () => true);
      return [];
    }
    const start = participant?.savepoint() ?? 0;
    const accepted: Accepted[] = [];
    const announced = this.#announce(announcement, staging, participant);
    try {
      this.#runJobs(staging, participant, accepted);
      if (staging.events.length > announced) {
        store.write(staging);
        participant?.committed((reader) => store.moveToEnd(reader));
      } else {
        participant?.rollbackTo(start);
      }
      return accepted;
    } catch (error) {
      participant?.rollbackTo(start);
      for (const { entry } of accepted) settle(entry, () => entry.reject(error));
      return [];
    }
  }

  /** Stages what the store has to say first; taken back when no caller appends anything. */
  #announce(event: AppendEvent | undefined, staging: Staging, participant: CommitParticipant | undefined): number {
    const context = this.#queue[0]?.job.context;
    if (event === undefined || context === undefined) return 0;
    const mark = staging.mark();
    // The tail has to be cut off whatever this caller's clock says.
    staging.add([event], { ...context, clockGuard: () => undefined });
    participant?.staged(staging.recordedSince(mark));
    return 1;
  }

  #runJobs(staging: Staging, participant: CommitParticipant | undefined, accepted: Accepted[]): void {
    for (;;) {
      const entry = this.#queue[0];
      if (entry === undefined || staging.bytes > targetCommitBytes) return;
      this.#queue.shift();
      const mark = staging.mark();
      const savepoint = participant?.savepoint() ?? 0;
      try {
        const value = entry.job.run(this.#section(staging, participant, entry));
        accepted.push({ entry, value, seenSeq: staging.seq });
      } catch (error) {
        staging.rollbackTo(mark);
        participant?.rollbackTo(savepoint);
        settle(entry, () => entry.reject(error));
      }
    }
  }

  #section(staging: Staging, participant: CommitParticipant | undefined, entry: Entry): LogSection {
    const { store } = this;
    return {
      get head(): Head {
        return { seq: staging.seq, time: staging.time, token: staging.base.token };
      },
      lastSeqOf: (stream) => staging.lastSeqOf(stream) ?? store.lastSeqOf(stream),
      append: (events) => {
        const mark = staging.mark();
        const result = staging.add(events, entry.job.context);
        participant?.staged(staging.recordedSince(mark));
        return result;
      },
    };
  }

  /** Resolves each caller once what it saw is as durable as it asked for. */
  async #confirm(accepted: readonly Accepted[]): Promise<void> {
    const waiting = accepted.filter(({ entry, seenSeq }) => entry.job.context.durability === "fsync" && seenSeq > this.store.durableSeq);
    for (const { entry, value } of accepted.filter((one) => !waiting.includes(one))) settle(entry, () => entry.resolve(value));
    if (waiting.length === 0) return;
    try {
      await this.store.sync(waiting.length === 1 && this.#queue.length === 0);
      for (const { entry, value } of waiting) settle(entry, () => entry.resolve(value));
    } catch (error) {
      for (const { entry } of waiting) settle(entry, () => entry.reject(error));
    }
  }
}

function settle(entry: Entry, how: () => void): void {
  entry.unlisten();
  how();
}
