import { mkdir } from "node:fs/promises";
import * as path from "node:path";
import { checkSignal } from "../../base/checks.js";
import { LeaseLostError, LogReadOnlyError, WriteFailedError } from "../../base/errors.js";
import { parseIdentifier, parseRelpath, runAddress, runStream } from "../../events/names.js";
import { normaliseParamHash } from "../../events/param-hash.js";
import { Status } from "../../events/status.js";
import type { Rows } from "../../projections/projection.js";
import { runIndexProjection, uidKey, uidOfHash } from "../../projections/views/run-index.js";
import type { RunRow } from "../../projections/views/run-row.js";
import { runsProjection } from "../../projections/views/runs.js";
import { only } from "../ledger-host.js";
import type { LedgerHost } from "../ledger-host.js";
import {
  decideAllocation,
  decideBeat,
  decideEnd,
  decideFindOrAllocate,
  decideReport,
  decideStart,
  findRun,
  holdsRun,
  onlyRelpath,
  requireRun,
  streamOf,
} from "./decide-runs.js";
import type { RunStates } from "./decide-runs.js";
import { judgeLiveness } from "./liveness.js";
import { paramHash, sha256Hex } from "./param-hash.js";
import { observerHere, thisProcess } from "./process-identity.js";
import type { RunReference } from "./run-commands.js";
import { checkOptions, resolveAllocation, resolveAttempt, resolveReference, resolveReport } from "./run-input.js";
import type { AllocateOptions, AttemptOptions, RunReport } from "./run-input.js";
import { RunLease } from "./run-lease.js";
import type { LeaseStanding } from "./run-lease.js";
import { selectRuns } from "./run-query.js";
import type { ListOptions } from "./run-query.js";
import { recordView, toRecord } from "./run-record.js";
import type { RunRecord } from "./run-record.js";

/** Where a run is, when its uid alone does not tell. */
export interface RunOptions {
  readonly relpath?: string;
  readonly signal?: AbortSignal;
}

/** How a run is taken up. */
export interface StartOptions extends RunOptions, AttemptOptions {}

/** A run that was found or made. */
export interface FoundRun {
  readonly uid: string;
  readonly record: RunRecord;
  readonly created: boolean;
}

const runOptions: readonly (keyof RunOptions)[] = ["relpath", "signal"];
const projections = [runsProjection, runIndexProjection] as const;

/**
 * The ledger of runs (seeds: run-ledger). Every write is one atomic append, durable when it resolves; every reading shows
 * what any process has appended so far. Uids are given out in order, per identifier and relpath, and never reused.
 */
export class RunLedger {
  /** By stream. A lease that was lost stays, so that whoever goes on in its name is told. */
  readonly #leases = new Map<string, RunLease>();

  constructor(readonly host: LedgerHost) {
    host.onClose(() => {
      for (const lease of this.#leases.values()) lease.abandon();
    });
  }

  /**
   * Gives out a uid, `"0001"` first.
   * @throws InvalidIdError @throws InvalidOptionError @throws InvalidValueError for params that JSON would change
   */
  async allocate(identifier: string, options: AllocateOptions = {}): Promise<string> {
    const wanted = resolveAllocation(identifier, options, sha256Hex);
    const { result } = await this.host.transact(
      [runIndexProjection],
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
        return { events, result: { uid, created, found: created ? undefined : states.runs.get(streamIn(wanted, uid)) } };
      },
      options,
    );
    // From the fold that has it already: to read the log now could fail, though the run was given out.
    const { uid, created, found } = result;
    const rows = created ? (this.host.folded(runsProjection)?.state as RunStates["runs"] | undefined) : undefined;
    const row = found ?? rows?.get(streamIn(wanted, uid));
    const record = row === undefined ? await this.getRecord(wanted.identifier, uid, { relpath: wanted.relpath }) : this.#record(row);
    return { uid, created, record: record as RunRecord };
  }

  /**
   * Takes a run up: a lease of this process, a further attempt, status RUNNING. A run whose process is gone can be taken
   * up again under its uid.
   * @throws RunNotFoundError @throws AmbiguousRunError @throws WriteFailedError when its folder cannot be made
   * @throws RunBusyError while another live process, or another lease of this one, holds it
   */
  async start(identifier: string, uid: string, options: StartOptions = {}): Promise<RunLease> {
    checkOptions(options, ["relpath", "signal", "beatWithinMs", "command", "cwd"]);
    const named = resolveReference(identifier, uid, options.relpath);
    const attempt = resolveAttempt(options);
    if (this.host.readOnly) throw new LogReadOnlyError();
    const { relpath } = requireRun(await this.#states(options.signal), named);
    // Before the run is taken: a run that is held but has no folder would be of no use to anybody.
    const folder = this.folder(identifier, uid, { relpath });
    await makeFolder(folder);
    const { result } = await this.host.transact(
      projections,
      (states) => {
        const row = requireRun(states, { ...named, relpath });
        const started = decideStart(row, thisProcess(), attempt, observerHere(this.host.clock()));
        return { events: started.events, result: { row, attempt: started.attempt } };
      },
      options,
    );
    return this.#hold(result.row, result.attempt, folder, attempt.beatWithinMs);
  }

  /**
   * Reports on a run: any of status, files, metrics, error, note and tags, as one atomic append. Nothing to say appends
   * nothing. DONE and ERROR end a lease that this process holds on the run.
   * @throws RunNotFoundError @throws AmbiguousRunError @throws InvalidOptionError @throws InvalidEventError
   * @throws LeaseLostError when this process held the run and another one has taken it up
   */
  async log(identifier: string, uid: string, report: RunReport = {}): Promise<void> {
    const patch = resolveReport(report);
    const reference = resolveReference(identifier, uid, report.relpath);
    const ends = patch.status === Status.DONE || patch.status === Status.ERROR;
    const { result: stream } = await this.host.transact(
      projections,
      (states) => {
        const row = requireRun(states, reference);
        const events = decideReport(row, patch);
        const lease = this.#leases.get(streamOf(row));
        if (lease === undefined || events.length === 0) return { events, result: streamOf(row) };
        if (!isLatest(row, lease.attempt)) throw new LeaseLostError(runAddress(row.identifier, row.relpath, row.uid), lease.attempt);
        // Before the status: who sees DONE sees a run that nobody holds. Another report of ours may have ended it a moment ago.
        const ending = ends && holdsRun(row, lease.attempt) ? [decideEnd(row, lease.attempt, {})] : [];
        return { events: [...ending, ...events], result: streamOf(row) };
      },
      report.signal === undefined ? {} : { signal: report.signal },
    );
    if (ends) this.#leases.get(stream)?.release();
  }

  /** The record of a run; undefined for one that does not exist. @throws AmbiguousRunError */
  async getRecord(identifier: string, uid: string, options: RunOptions = {}): Promise<RunRecord | undefined> {
    checkOptions(options, runOptions);
    const reference = resolveReference(identifier, uid, options.relpath);
    checkSignal(options.signal);
    options.signal?.throwIfAborted();
    const row = await this.#findRow(reference);
    return row === undefined ? undefined : this.#record(row);
  }

  /**
   * All runs of an identifier at one relpath, by uid; empty when there are none. JavaScript puts keys that look like integers
   * first, so from the thousandth run on `Object.keys` is not in the order of the numbers: use {@link list} where order matters.
   */
  async getUidRecordDict(identifier: string, options: RunOptions = {}): Promise<Record<string, RunRecord>> {
    checkOptions(options, runOptions);
    const [name, relpath] = [parseIdentifier(identifier), parseRelpath(options.relpath)];
    const records = await this.list({ where: { identifier: name, relpath }, ...(options.signal === undefined ? {} : { signal: options.signal }) });
    return Object.fromEntries(records.map((record) => [record.uid, record]));
  }

  /** The run with that parameter hash at that relpath; the lowest uid if there are several. */
  async findByParamHash(
    identifier: string,
    hash: string | number | bigint,
    options: RunOptions = {},
  ): Promise<[uid: string, record: RunRecord] | undefined> {
    checkOptions(options, runOptions);
    const [name, relpath, text] = [parseIdentifier(identifier), parseRelpath(options.relpath), normaliseParamHash(hash)];
    const states = await this.#states(options.signal);
    const uid = uidOfHash(states["run-index"], name, relpath, text);
    const row = uid === undefined ? undefined : findRun(states, { identifier: name, uid, relpath });
    return uid === undefined || row === undefined ? undefined : [uid, this.#record(row)];
  }

  /** Runs by choice. Default: all, by identifier, relpath and uid number. @throws InvalidOptionError */
  async list(options: ListOptions & { readonly signal?: AbortSignal } = {}): Promise<RunRecord[]> {
    checkOptions(options, ["where", "sort", "limit", "signal"]);
    const { runs } = await this.#states(options.signal);
    const observer = observerHere(this.host.clock());
    const rows = Array.from(runs.entries(), ([, row]) => row);
    return selectRuns(rows.map((row) => recordView(row, judgeLiveness(row, observer))), options);
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
    const byRelpath = (scopes: ReadonlyMap<string, [string, RunRecord][]>): Record<string, Record<string, RunRecord>> =>
      Object.fromEntries([...scopes].map(([relpath, runs]) => [relpath, Object.fromEntries(runs)]));
    return Object.fromEntries([...tree].map(([identifier, scopes]) => [identifier, byRelpath(scopes)]));
  }

  /**
   * Absolute path of a run's folder, `runs/IDENT/RELPATH/UID` under the root. Makes nothing, and looks nothing up: no
   * relpath is the root.
   */
  folder(identifier: string, uid: string, options: RunOptions = {}): string {
    checkOptions(options, runOptions);
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
        const decided = await this.host.transact<readonly [typeof runsProjection], LeaseStanding>(
          [runsProjection],
          (states) => {
            const event = decideBeat(current(states), attempt, withinMs);
            if (event !== undefined) return { events: [event], result: "held" };
            return { events: [], result: isLatest(current(states), attempt) ? "ended" : "lost" };
          },
          // A lost heartbeat costs nothing; a sync for each would cost everybody.
          { durability: "os" },
        );
        return decided.result;
      },
      log: (report) => this.log(row.identifier, row.uid, { ...report, relpath: row.relpath }),
      end: async (ending, report) => {
        const patch = resolveReport(report);
        await this.host.transact([runsProjection], (states) => {
          const row = current(states);
          // Ended by a report of ours that is still under way: that is what was asked for.
          const ended = isLatest(row, attempt) && !holdsRun(row, attempt) ? [] : [decideEnd(row, attempt, ending)];
          return only(row === undefined ? ended : [...ended, ...decideReport(row, patch)]);
        });
      },
      over: () => {
        if (this.#leases.get(stream) === lease) this.#leases.delete(stream);
      },
    });
    this.#leases.set(stream, lease);
    return lease;
  }

  /** As `findRun`, row by row: a run in the root, or with its relpath, is found without the index. */
  async #findRow({ identifier, uid, relpath }: RunReference): Promise<RunRow | undefined> {
    const at = async (where: string): Promise<RunRow | undefined> => (await this.host.lookUp(runsProjection, [runStream(identifier, where, uid)]))[0];
    const row = await at(relpath ?? "");
    if (row !== undefined || relpath !== undefined) return row;
    const [entry] = await this.host.lookUp(runIndexProjection, [uidKey(identifier, uid)]);
    const only = onlyRelpath(entry?.relpaths ?? [], identifier, uid);
    return only === undefined ? undefined : at(only);
  }

  async #states(signal: AbortSignal | undefined): Promise<RunStates> {
    const runs = await this.#runs(signal);
    const index = await this.host.query(runIndexProjection);
    return { runs, "run-index": index.state as RunStates["run-index"] };
  }

  async #runs(signal: AbortSignal | undefined): Promise<RunStates["runs"]> {
    checkSignal(signal);
    signal?.throwIfAborted();
    return (await this.host.query(runsProjection)).state as RunStates["runs"];
  }

  #record(row: RunRow): RunRecord {
    return toRecord(row, judgeLiveness(row, observerHere(this.host.clock())));
  }
}

const streamIn = ({ identifier, relpath }: { readonly identifier: string; readonly relpath: string }, uid: string): string => runStream(identifier, relpath, uid);

const isLatest = (row: RunRow | undefined, attempt: number): boolean => row?.attempts.at(-1)?.attempt === attempt;

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw new WriteFailedError(`The folder ${folder} could not be made`, error);
  }
}
