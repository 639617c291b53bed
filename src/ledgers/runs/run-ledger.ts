import * as path from "node:path";
import { checkedPath, checkSignal } from "../../base/checks.js";
import { InvalidOptionError, LogClosedError, LogReadOnlyError, preview, RunNotFoundError } from "../../base/errors.js";
import { parseIdentifier, parseRelpath, runAddress, runStream } from "../../events/names.js";
import type { RunName } from "../../events/names.js";
import { normaliseParamHash } from "../../events/param-hash.js";
import type { JsonObject } from "../../events/recorded-event.js";
import type { RunStorage } from "../../events/run-storage.js";
import type { Decision } from "../../projections/engine.js";
import { runIndexProjection, uidKey, uidOfHash } from "../../projections/views/run-index.js";
import type { RunRow } from "../../projections/views/run-row.js";
import { runsProjection } from "../../projections/views/runs.js";
import { makeFolder } from "../folders.js";
import type { LedgerHost } from "../ledger-host.js";
import type { ImportOptions, ImportReport } from "../moving/import-runs.js";
import { busyError, decideAllocation, decideFindOrAllocate, decideTryStart, findRun, onlyRelpath, requireRun } from "./decide-runs.js";
import type { NotStarted, RunStates } from "./decide-runs.js";
import { parseRunExpression } from "./expressions/parse-run-expression.js";
import { judgeLiveness } from "./liveness.js";
import type { Observer } from "./liveness.js";
import { paramHash, sha256Hex } from "./param-hash.js";
import { observerHere, observerThen, thisProcess } from "./process-identity.js";
import { checkOptions, resolveAllocation, resolveAttempt, resolveReference, resolveReport, resolveStorage } from "./run-input.js";
import type { AllocateOptions, AlsoHash, AttemptOptions, RunReport } from "./run-input.js";
import type { RunReference } from "./run-commands.js";
import type { RunLease } from "./run-lease.js";
import { RunLeases } from "./run-leases.js";
import { selectRuns } from "./run-query.js";
import type { ListOptions } from "./run-query.js";
import { recordView, toRecord } from "./run-record.js";
import type { RunRecord } from "./run-record.js";

/** Where a run is, when its uid alone does not tell. */
export interface RunOptions {
  readonly relpath?: string;
  readonly signal?: AbortSignal;
}

/** Which folder of a run is meant. */
export interface FolderOptions extends RunOptions {
  /** How the run's files lie: its record says. Default `"subfolder"`. */
  readonly storage?: RunStorage;
}

/** How a run is taken up. */
export interface StartOptions extends RunOptions, AttemptOptions {}

/** How a run is taken up where that is worth it; see `RunLedger.tryStart`. */
export interface TryStartOptions extends StartOptions {
  /** Take up a run that is DONE, too. Default false. */
  readonly again?: boolean;
}

/** What became of trying: a lease, or the reason against it and the run as it stood then. */
export type TriedStart =
  | { readonly lease: RunLease; readonly because?: undefined; readonly record?: undefined }
  | { readonly lease?: undefined; readonly because: NotStarted; readonly record: RunRecord };

/** A run that was found or made. */
export interface FoundRun {
  readonly uid: string;
  readonly record: RunRecord;
  readonly created: boolean;
}

/** @internal What the ledger is told besides its host. */
export interface RunLedgerOptions {
  /** Another hash of the same parameters under which `findOrAllocate` looks for a run: imported runs keep the hash they came with. */
  readonly alsoHash?: AlsoHash;
}

const runOptions: readonly (keyof RunOptions)[] = ["relpath", "signal"];
const startOptions: readonly (keyof StartOptions)[] = ["relpath", "signal", "beatWithinMs", "command", "cwd"];
const projections = [runsProjection, runIndexProjection] as const;

/**
 * The ledger of runs (seeds: run-ledger). Every write is one atomic append, durable when it resolves; every reading shows
 * what any process has appended so far. Uids are given out in order, per identifier and relpath, and never reused.
 */
export class RunLedger {
  readonly #leases: RunLeases;

  constructor(
    readonly host: LedgerHost,
    readonly options: RunLedgerOptions = {},
  ) {
    this.#leases = new RunLeases(host);
    host.onClose(() => this.#leases.abandon(new LogClosedError()));
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
   * that ask at once get the same run. With neither params nor a hash it is always a new one. A run with the original's hash of
   * the params ({@link sha256ParamHash}) has them too: so imported runs are found.
   */
  async findOrAllocate(identifier: string, options: AllocateOptions = {}): Promise<FoundRun> {
    const { uid, record, created } = await this.obtain(identifier, options, true);
    return { uid, created, record };
  }

  /** @internal As {@link findOrAllocate}, with the parameters as they were asked for; without `find` it is always a new run. */
  async obtain(identifier: string, options: AllocateOptions, find: boolean): Promise<FoundRun & { readonly asked: JsonObject | undefined }> {
    const wanted = resolveAllocation(identifier, options, sha256Hex, find ? this.options.alsoHash : undefined);
    const { result } = await this.host.transact(
      projections,
      (states) => {
        const { events, uid, created } = find ? decideFindOrAllocate(states, wanted) : { ...decideAllocation(states, wanted), created: true };
        return { events, result: { uid, created, found: created ? undefined : states.runs.get(runStream(wanted.identifier, wanted.relpath, uid)) } };
      },
      options,
    );
    const { uid, created, found } = result;
    const record = found === undefined ? await this.recordAsDecided({ ...wanted, uid }) : this.#record(found);
    return { uid, created, record, asked: wanted.params };
  }

  /** @internal The run that {@link findOrAllocate} would find now. */
  async seek(identifier: string, options: AllocateOptions): Promise<RunRecord | undefined> {
    const wanted = resolveAllocation(identifier, options, sha256Hex, this.options.alsoHash);
    const states = await this.#states(options.signal);
    const { uid, created } = decideFindOrAllocate(states, wanted);
    const row = created ? undefined : findRun(states, { ...wanted, uid });
    return row === undefined ? undefined : this.#record(row);
  }

  /**
   * @internal The record of a run of which this process has just appended something, from the fold that has it already: to read the log
   * now could fail, though all was well with what was appended.
   */
  async recordAsDecided({ identifier, relpath, uid }: RunName): Promise<RunRecord> {
    const rows = this.host.folded(runsProjection)?.state as RunStates["runs"] | undefined;
    const row = rows?.get(runStream(identifier, relpath, uid));
    const record = row === undefined ? await this.getRecord(identifier, uid, { relpath }) : this.#record(row);
    if (record === undefined) throw new RunNotFoundError(runAddress(identifier, relpath, uid));
    return record;
  }

  /**
   * Takes a run up: a lease of this process, a further attempt, status RUNNING. A run whose process is gone can be taken
   * up again under its uid.
   * @throws RunNotFoundError @throws AmbiguousRunError @throws WriteFailedError when its folder cannot be made
   * @throws RunBusyError while another live process, or another lease of this one, holds it
   */
  async start(identifier: string, uid: string, options: StartOptions = {}): Promise<RunLease> {
    checkOptions(options, startOptions);
    const tried = await this.takeUp(identifier, uid, options, true);
    if (tried.lease === undefined) throw busyError(tried.record);
    return tried.lease;
  }

  /**
   * As {@link start}, but a run that is DONE, or that a live process holds, is left alone, and the answer says which: one atomic step,
   * so that of all processes that try at once one gets the lease. What is neither is taken up: a run that has failed, was lost, or that
   * nobody holds. A run that is left alone gets no folder.
   * @throws RunNotFoundError @throws AmbiguousRunError @throws InvalidOptionError @throws WriteFailedError when its folder cannot be made
   */
  async tryStart(identifier: string, uid: string, options: TryStartOptions = {}): Promise<TriedStart> {
    checkOptions(options, [...startOptions, "again"]);
    const { again = false } = options;
    if (typeof again !== "boolean") throw new InvalidOptionError("again", `must be true or false, not ${preview(again)}`);
    return this.takeUp(identifier, uid, options, again);
  }

  /**
   * Reports on a run: any of status, files, metrics, error, note and tags, as one atomic append. Nothing to say appends
   * nothing. DONE and ERROR end a lease that this process holds on the run.
   * @throws RunNotFoundError @throws AmbiguousRunError @throws InvalidOptionError @throws InvalidEventError
   * @throws LeaseLostError when this process held the run, or the report names an `attempt`, and somebody has taken the run up since
   */
  async log(identifier: string, uid: string, report: RunReport = {}): Promise<void> {
    const patch = resolveReport(report);
    const reference = resolveReference(identifier, uid, report.relpath);
    await this.#leases.report(reference, patch, (row) => this.#leases.get(row), report.signal);
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

  /**
   * Runs by choice. Default: all, by identifier, relpath and uid number.
   * @throws InvalidOptionError @throws InvalidExpressionError for a `where` that is a text and no expression
   */
  async list(options: ListOptions & { readonly signal?: AbortSignal } = {}): Promise<RunRecord[]> {
    checkOptions(options, ["where", "sort", "limit", "signal"]);
    const expression = typeof options.where === "string" ? await parseRunExpression(options.where) : undefined;
    const runs = await this.#runs(options.signal);
    const observer = this.#observer();
    const rows = Array.from(runs.entries(), ([, row]) => row);
    return selectRuns(rows.map((row) => recordView(row, judgeLiveness(row, observer))), options, observer.nowMs, expression?.matches);
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
   * Absolute path of a run's folder: `runs/IDENT/RELPATH/UID` under the root, or with `storage: "prefix"` the folder that it shares with
   * the runs beside it, `runs/IDENT/RELPATH`. Makes nothing, and looks nothing up: no relpath is the root.
   * @throws InvalidIdError @throws InvalidOptionError
   */
  folder(identifier: string, uid: string, options: FolderOptions = {}): string {
    checkOptions(options, [...runOptions, "storage"]);
    const { identifier: name, uid: number, relpath = "" } = resolveReference(identifier, uid, options.relpath ?? "");
    const own = resolveStorage(options.storage) === "subfolder" ? [number] : [];
    return path.join(this.host.root, "runs", name, ...(relpath === "" ? [] : relpath.split("/")), ...own);
  }

  /**
   * Takes over the runs of a `metadata.json` as the Python run ledger kept it: its path, its text (which begins with a brace), or what was parsed from it.
   * Statuses come with their moments in `at`, files and hashes as they were. Twice adds nothing; of a file that has grown only what is new.
   * Nothing that is here is changed: a run that is here under the same uid, and is another one, is a conflict in the report. A few thousand
   * events at a time are appended in one commit, so an import that is stopped has taken whole runs, and can simply be repeated.
   * @throws MetadataUnreadableError for what is no such file @throws InvalidOptionError @throws InvalidIdError for a relpath that is none
   */
  async import(source: string | URL | object, options: ImportOptions = {}): Promise<ImportReport> {
    const { importRuns } = await import("../moving/import-runs.js");
    return importRuns(this.host, source, options);
  }

  /**
   * Writes all runs as a `metadata.json` in the Python run ledger's layout, once, and gives its absolute path. Default: where the daybook's option
   * `materialize` keeps it, else `<root>/metadata.json`. The file is replaced as a whole, under a lock beside it (`metadata.lock`); one that is there
   * and holds what this daybook does not have is left as it is.
   * @throws MetadataForeignError @throws InvalidOptionError @throws LockTimeoutError @throws WriteFailedError
   * @throws LogReadOnlyError for the default path of a daybook that was opened read-only
   */
  async materialize(file?: string): Promise<string> {
    if (file === undefined && this.host.readOnly) throw new LogReadOnlyError();
    const { MetadataFile } = await import("../moving/metadata-file.js");
    const metadata = new MetadataFile(file === undefined ? this.host.metadataPath : checkedPath("path", file), this.host.root);
    try {
      await metadata.write(() => this.#runs(undefined), this.host.context.lockTimeoutMs);
    } finally {
      metadata.close();
    }
    return metadata.path;
  }

  /** SHA-256 (64 hex digits) of the parameters' canonical JSON: key order does not matter. @throws InvalidValueError */
  paramHash(params: object): string {
    return paramHash(params);
  }

  /** @internal As {@link tryStart}, with a way of its own to make the run's folder. */
  async takeUp(identifier: string, uid: string, options: StartOptions, again: boolean, make: (folder: string) => Promise<void> = makeFolder): Promise<TriedStart> {
    const named = resolveReference(identifier, uid, options.relpath);
    const terms = resolveAttempt(options);
    if (this.host.readOnly) throw new LogReadOnlyError();
    const look = (row: RunRow) => decideTryStart(row, thisProcess(), terms, this.#observer(), again);
    const first = requireRun(await this.#states(options.signal), named);
    const place = { relpath: first.relpath, storage: first.storage ?? "subfolder" } as const;
    const folder = this.folder(identifier, uid, place);
    // Before the run is taken: a run that is held but has no folder would be of no use to anybody.
    let hasFolder = "attempt" in look(first);
    if (hasFolder) await make(folder);
    for (;;) {
      const { result } = await this.host.transact(
        projections,
        (states): Decision<number | Extract<TriedStart, { readonly because: NotStarted }> | undefined> => {
          const row = requireRun(states, { ...named, relpath: place.relpath });
          const decided = look(row);
          if (!("attempt" in decided)) return { events: [], result: { because: decided.because, record: this.#record(row) } };
          // It was held a moment ago, and is not any more: first its folder, then another look.
          return hasFolder ? { events: decided.events, result: decided.attempt } : { events: [], result: undefined };
        },
        options,
      );
      if (typeof result === "number") return { lease: this.#leases.hold(first, result, folder, terms.beatWithinMs) };
      if (result !== undefined) return result;
      await make(folder);
      hasFolder = true;
    }
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
    return toRecord(row, judgeLiveness(row, this.#observer()));
  }

  #observer(): Observer {
    return this.host.past ? observerThen(this.host.clock()) : observerHere(this.host.clock());
  }
}
