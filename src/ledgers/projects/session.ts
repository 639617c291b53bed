import * as path from "node:path";
import { checkSignal } from "../../base/checks.js";
import { InvalidOptionError, LogReadOnlyError, preview, RunNotFoundError } from "../../base/errors.js";
import { linkSignals } from "../../base/link-signals.js";
import type { Daybook } from "../../daybook.js";
import type { MetricValue } from "../../events/catalogue.js";
import { runAddress } from "../../events/names.js";
import type { JsonObject } from "../../events/recorded-event.js";
import type { RunStorage } from "../../events/run-storage.js";
import { Status } from "../../events/status.js";
import { makeFolderInside } from "../folders.js";
import { busyError } from "../runs/decide-runs.js";
import type { NotStarted } from "../runs/decide-runs.js";
import { checkOptions } from "../runs/run-input.js";
import type { LeaseReport, RunLease } from "../runs/run-lease.js";
import type { TriedStart } from "../runs/run-ledger.js";
import type { RunRecord } from "../runs/run-record.js";
import { runUnderLease } from "./run-under-lease.js";
import { filePathOf } from "./session-paths.js";
import type { PathOptions } from "./session-paths.js";
import { afterNotStarted, resolveTakeUp } from "./take-up-policy.js";
import type { TakeUpPolicy } from "./take-up-policy.js";
import { untilNotLive } from "./until-not-live.js";

/** How a session takes up its run. */
export interface SessionStartOptions extends TakeUpPolicy {
  /** A sign of life is promised at least this often, in milliseconds; after a longer silence the run counts as lost. Default 60,000. */
  readonly beatWithinMs?: number;
  /** Gives up while it waits. For `run`, also the caller's word that the work is to stop. */
  readonly signal?: AbortSignal;
}

/** What became of `start`: the run is held by this session, or was left alone as the policy says. */
export type SessionStart =
  | { readonly started: true; readonly attempt: number; readonly signal: AbortSignal; readonly because?: undefined; readonly record?: undefined }
  | { readonly started: false; readonly because: NotStarted; readonly record: RunRecord; readonly attempt?: undefined; readonly signal?: undefined };

/** What work gets besides its session. */
export interface RunScope {
  /** Aborts when the lease is lost, when the daybook is closed, and when the caller's signal aborts; its reason says which. */
  readonly signal: AbortSignal;
  /** From 1. */
  readonly attempt: number;
}

/** What became of `run`: what the work gave, or why there was none; with the run's record as it stands afterwards. */
export type SessionOutcome<T> =
  | { readonly ran: true; readonly value: T; readonly record: RunRecord; readonly because?: undefined }
  | { readonly ran: false; readonly because: NotStarted; readonly record: RunRecord; readonly value?: undefined };

const reportFields: readonly (keyof LeaseReport)[] = ["status", "files", "metrics", "step", "error", "note", "tags"];
const startFields: readonly (keyof SessionStartOptions)[] = ["ifLive", "ifDone", "beatWithinMs", "signal"];

/**
 * One run, as a handle: made by `Project.session`, or by `Project.findSessions`. Names and paths are at hand at once and make nothing;
 * what can change is asked of the log. Several sessions, here or in other processes, may stand for one run; one at a time holds it.
 */
export class Session {
  readonly identifier: string;
  readonly relpath: string;
  /** `"0001"`; unique within identifier and relpath. */
  readonly uid: string;
  /** What the run was started with; of an imported run, whose parameters are not known, those it was asked for with. Empty when there are none. */
  readonly params: JsonObject;
  /** How the run's files lie: as it was allocated, whatever the project's own mode is. */
  readonly storage: RunStorage;
  #lease: RunLease | undefined;
  /** The last end that this session has reported itself. */
  #ownWord: Status | undefined;

  /** @internal */
  constructor(
    readonly book: Daybook,
    { identifier, relpath, uid, params, storage }: RunRecord,
    /** True when the run was allocated for this session, false when it was there. */
    readonly created: boolean,
    asked: JsonObject | undefined,
    private readonly projectSignal: AbortSignal | undefined,
  ) {
    this.identifier = identifier;
    this.relpath = relpath;
    this.uid = uid;
    this.params = params ?? asked ?? {};
    this.storage = storage;
  }

  /** The attempt that this session has begun last, from 1; undefined before it has taken the run up. */
  get attempt(): number | undefined {
    return this.#lease?.attempt;
  }

  /** Aborts when the lease of the last attempt is over: ended here, lost, or with its daybook closed. Undefined before there is one. */
  get signal(): AbortSignal | undefined {
    return this.#lease?.signal;
  }

  /** Absolute path of the run's folder: its own, or the one that it shares (see `storage`). Makes nothing. */
  get folder(): string {
    const { relpath, storage } = this;
    return this.book.runs.folder(this.identifier, this.uid, { relpath, storage });
  }

  /**
   * Absolute path of a file of this run: in its folder, `IDENTIFIER_NAME`; in a folder that it shares, `UID_IDENTIFIER_NAME`, so that
   * runs never write over each other's files. A name may lie in a sub-folder (`"plots/loss.png"`). Makes nothing.
   * @throws InvalidIdError for a name that would leave the folder, or that no file can have
   * @throws InvalidOptionError for a suffix without a dot, and when there is nothing to make a name of
   */
  path(name?: string, options: PathOptions = {}): string {
    return path.join(this.folder, filePathOf(this, name, options));
  }

  /**
   * Makes the run's folder; taking the run up does so too.
   * @throws PathOutsideRootError when a symbolic link on the way leads out of the root @throws WriteFailedError @throws LogReadOnlyError
   * @throws LogClosedError
   */
  async ensureFolder(): Promise<this> {
    this.book.log.assertOpen();
    if (this.book.readOnly) throw new LogReadOnlyError();
    await makeFolderInside(this.book.root, this.folder);
    return this;
  }

  /** The run as it stands: status, liveness, files, metrics, attempts, history. One snapshot, a copy. */
  async record(): Promise<RunRecord> {
    const { identifier, relpath, uid } = this;
    const record = await this.book.runs.getRecord(identifier, uid, { relpath });
    if (record === undefined) throw new RunNotFoundError(runAddress(identifier, relpath, uid));
    return record;
  }

  /** Whether the run is DONE. */
  async isDone(): Promise<boolean> {
    return (await this.record()).status === Status.DONE;
  }

  /**
   * Takes the run up by hand, where {@link run} does not fit: RUNNING, a further attempt, held by a lease until `done`, `error`, or
   * the end of the process. Unlike `run`, it takes a DONE run up again unless told otherwise; so with the default policy it starts or throws.
   * @throws RunBusyError while a live process holds it and the policy is `"throw"` @throws PathOutsideRootError @throws WriteFailedError
   * @throws InvalidOptionError, and the signal's reason when that aborts while it waits
   */
  async start(options: SessionStartOptions = {}): Promise<SessionStart> {
    checkOptions(options, startFields);
    checkSignal(options.signal);
    const { signal, unlink } = linkSignals(options.signal, this.projectSignal);
    try {
      const { lease, because, record } = await this.#takeUp(options, resolveTakeUp(options, "again"), signal);
      if (lease === undefined) return { started: false, because, record };
      return { started: true, attempt: lease.attempt, signal: lease.signal };
    } finally {
      unlink();
    }
  }

  /**
   * Does work under the run's lease: takes the run up as the policy says (RUNNING), calls `work`, and records DONE, or ERROR with the
   * error's message and stack, which is then thrown again. With `ifLive: "wait"` it waits until no live process holds the run, and then
   * decides anew: what has become DONE is reused.
   *
   * When the signal that the caller gave aborts before the work has settled, the run becomes ERROR with a message that begins with
   * `Aborted`, whatever the work gave, and `run` rejects with what the work threw, else with the signal's reason. The next `run` takes it up.
   * Work that calls `done` or `error` itself has judged itself: that stands.
   * @throws LeaseLostError when the lease was lost while the work ran, whatever that gave: nothing is written to the run then
   * @throws RunBusyError while a live process holds it and the policy is `"throw"`
   * @throws what the work threw, or why DONE could not be recorded @throws what `start` throws
   */
  async run<T>(work: (session: this, scope: RunScope) => T | Promise<T>, options: SessionStartOptions = {}): Promise<SessionOutcome<T>> {
    if (typeof work !== "function") throw new InvalidOptionError("work", `must be a function, not ${preview(work)}`);
    checkOptions(options, startFields);
    checkSignal(options.signal);
    const { signal: caller, unlink } = linkSignals(options.signal, this.projectSignal);
    try {
      const { lease, because, record } = await this.#takeUp(options, resolveTakeUp(options, "reuse"), caller);
      if (lease === undefined) return { ran: false, because, record };
      const value = await runUnderLease({
        lease,
        caller,
        work: (signal) => work(this, { signal, attempt: lease.attempt }),
        failedByOwnWord: () => this.#lease === lease && this.#ownWord === Status.ERROR,
      });
      // Without reading the log: that could fail, and what was done is done.
      return { ran: true, value, record: await this.book.runs.recordAsDecided(this) };
    } finally {
      unlink();
    }
  }

  /** Records DONE, with what there is to say at the end, as one atomic append; ends the lease. @throws LeaseLostError and what `log` throws */
  async done(report: Omit<LeaseReport, "status"> = {}): Promise<void> {
    checkOptions(report, reportFields, "report");
    if (Object.hasOwn(report, "status")) throw new InvalidOptionError("status", "is DONE here; report another one with log or error");
    await this.log({ ...report, status: Status.DONE });
  }

  /** Records ERROR, with its cause: an `Error`, a text, or whatever a `catch` gave; ends the lease. @throws LeaseLostError and what `log` throws */
  async error(cause?: unknown): Promise<void> {
    await this.log({ status: Status.ERROR, ...(cause === undefined ? {} : { error: cause }) });
  }

  /** Attaches files by name, kept as given; a relative path is relative to the run's folder. A later value of a name replaces the earlier one. */
  async attachFiles(files: Readonly<Record<string, string>>): Promise<void> {
    await this.log({ files });
  }

  /**
   * Records one metric. `step` counts whatever you count, such as epochs: an integer from 0.
   * @throws InvalidOptionError also for a value that is undefined @throws InvalidEventError for one that is no JSON, such as NaN
   */
  async metric(name: string, value: MetricValue, options: { readonly step?: number } = {}): Promise<void> {
    // Of a map, what is undefined is absent; here it is more often a slip of the pen.
    if (value === undefined) throw new InvalidOptionError("value", `of the metric ${preview(name)} must be JSON, not undefined`);
    // Not written out as a literal: `__proto__` is a name like any other.
    await this.metrics(Object.fromEntries([[name, value]]), options);
  }

  /** Records metrics, as one atomic append. */
  async metrics(metrics: Readonly<Record<string, MetricValue>>, options: { readonly step?: number } = {}): Promise<void> {
    checkOptions(options, ["step"]);
    await this.log({ metrics, ...options });
  }

  /**
   * Reports on the run: any of status, files, metrics, error, note and tags, as one atomic append. DONE and ERROR end the lease.
   * @throws LeaseLostError when this session has held the run and somebody else has taken it up since
   * @throws InvalidOptionError @throws InvalidEventError
   */
  async log(report: LeaseReport): Promise<void> {
    checkOptions(report, reportFields, "report");
    const { identifier, relpath, uid } = this;
    // In the name of its own attempt once there is one, so that it never speaks for somebody who came later.
    const lease = this.#lease;
    await (lease === undefined ? this.book.runs.log(identifier, uid, { ...report, relpath }) : lease.log(report));
    if (report.status === Status.DONE || report.status === Status.ERROR) this.#ownWord = report.status;
  }

  async #takeUp(options: SessionStartOptions, policy: Required<TakeUpPolicy>, signal: AbortSignal | undefined): Promise<TriedStart> {
    const { identifier, relpath, uid, book } = this;
    for (;;) {
      signal?.throwIfAborted();
      const terms = { relpath, ...(options.beatWithinMs === undefined ? {} : { beatWithinMs: options.beatWithinMs }), ...(signal === undefined ? {} : { signal }) };
      const tried = await book.runs.takeUp(identifier, uid, terms, policy.ifDone === "again", (folder) => makeFolderInside(book.root, folder));
      if (tried.lease !== undefined) {
        this.#lease = tried.lease;
        this.#ownWord = undefined;
        return tried;
      }
      const next = afterNotStarted(tried.because, policy);
      if (next === "leave") return tried;
      if (next === "refuse") throw busyError(tried.record);
      await untilNotLive(book, this, signal);
    }
  }
}
