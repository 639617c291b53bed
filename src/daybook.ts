import * as path from "node:path";
import { checkedKey, checkedPath, checkFunction, checkObject, checkSignal, checkTexts, checkWhole } from "./base/checks.js";
import { InvalidOptionError, LogClosedError, LogReadOnlyError, preview } from "./base/errors.js";
import type { LogCorruptError } from "./base/errors.js";
import { ledgerHost } from "./book-ledger-host.js";
import { contextFor, DaybookLog } from "./daybook-log.js";
import type { ResolvedOptions } from "./daybook-options.js";
import type { AsOf } from "./daybook-past.js";
import type { DaybookTrail } from "./daybook-trail.js";
import { decisionOf } from "./decided.js";
import type { Decided, StatesByName } from "./decided.js";
import type { EngineCore } from "./engine-core.js";
import type { Json, RecordedEvent } from "./events/recorded-event.js";
import type { EventTypeOptions } from "./events/validation.js";
import type { Materializer } from "./ledgers/moving/materializer.js";
import { legacyHash } from "./ledgers/moving/legacy-hash.js";
import { RunLedger } from "./ledgers/runs/run-ledger.js";
import type { WriteOptions } from "./ledgers/ledger-host.js";
import type { CompressOptions, CompressReport, DecompressOptions, ResolvedCompression } from "./log/compressed/compression.js";
import type { AppendContext, AppendResult } from "./log/port.js";
import type { BackupReport } from "./log/rescue/backup-log.js";
import type { RescueOptions } from "./log/rescue/rescue-options.js";
import { later } from "./later.js";
import { PendingWork } from "./pending-work.js";
import type { Projection } from "./projections/projection.js";
import { builtInProjections } from "./projections/views/built-in.js";
import { runsProjection } from "./projections/views/runs.js";
import type { SavedHead } from "./log/proof/saved-head.js";
import type { FieldBlame } from "./replay/blame.js";
import type { HistoryChange } from "./replay/changes.js";
import type { DiffOptions } from "./replay/diff.js";
import type { HistoryOptions } from "./replay/history.js";
import type { PatchOperation } from "./replay/json-patch.js";
import type { Moment } from "./replay/moment.js";
import type { ProofOptions } from "./replay/proof.js";
import type { CloudEvent } from "./replay/moving/cloud-event.js";
import type { EventFormat, ExportedEvent } from "./replay/moving/exported-event.js";
import type { ExportOptions } from "./replay/moving/export-events.js";
import type { EventImportOptions, EventImportReport, EventSource } from "./replay/moving/import-events.js";
import type { RebuildOptions, RebuildReport } from "./replay/rebuild.js";
import type { Verification, VerifyOptions } from "./replay/verify.js";

/** An open daybook: one log, its ledgers and its views. Made by {@link openDaybook}. */
export class Daybook {
  /** The log itself. */
  readonly log: DaybookLog;
  /** Experiment runs. */
  readonly runs: RunLedger;
  readonly #context: AppendContext;
  readonly #metadataPath: string;
  readonly #onClose = new Set<() => void | Promise<void>>();
  readonly #pending = new PendingWork();
  #materializer: Materializer | undefined;
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(
    readonly core: EngineCore,
    readonly options: ResolvedOptions,
    /** Of a daybook that {@link at} gave: the moment as of which it stands. Undefined for one that follows the log. */
    readonly asOf?: AsOf,
  ) {
    this.#metadataPath = path.resolve(options.materialize?.path ?? path.join(core.root, "metadata.json"));
    const { participantId, clock, clockGuard, durability, lockTimeoutMs } = options;
    this.#context = { by: participantId, clock, clockGuard, durability, lockTimeoutMs };
    for (const projection of builtInProjections) core.engine.register(projection);
    this.log = new DaybookLog(core, this.#context, { assertOpen: () => this.#assertOpen(), pending: this.#pending });
    this.runs = new RunLedger(
      ledgerHost({
        core,
        options,
        context: this.#context,
        metadataPath: this.#metadataPath,
        past: asOf !== undefined,
        pending: this.#pending,
        assertOpen: () => this.#assertOpen(),
        assertWritable: () => this.#assertWritable(),
        onClose: (callback) => void this.onClose(callback),
      }),
      { alsoHash: legacyHash },
    );
  }

  /** Absolute path of the root folder. */
  get root(): string {
    return this.core.root;
  }

  get participantId(): string {
    return this.options.participantId;
  }

  get readOnly(): boolean {
    return this.options.readOnly;
  }

  /** Of a read-only daybook: the damage up to which it is served; undefined when the log is whole as far as it was read. */
  get damage(): LogCorruptError | undefined {
    return this.core.damage();
  }

  /** Names of all projections that can be viewed. */
  get views(): readonly string[] {
    return this.core.engine.names;
  }

  /**
   * Makes an event type of the application known: a schema that `append` holds its data against, its version, and how older
   * versions are brought up to date when they are read. Say so before the first append or query.
   * @throws InvalidOptionError @throws InvalidEventError for a noun that belongs to daybook
   */
  registerEvent(type: string, options: EventTypeOptions = {}): void {
    this.core.registry.register(type, options);
  }

  /** Makes a projection known: it can be viewed, rebuilt, watched and decided on. @throws InvalidOptionError */
  registerProjection(projection: Projection): void {
    this.core.engine.register(projection);
  }

  /**
   * Imports a module and makes its projections known: every export that is one, and those in exported arrays; before them, the event types
   * of its export `eventTypes` (`{ [type]: options of registerEvent }`). Where a rebuild uses several threads, each can fold them, which it
   * cannot with those of {@link registerProjection}. The module is imported once more in each thread: it should define, and do nothing.
   * @param file path or `file:` URL of a module for Node
   * @returns the names of its projections
   * @throws ProjectionsUnreadableError @throws InvalidOptionError
   */
  async loadProjections(file: string | URL): Promise<string[]> {
    this.#assertOpen();
    if (!(file instanceof URL)) checkedPath("file", file);
    const { readProjectionModule } = await import("./replay/projection-module.js");
    const module = await readProjectionModule(file);
    for (const [type, options] of module.eventTypes) this.registerEvent(type, options);
    for (const projection of module.projections) this.registerProjection(projection);
    this.core.apart?.add(module);
    return module.projections.map(({ name }) => name);
  }

  /**
   * Decides on the states of projections and appends what was decided, as one exclusive step across all processes. `decide`
   * is pure, and gets the states by the projections' names. An empty decision appends nothing.
   * @throws what `decide` throws, and everything that `log.append` does
   */
  async transact<const P extends readonly (Projection | string)[], Result = undefined>(
    projections: P,
    decide: (states: StatesByName<P>) => Decided<Result>,
    options: WriteOptions = {},
  ): Promise<AppendResult & { readonly result: Result }> {
    this.#assertWritable();
    if (!Array.isArray(projections)) throw new InvalidOptionError("projections", `must be a list of projections or of their names, not ${preview(projections)}`);
    if (typeof decide !== "function") throw new InvalidOptionError("decide", `must be a function, not ${preview(decide)}`);
    const { engine, registry } = this.core;
    const definitions = (projections as readonly (Projection | string)[]).map((one) => (typeof one === "string" ? engine.definition(one) : one));
    const context = contextFor(this.#context, options);
    const deciding = registry.ready(registry.types()).then(() =>
      engine.transact(definitions, context, (states) => {
        const { events, result } = decisionOf<Result>(decide(states as StatesByName<P>));
        return { events: Array.from(events, (event) => this.log.stage(event)), result };
      }),
    );
    const { firstSeq, lastSeq, result } = await this.#pending.track(deciding);
    return { firstSeq, lastSeq, result };
  }

  /** What a projection shows, as of everything appended so far. A copy. @throws ProjectionUnknownError @throws ProjectionFailedError */
  async view(name: string): Promise<Json> {
    this.#assertOpen();
    return structuredClone((await this.core.engine.query(name)).view);
  }

  /**
   * This daybook as it stood at a moment: read-only, with every ledger and view; what is appended later never shows. A moment is a seq
   * (0: before the first event), a Date, or an ISO 8601 text: the last event whose `time` is not after it. A time after the last
   * event is the head. Close it when done; closing this daybook closes it too.
   * @throws MomentAheadError for a seq above the head or a time still to come @throws InvalidOptionError @throws LogCorruptError
   */
  async at(moment: Moment): Promise<Daybook> {
    this.#assertOpen();
    return this.#pending.track(this.#openPast(moment));
  }

  async #openPast(moment: Moment): Promise<Daybook> {
    const { pastOf } = await import("./daybook-past.js");
    const { core, options, asOf } = await pastOf(this.core, this.options, moment);
    const book = new Daybook(core, options, asOf);
    const forget = this.onClose(() => book.close());
    book.onClose(forget);
    if (this.#closing === undefined) return book;
    await book.close();
    throw new LogClosedError();
  }

  /**
   * The events as they leave for elsewhere, in their order and as the log holds them: for `import` of another daybook, or as CloudEvents 1.0.
   * Nothing is looked at before somebody iterates, and is read no faster than they do.
   * The iteration throws InvalidOptionError, InvalidIdError, MomentAheadError, and LogCorruptError behind the last good event.
   */
  export<Format extends EventFormat = "ndjson">(options: ExportOptions<Format> = {}): AsyncIterable<Format extends "ndjson" ? ExportedEvent : CloudEvent> {
    this.#assertOpen();
    const events = this.#exported(options);
    return events as AsyncIterable<Format extends "ndjson" ? ExportedEvent : CloudEvent>;
  }

  async *#exported(options: ExportOptions): AsyncGenerator<ExportedEvent | CloudEvent> {
    const { checkExport, exportEvents } = await import("./replay/moving/export-events.js");
    checkExport(options);
    yield* exportEvents(this.core, this.options.clock, () => this.#assertOpen(), options);
  }

  /**
   * Takes events of another daybook, or CloudEvents, into the log: who appended them, their streams, types and data stay, `at` is their moment of
   * origin, seqs are new. What is here already adds nothing, also after an import that was stopped half-way. A stream that is here and
   * did not come from there is a conflict: it is left as it is, and reported. Reads no faster than it appends.
   * @throws InvalidOptionError @throws ImportUnreadableError for a line that cannot be read; all before it is in @throws LogReadOnlyError
   * @throws what `log.append` throws when the log cannot be written, and what the source throws
   */
  async import(source: EventSource, options: EventImportOptions = {}): Promise<EventImportReport> {
    this.#assertWritable();
    const { checkImport, importEvents } = await import("./replay/moving/import-events.js");
    checkImport(options);
    return importEvents(this.core, this.#context, { assertOpen: () => this.#assertOpen(), pending: this.#pending }, source, options);
  }

  /**
   * The events of one run, stream or operation, in order, up to the head at the call. Older schema versions are brought up to date. What is wrong
   * with the options is thrown at the first step; so is damage, behind the last good event.
   * @throws InvalidOptionError @throws InvalidIdError @throws MomentAheadError @throws RunNotFoundError @throws AmbiguousRunError
   * @throws OperationNotFoundError @throws LogCorruptError
   */
  history(options: HistoryOptions): AsyncIterable<RecordedEvent> {
    return later(this.#trail().then((trail) => trail.history(options)));
  }

  /**
   * As {@link history}, with what each event changed in the record of its run (field, old value, new value) and a line that says so. Changes are
   * told from the run's first event on, whatever `from` is.
   * @throws ProjectionFailedError where the view of runs cannot be folded, and everything that `history` does
   */
  changes(options: HistoryOptions): AsyncIterable<HistoryChange> {
    return later(this.#trail().then((trail) => trail.changes(options)));
  }

  /**
   * The fields of a run's record, each with the event, the time and the participant that set it last. `run` is its address, as in
   * {@link history}. Left out is what is derived (`liveness`) and `history`, which says so itself.
   * @throws RunNotFoundError @throws AmbiguousRunError @throws InvalidIdError @throws InvalidOptionError @throws LogCorruptError
   */
  async blame(run: string, options: { readonly signal?: AbortSignal } = {}): Promise<FieldBlame[]> {
    return (await this.#trail()).blame(run, options);
  }

  /**
   * What changed in a view from one moment to another, as a JSON Patch (RFC 6902): applied to the view at `a` it gives the view at `b`, whichever
   * is the earlier one. Values are copies.
   * @throws MomentAheadError @throws ProjectionUnknownError @throws ProjectionFailedError @throws InvalidOptionError @throws LogCorruptError
   */
  async diff(a: Moment, b: Moment, options: DiffOptions = {}): Promise<PatchOperation[]> {
    return (await this.#trail()).diff(a, b, options);
  }

  /**
   * Checks the log: by default the chain of sealed segments, every segment's size and header, and all of what is not sealed;
   * with `full` every byte. With `key`, every closed segment has to be covered by a signature of that key; with `since`, everything up to a
   * saved head has to be there unchanged; both read the sealed segments they speak of. Reads only, and lists every fault. What finds which
   * change: docs/audit.md.
   * @throws KeyUnreadableError @throws HeadUnreadableError @throws ProofUnavailableError for `key` or `since` on a log in memory
   */
  async verify(options: VerifyOptions = {}): Promise<Verification> {
    this.#assertOpen();
    checkObject(options);
    checkSignal(options.signal);
    checkFunction("onProgress", options.onProgress);
    if (options.key !== undefined) checkedKey("key", options.key);
    const { verify } = await import("./replay/verify.js");
    return verify(this.core.backend, this.core.engine, options);
  }

  /**
   * The end of the log as plain data, to be kept elsewhere: `verify({ since })` proves later that everything up to it is unchanged and that nothing
   * was cut off. Signed by `signingKey`, else by the daybook's own; without either, unsigned. Of a daybook opened for writing, what it speaks of is on
   * the disk; a read-only one cannot see to that.
   * @throws LogCorruptError of a damaged log @throws KeyUnreadableError @throws ProofUnavailableError of a log in memory, or a past
   */
  async proof(options: ProofOptions = {}): Promise<SavedHead> {
    this.#assertOpen();
    checkObject(options);
    checkSignal(options.signal);
    if (options.signingKey !== undefined) checkedKey("signingKey", options.signingKey);
    const { proof } = await import("./replay/proof.js");
    const signingKey = options.signingKey ?? this.options.signingKey;
    return this.#pending.track(proof(this.core.backend, { ...options, ...(signingKey === undefined ? {} : { signingKey }) }));
  }

  /**
   * Compresses sealed segments, in their order: they are read as before, by every process, and their digests stay the same. Safe while others read and append. What is
   * left of a killed call does no harm, and the next call tidies it.
   * @throws LogReadOnlyError @throws LogCorruptError for a segment that is not as it was sealed @throws WriteFailedError
   * @throws LockTimeoutError when another process compresses this log
   */
  async compress(options: CompressOptions = {}): Promise<CompressReport> {
    const { resolveCompression } = await import("./log/compressed/compression.js");
    return this.#convert(resolveCompression(options));
  }

  /** Makes plain files of all compressed segments again. Errors as of {@link compress}. */
  async decompress(options: DecompressOptions = {}): Promise<CompressReport> {
    const { resolveDecompression } = await import("./log/compressed/compression.js");
    return this.#convert(resolveDecompression(options));
  }

  #convert(resolved: ResolvedCompression): Promise<CompressReport> {
    if (resolved.dryRun) this.#assertOpen();
    else this.#assertWritable();
    const { backend } = this.core;
    return this.#pending.track(backend.compress?.(resolved) ?? Promise.resolve({ segments: [], dryRun: resolved.dryRun }));
  }

  /** Drops projections and folds them again from the first event; the report says where the views had drifted. */
  async rebuild(options: RebuildOptions = {}): Promise<RebuildReport> {
    this.#assertOpen();
    checkObject(options);
    checkSignal(options.signal);
    checkFunction("onProgress", options.onProgress);
    checkTexts("projections", options.projections);
    checkWhole("parallel", options.parallel, 1, 64);
    if (options.check !== true) this.#assertWritable();
    const { rebuild } = await import("./replay/rebuild.js");
    return rebuild(this.core.backend, this.core.engine, this.core.reading, options, this.core.apart);
  }

  /**
   * Copies this daybook to another folder, while everybody goes on writing; the same folder again takes what is new. See `backupLog`.
   * Of a daybook in a folder only, and not of a past.
   * @throws TargetRefusedError @throws LogForkedError @throws LogCorruptError @throws WriteFailedError @throws InvalidOptionError
   */
  async backup(to: string, options: RescueOptions = {}): Promise<BackupReport> {
    this.#assertOpen();
    const { backupOf } = await import("./log/rescue/backup-log.js");
    return this.#pending.track(backupOf(this.core.backend, this.core.root, to, options));
  }

  /** Waits for what is under way, and lets go of the root. Twice is once. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      // All of them now: what is called from inside of a stream's handler ends that stream at once.
      await Promise.allSettled(Array.from(this.#onClose, async (callback) => await callback()));
      await this.#pending.whenIdle();
      // What was under way is in it, and the log can still be read.
      await this.#materializer?.close();
      await this.core.release();
    })();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @internal Begins to keep `metadata.json`, if it is to be kept. @throws MetadataForeignError */
  async materialize(): Promise<void> {
    if (this.options.materialize === undefined) return;
    const { engine, root } = this.core;
    const [{ Materializer }, { MetadataFile }] = await Promise.all([import("./ledgers/moving/materializer.js"), import("./ledgers/moving/metadata-file.js")]);
    const materializer = new Materializer(new MetadataFile(this.#metadataPath, root), () => engine.query(runsProjection.name), this.options.lockTimeoutMs);
    await materializer.start();
    this.#materializer = materializer;
  }

  /** @internal Calls back when closing begins, before anything is closed; gives the way to take that back. */
  onClose(callback: () => void | Promise<void>): () => void {
    // A wrapper of its own, so that one function may be registered twice.
    const entry = (): void | Promise<void> => callback();
    this.#onClose.add(entry);
    return () => void this.#onClose.delete(entry);
  }

  /** Looking back is loaded by the first who does; what was appended after the call does not show. */
  #trail(): Promise<DaybookTrail> {
    this.#assertOpen();
    const head = this.core.backend.head();
    head.catch(() => undefined);
    return import("./daybook-trail.js").then(({ DaybookTrail }) => new DaybookTrail(this, head));
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new LogClosedError();
  }

  #assertWritable(): void {
    this.#assertOpen();
    if (this.options.readOnly) throw new LogReadOnlyError();
  }
}
