import { mkdir } from "node:fs/promises";
import * as path from "node:path";
import { InvalidOptionError, LeaseLostError, preview } from "../../base/errors.js";
import { parseIdentifier, parseRelpath } from "../../events/names.js";
import { normaliseParamHash } from "../../events/param-hash.js";
import { Status } from "../../events/status.js";
import type { Rows } from "../../projections/projection.js";
import { runIndexProjection, uidOfHash } from "../../projections/views/run-index.js";
import type { RunRow } from "../../projections/views/run-row.js";
import { runsProjection } from "../../projections/views/runs.js";
import { only } from "../ledger-host.js";
import type { LedgerHost } from "../ledger-host.js";
import { decideAllocation, decideBeat, decideEnd, decideFindOrAllocate, decideReport, decideStart, findRun, requireRun, streamOf } from "./decide-runs.js";
import type { AttemptEnding, RunStates } from "./decide-runs.js";
import { judgeLiveness } from "./liveness.js";
import { paramHash, sha256Hex } from "./param-hash.js";
import { observerHere, thisProcess } from "./process-identity.js";
import { resolveAllocation, resolveReference, resolveReport } from "./run-input.js";
import type { AllocateOptions, RunReport } from "./run-input.js";
import { RunLease } from "./run-lease.js";
import { selectRuns } from "./run-query.js";
import type { ListOptions } from "./run-query.js";
import { toRecord } from "./run-record.js";
import type { RunRecord } from "./run-record.js";

/** Where a run is, when its uid alone does not tell. */
export interface RunOptions {
  readonly relpath?: string;
  readonly signal?: AbortSignal;
}

/** How a run is taken up. */
export interface StartOptions extends RunOptions {
  /** A beat is promised at least this often, in milliseconds; after a longer silence the run counts as lost. Default 60,000. */
  readonly beatWithinMs?: number;
  /** For the record: the command line and working folder of a wrapped command. */
  readonly command?: readonly string[];
  readonly cwd?: string;
}

/** A run that was found or made. */
export interface FoundRun {
  readonly uid: string;
  readonly record: RunRecord;
  readonly created: boolean;
}

const projections = [runsProjection, runIndexProjection] as const;

/**
 * The ledger of runs (seeds: run-ledger). Every write is one atomic append, durable when it resolves; every reading shows
 * what any process has appended so far. Uids are given out in order, per identifier and relpath, and never reused.
 */
export class RunLedger {
  readonly #leases = new Map<string, RunLease>();

  constructor(readonly host: LedgerHost) {
    host.onClose(() => {
      for (const lease of this.#leases.values()) lease.release();
    });
  }

  /**
   * Gives out a uid, `"0001"` first.
   * @throws InvalidIdError @throws InvalidOptionError @throws InvalidValueError for params that JSON would change
   */
  async allocate(identifier: string, options: AllocateOptions = {}): Promise<string> {
    const wanted = resolveAllocation(identifier, options, sha256Hex);
    const { result } = await this.host.transact(
      projections,
      (states) => {
        const { events, uid } = decideAllocation(states, wanted);
        return { events, result: uid };
      },
      options,
    );
    return result;
  }

  /**
   * The run with the same parameters (the lowest uid, whatever its status), or a new one, as one atomic step: processes
   * that ask at once get the same run. With neither params nor a hash it is always a new one.
   */
  async findOrAllocate(identifier: string, options: AllocateOptions = {}): Promise<FoundRun> {
    const wanted = resolveAllocation(identifier, options, sha256Hex);
    const { result } = await this.host.transact(
      projections,
      (states) => {
        const { events, uid, created } = decideFindOrAllocate(states, wanted);
        return { events, result: { uid, created } };
      },
      options,
    );
    const record = await this.getRecord(wanted.identifier, result.uid, { relpath: wanted.relpath });
    return { ...result, record: record as RunRecord };
  }

  /**
   * Takes a run up: a lease of this process, a further attempt, status RUNNING. A run whose process is gone can be taken
   * up again under its uid.
   * @throws RunNotFoundError @throws RunBusyError while another live process, or another lease of this one, holds it
   */
  async start(identifier: string, uid: string, options: StartOptions = {}): Promise<RunLease> {
    const reference = resolveReference(identifier, uid, options.relpath);
    const { beatWithinMs = 60_000, command, cwd } = options;
    if (!Number.isSafeInteger(beatWithinMs) || beatWithinMs < 100) throw new InvalidOptionError("beatWithinMs", `must be a whole number of milliseconds from 100, not ${preview(beatWithinMs)}`);
    const { result } = await this.host.transact(
      projections,
      (states) => {
        const row = requireRun(states, reference);
        const attempt = { beatWithinMs, ...(command === undefined ? {} : { command }), ...(cwd === undefined ? {} : { cwd }) };
        const started = decideStart(row, thisProcess(), attempt, observerHere(this.host.clock()));
        return { events: started.events, result: { row, attempt: started.attempt } };
      },
      options,
    );
    const folder = this.folder(identifier, uid, { relpath: result.row.relpath });
    await mkdir(folder, { recursive: true });
    return this.#hold(result.row, result.attempt, folder, beatWithinMs);
  }

  /**
   * Reports on a run: any of status, files, metrics, error, note and tags, as one atomic append. Nothing to say appends
   * nothing. DONE and ERROR end a lease that this process holds on the run.
   * @throws RunNotFoundError @throws AmbiguousRunError @throws InvalidOptionError @throws InvalidEventError
   * @throws LeaseLostError when this process held the run and another one has taken it up
   */
  async log(identifier: string, uid: string, report: RunReport = {}): Promise<void> {
    const reference = resolveReference(identifier, uid, report.relpath);
    const patch = resolveReport(report);
    const ends = patch.status === Status.DONE || patch.status === Status.ERROR;
    const { result: stream } = await this.host.transact(
      projections,
      (states) => {
        const row = requireRun(states, reference);
        const events = decideReport(row, patch);
        const lease = this.#leases.get(streamOf(row));
        if (lease === undefined || events.length === 0) return { events, result: streamOf(row) };
        if (row.attempts.at(-1)?.attempt !== lease.attempt) throw new LeaseLostError(`${identifier}/${uid}`, lease.attempt);
        // Before the status: who sees DONE sees a run that nobody holds.
        return { events: ends ? [decideEnd(row, lease.attempt, {}), ...events] : events, result: streamOf(row) };
      },
      report.signal === undefined ? {} : { signal: report.signal },
    );
    if (ends) this.#leases.get(stream)?.release();
  }

  /** The record of a run; undefined for one that does not exist. @throws AmbiguousRunError */
  async getRecord(identifier: string, uid: string, options: RunOptions = {}): Promise<RunRecord | undefined> {
    const reference = resolveReference(identifier, uid, options.relpath);
    const row = findRun(await this.#states(options.signal), reference);
    return row === undefined ? undefined : this.#record(row);
  }

  /**
   * All runs of an identifier at one relpath, by uid; empty when there are none. JavaScript puts keys that look like integers
   * first, so from the thousandth run on `Object.keys` is not in the order of the numbers: use {@link list} where order matters.
   */
  async getUidRecordDict(identifier: string, options: RunOptions = {}): Promise<Record<string, RunRecord>> {
    const [name, relpath] = [parseIdentifier(identifier), parseRelpath(options.relpath)];
    const records = await this.list({ where: (record) => record.identifier === name && record.relpath === relpath });
    return Object.fromEntries(records.map((record) => [record.uid, record]));
  }

  /** The run with that parameter hash at that relpath; the lowest uid if there are several. */
  async findByParamHash(identifier: string, hash: string | number | bigint, options: RunOptions = {}): Promise<[uid: string, record: RunRecord] | undefined> {
    const [name, relpath, text] = [parseIdentifier(identifier), parseRelpath(options.relpath), normaliseParamHash(hash)];
    const states = await this.#states(options.signal);
    const uid = uidOfHash(states["run-index"], name, relpath, text);
    const row = uid === undefined ? undefined : findRun(states, { identifier: name, uid, relpath });
    return uid === undefined || row === undefined ? undefined : [uid, this.#record(row)];
  }

  /** Runs by choice. Default: all, by identifier, relpath and uid number. @throws InvalidOptionError */
  async list(options: ListOptions & { readonly signal?: AbortSignal } = {}): Promise<RunRecord[]> {
    const { runs } = await this.#states(options.signal);
    const observer = observerHere(this.host.clock());
    return selectRuns([...runs.entries()].map(([, row]) => toRecord(row, judgeLiveness(row, observer))), options);
  }

  /** Everything: identifier, then relpath, then uid. */
  async load(): Promise<Record<string, Record<string, Record<string, RunRecord>>>> {
    const tree = new Map<string, Map<string, [string, RunRecord][]>>();
    for (const record of await this.list()) {
      const scopes = tree.get(record.identifier) ?? new Map<string, [string, RunRecord][]>();
      const runs = scopes.get(record.relpath) ?? [];
      runs.push([record.uid, record]);
      tree.set(record.identifier, scopes.set(record.relpath, runs));
    }
    return Object.fromEntries(
      [...tree].map(([identifier, scopes]) => [identifier, Object.fromEntries([...scopes].map(([relpath, runs]) => [relpath, Object.fromEntries(runs)]))]),
    );
  }

  /** Absolute path of a run's folder, `runs/IDENT/RELPATH/UID` under the root. Makes nothing. */
  folder(identifier: string, uid: string, options: RunOptions = {}): string {
    const { identifier: name, uid: number, relpath = "" } = resolveReference(identifier, uid, options.relpath ?? "");
    return path.join(this.host.root, "runs", name, ...(relpath === "" ? [] : relpath.split("/")), number);
  }

  /** SHA-256 (64 hex digits) of the parameters' canonical JSON: key order does not matter. @throws InvalidValueError */
  paramHash(params: object): string {
    return paramHash(params);
  }

  #hold(row: RunRow, attempt: number, folder: string, beatWithinMs: number): RunLease {
    const stream = streamOf(row);
    const current = (states: { readonly runs: Rows<RunRow> }): RunRow | undefined => states.runs.get(stream);
    const lease: RunLease = new RunLease(row.identifier, row.relpath, row.uid, attempt, folder, beatWithinMs, {
      beat: async (withinMs) => {
        const decided = await this.host.transact(
          [runsProjection],
          (states) => {
            const event = decideBeat(current(states), attempt, withinMs);
            return { events: event === undefined ? [] : [event], result: event !== undefined };
          },
          // A lost heartbeat costs nothing; a sync for each would cost everybody.
          { durability: "os" },
        );
        return decided.result;
      },
      end: async (ending: AttemptEnding, status) => {
        await this.host.transact([runsProjection], (states) => {
          const ended = decideEnd(current(states), attempt, ending);
          return only(status === undefined ? [ended] : [ended, { stream, type: "run.status-changed", data: { status } }]);
        });
      },
      over: () => {
        if (this.#leases.get(stream) === lease) this.#leases.delete(stream);
      },
    });
    this.#leases.set(stream, lease);
    return lease;
  }

  async #states(signal: AbortSignal | undefined): Promise<RunStates> {
    signal?.throwIfAborted();
    const runs = await this.host.query(runsProjection);
    const index = await this.host.query(runIndexProjection);
    return { runs: runs.state as RunStates["runs"], "run-index": index.state as RunStates["run-index"] };
  }

  #record(row: RunRow): RunRecord {
    return toRecord(row, judgeLiveness(row, observerHere(this.host.clock())));
  }
}
