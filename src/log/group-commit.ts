import { LogClosedError } from "../base/errors.js";
import type { LockTimeoutError } from "../base/errors.js";
import { CommitBuffer } from "./commit-buffer.js";
import type { LockWait } from "./file-lock.js";
import { JobQueue } from "./job-queue.js";
import { JobSection } from "./job-section.js";
import type { AppendEvent, CommitParticipant, ExclusiveJob, Head, LogReader } from "./port.js";
import { QueuedJob, refuse } from "./queued-job.js";
import { Staging, targetCommitBytes } from "./staging.js";

/** Where commits go. All but `waitForLock` and `sync` is synchronous and called while the lock is held. */
export interface CommitStore {
  /** Takes the lock if it is free right now. */
  tryAcquire(): boolean;
  /** Waits for the lock; false when the time went by without it. */
  waitForLock(wait: LockWait): Promise<boolean>;
  /** What to tell those who waited in vain. */
  lockTimedOut(waitedMs: number): LockTimeoutError;
  release(): void;
  /**
   * The end of the log, after everything that others appended. Where there is something new, `walk` may go there first, with a reader
   * of its own. @throws LogCorruptError @throws FormatTooNewError @throws SyncFailedError @throws WriteFailedError
   */
  refresh(walk: (() => LogReader | undefined) | undefined): Head;
  /** What the next commit must begin with: the news of a torn tail that it will cut off. Changes nothing. */
  announcement(): AppendEvent | undefined;
  lastSeqOf(stream: string): number;
  /** Writes the commit. @throws WriteFailedError; the log is as before then. @throws SyncFailedError where a segment has to be closed before it */
  write(staging: Staging): void;
  /** A reader ended before the good end, though it stands at a place of this log. @throws LogCorruptError */
  fellShort(reader: LogReader): never;
  /** Puts a reader at the good end. */
  moveToEnd(reader: LogReader): void;
  /**
   * Makes everything up to the head durable. `alone`: nobody waits for anything else meanwhile, so it may keep the thread if
   * that is quicker; it gives no promise then. @throws SyncFailedError
   */
  sync(alone: boolean): Promise<void> | undefined;
  readonly durableSeq: number;
  readonly maxEventBytes: number;
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
  readonly #queue = new JobQueue();
  readonly #lines = new CommitBuffer();
  #draining: Promise<void> | undefined;
  #participant: CommitParticipant | undefined;
  #closed = false;

  constructor(
    readonly store: CommitStore,
    /** Told after a commit that has appended something, once its callers know. */
    readonly onAppended: () => void = () => undefined,
  ) {}

  set participant(participant: CommitParticipant) {
    this.#participant = participant;
  }

  /** Runs a job inside the exclusive section; resolves when what it saw and staged is as durable as its context asks. */
  submit<T>(job: ExclusiveJob<T>): Promise<T> {
    if (this.#closed) return refuse(job, new LogClosedError());
    const { signal } = job.context;
    if (signal?.aborted === true) return refuse(job, signal.reason);
    const answer = new Promise<unknown>(keepSettlers);
    const queued = new QueuedJob(job, settlers.resolve, settlers.reject);
    // Once the job is in a commit it is no longer in the queue, and the append goes on.
    try {
      if (signal !== undefined) queued.listen(signal, () => this.#queue.delete(queued));
      this.#queue.add(queued);
      this.#draining ??= this.#drain();
    } catch (error) {
      queued.reject(error);
    }
    return answer as Promise<T>;
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
        await new Promise<void>((resolve) => setImmediate(resolve));
        if (this.#queue.size > 0 && (this.store.tryAcquire() || (await this.#acquire()))) await this.#round();
      } catch (error) {
        // Nobody may wait for ever because of an error that nobody thought of.
        this.#rejectAll(error);
      }
    }
    // Cleared in the same turn as the queue was seen empty, or a caller in between would wait for ever.
    this.#draining = undefined;
  }

  /** One commit, with the lock held; gives a promise only where there is something to wait for. */
  #round(): Promise<void> | undefined {
    let commit: { readonly accepted: readonly QueuedJob[]; readonly appended: boolean };
    try {
      commit = this.#commit();
    } finally {
      this.store.release();
    }
    const waiting = this.#confirm(commit.accepted);
    if (!commit.appended) return waiting;
    if (waiting !== undefined) return waiting.then(this.onAppended);
    this.onAppended();
    return undefined;
  }

  /** One slice of waiting for the lock; callers whose own time is up go. */
  async #acquire(): Promise<boolean> {
    let deadline = Infinity;
    let eager = false;
    for (const { deadline: one, job } of this.#queue) {
      deadline = Math.min(deadline, one);
      eager ||= job.context.durability === "fsync";
    }
    const timeoutMs = Math.min(lockSliceMs, Math.max(0, deadline - performance.now()));
    if (await this.store.waitForLock({ timeoutMs, eager })) return true;
    const now = performance.now();
    for (const job of [...this.#queue]) {
      if (job.deadline > now + 1) continue;
      this.#queue.delete(job);
      job.reject(this.store.lockTimedOut(Math.round(now - job.deadline + job.job.context.lockTimeoutMs)));
    }
    return false;
  }

  #rejectAll(error: unknown): void {
    for (let job = this.#queue.take(); job !== undefined; job = this.#queue.take()) job.reject(error);
  }

  #commit(): { readonly accepted: readonly QueuedJob[]; readonly appended: boolean } {
    const { store } = this;
    const participant = this.#somebodyParticipates() ? this.#participant : undefined;
    const fellShort = (reader: LogReader): never => store.fellShort(reader);
    const head = store.refresh(participant === undefined ? undefined : () => participant.begin(undefined, fellShort));
    const staging = new Staging(head, store.maxEventBytes, this.#lines);
    participant?.begin(head.seq, fellShort);
    const start = participant?.savepoint() ?? 0;
    const accepted: QueuedJob[] = [];
    try {
      this.#runJobs(staging, participant, accepted);
      if (staging.isEmpty) return { accepted, appended: false };
      store.write(staging);
      participant?.committed((reader) => store.moveToEnd(reader));
      return { accepted, appended: true };
    } catch (error) {
      participant?.rollbackTo(start);
      for (const job of accepted) job.reject(error);
      return { accepted: [], appended: false };
    }
  }

  #somebodyParticipates(): boolean {
    for (const { job } of this.#queue) if (job.participates) return true;
    return false;
  }

  #runJobs(staging: Staging, participant: CommitParticipant | undefined, accepted: QueuedJob[]): void {
    let section: JobSection | undefined;
    const mark = staging.mark();
    // Who joins while jobs run goes into this commit, too.
    while (staging.lines.leastBytes <= targetCommitBytes && accepted.length < maxJobs) {
      const queued = this.#queue.take();
      if (queued === undefined) return;
      const { job } = queued;
      staging.mark(mark);
      const savepoint = participant?.savepoint() ?? 0;
      section ??= new JobSection(this.store, staging, participant, job.context);
      try {
        queued.accept(job.run(section.enter(job.context)), staging.seq);
        accepted.push(queued);
      } catch (error) {
        staging.rollbackTo(mark);
        participant?.rollbackTo(savepoint);
        queued.reject(error);
      }
    }
  }

  /** Resolves each caller once what it saw is as durable as it asked for. */
  #confirm(accepted: readonly QueuedJob[]): Promise<void> | undefined {
    const { durableSeq } = this.store;
    const waiting: QueuedJob[] = [];
    for (const job of accepted) {
      if (job.needsSync(durableSeq)) waiting.push(job);
      else job.resolve();
    }
    if (waiting.length === 0) return undefined;
    try {
      const syncing = this.store.sync(this.#queue.size === 0);
      if (syncing !== undefined) return syncing.then(() => resolveAll(waiting), (error: unknown) => rejectAll(waiting, error));
      resolveAll(waiting);
    } catch (error) {
      rejectAll(waiting, error);
    }
    return undefined;
  }
}

/** What settles the promise that was made last: one closure for all promises, and none for each. */
const settlers: { resolve: (value: unknown) => void; reject: (error: unknown) => void } = { resolve: () => undefined, reject: () => undefined };

function keepSettlers(resolve: (value: unknown) => void, reject: (error: unknown) => void): void {
  settlers.resolve = resolve;
  settlers.reject = reject;
}

function resolveAll(waiting: readonly QueuedJob[]): void {
  for (const job of waiting) job.resolve();
}

function rejectAll(waiting: readonly QueuedJob[], error: unknown): void {
  for (const job of waiting) job.reject(error);
}
