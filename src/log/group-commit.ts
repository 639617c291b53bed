import { setImmediate as nextTurn } from "node:timers/promises";
import { LockTimeoutError, LogClosedError } from "../base/errors.js";
import type { AppendContext, AppendEvent, AppendResult, CommitParticipant, ExclusiveJob, Head, LogReader, LogSection } from "./port.js";
import { Staging, targetCommitBytes } from "./staging.js";

/** Where commits go. All but `acquire` and `sync` is synchronous and called while the lock is held. */
export interface CommitStore {
  acquire(timeoutMs: number): Promise<void>;
  release(): void;
  /** The end of the log, after everything that others appended. @throws LogCorruptError @throws SyncFailedError */
  refresh(): Head;
  /** What the next commit must begin with: the news of a torn tail that it will cut off. Changes nothing. */
  announcement(): AppendEvent | undefined;
  lastSeqOf(stream: string): number;
  /** Writes the commit. @throws WriteFailedError; the log is as before then. */
  write(staging: Staging): void;
  /** True for a reader that stands at the good end as of the last refresh. */
  isAtEnd(reader: LogReader): boolean;
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
  readonly since: number;
  readonly deadline: number;
  readonly unlisten: () => void;
}

interface Accepted {
  readonly entry: Entry;
  readonly value: unknown;
  /** The head this caller saw: it resolves when that is durable. */
  readonly seenSeq: number;
}

/** Callers of one commit at most, also when they append nothing. */
const maxJobs = 10_000;
/** How long one try for the lock lasts before the callers' own deadlines are looked at again. */
const lockSliceMs = 100;

/**
 * Group commit: callers queue up; whoever waits when the lock is granted goes into the same write and the same fsync.
 * Callers run in order and see the accepted events of those before them; one that throws is rejected alone. The lock is
 * released before the fsync.
 */
export class GroupCommit {
  readonly #queue = new Set<Entry>();
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
      // Once the job is in a commit it is no longer in the queue, and the append goes on.
      const onAbort = (): void => {
        if (this.#queue.delete(entry)) reject(signal?.reason as Error);
      };
      const since = performance.now();
      const entry: Entry = {
        job,
        resolve: resolve as (value: unknown) => void,
        reject,
        since,
        deadline: since + lockTimeoutMs,
        unlisten: () => signal?.removeEventListener("abort", onAbort),
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#queue.add(entry);
      this.#draining ??= this.#drain();
    });
  }

  /** Waits for what is under way; further jobs are refused. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#draining;
  }

  async #drain(): Promise<void> {
    while (this.#queue.size > 0) {
      try {
        // One turn of the event loop lets everybody who is about to append join this commit.
        await nextTurn();
        await this.#round();
      } catch (error) {
        // Nobody may wait for ever because of an error that nobody thought of.
        this.#rejectAll(error);
      }
    }
    // Cleared in the same turn as the queue was seen empty, or a caller in between would wait for ever.
    this.#draining = undefined;
  }

  async #round(): Promise<void> {
    if (this.#queue.size === 0 || !(await this.#acquire())) return;
    let accepted: Accepted[];
    try {
      accepted = this.#commit();
    } finally {
      this.store.release();
    }
    await this.#confirm(accepted);
  }

  /** One slice of waiting for the lock; callers whose own time is up go. */
  async #acquire(): Promise<boolean> {
    let deadline = Infinity;
    for (const entry of this.#queue) deadline = Math.min(deadline, entry.deadline);
    try {
      await this.store.acquire(Math.min(lockSliceMs, Math.max(0, deadline - performance.now())));
      return true;
    } catch (error) {
      if (!(error instanceof LockTimeoutError)) throw error;
      const now = performance.now();
      for (const entry of this.#queue) {
        if (entry.deadline > now + 1) continue;
        this.#queue.delete(entry);
        settle(entry, () => entry.reject(new LockTimeoutError(error.path, Math.round(now - entry.since), error.holders)));
      }
      return false;
    }
  }

  #rejectAll(error: unknown): void {
    for (const entry of this.#queue) settle(entry, () => entry.reject(error));
    this.#queue.clear();
  }

  #commit(): Accepted[] {
    const { store } = this;
    const staging = new Staging(store.refresh(), store.maxEventBytes);
    const participant = this.#somebodyParticipates() ? this.#participant : undefined;
    participant?.begin((reader) => store.isAtEnd(reader));
    const start = participant?.savepoint() ?? 0;
    const accepted: Accepted[] = [];
    try {
      this.#runJobs(staging, participant, accepted);
      if (staging.events.length > 0) {
        store.write(staging);
        participant?.committed((reader) => store.moveToEnd(reader));
      }
      return accepted;
    } catch (error) {
      participant?.rollbackTo(start);
      for (const { entry } of accepted) settle(entry, () => entry.reject(error));
      return [];
    }
  }

  #somebodyParticipates(): boolean {
    for (const entry of this.#queue) if (entry.job.participates) return true;
    return false;
  }

  #runJobs(staging: Staging, participant: CommitParticipant | undefined, accepted: Accepted[]): void {
    for (const entry of this.#queue) {
      if (staging.bytes > targetCommitBytes || accepted.length >= maxJobs) return;
      this.#queue.delete(entry);
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
    const stage = (events: readonly AppendEvent[], context: AppendContext): AppendResult => {
      const mark = staging.mark();
      const result = staging.add(events, context);
      participant?.staged(staging.recordedSince(mark));
      return result;
    };
    return {
      get head(): Head {
        return { seq: staging.seq, time: staging.time, token: staging.base.token };
      },
      lastSeqOf: (stream) => staging.lastSeqOf(stream) ?? store.lastSeqOf(stream),
      append: (events) => {
        const { context } = entry.job;
        const news = events.length > 0 && staging.events.length === 0 ? store.announcement() : undefined;
        // First in its commit; the tail has to be cut off whatever this caller's clock says.
        if (news !== undefined) stage([news], { ...context, clockGuard: () => undefined });
        return stage(events, context);
      },
    };
  }

  /** Resolves each caller once what it saw is as durable as it asked for. */
  async #confirm(accepted: readonly Accepted[]): Promise<void> {
    const waiting: Accepted[] = [];
    for (const one of accepted) {
      const { entry, seenSeq, value } = one;
      if (entry.job.context.durability === "fsync" && seenSeq > this.store.durableSeq) waiting.push(one);
      else settle(entry, () => entry.resolve(value));
    }
    if (waiting.length === 0) return;
    try {
      await this.store.sync(waiting.length === 1 && this.#queue.size === 0);
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
