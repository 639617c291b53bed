import { checkedFlag, checkKnown, checkObject } from "../../base/checks.js";
import { LogClosedError, NothingRegisteredError } from "../../base/errors.js";
import type { Daybook } from "../../daybook.js";
import type { HashPart } from "../../events/checkpoint-events.js";
import type { JsonObject } from "../../events/recorded-event.js";
import { PendingWork } from "../../pending-work.js";
import type { CareOptions } from "./care/care-options.js";
import { compressCheckpoints } from "./care/compress.js";
import type { CompressCheckpointsOptions, CompressCheckpointsReport } from "./care/compress.js";
import { gc } from "./care/gc.js";
import type { GcOptions, GcReport } from "./care/gc.js";
import { pin, unpin } from "./care/pin.js";
import type { PinOptions } from "./care/pin.js";
import type { RetentionPolicy } from "./care/policy.js";
import { prune } from "./care/prune.js";
import type { PruneOptions, PruneReport } from "./care/prune.js";
import { verifyCheckpoints } from "./care/verify-checkpoints.js";
import type { CheckpointsVerification } from "./care/verify-checkpoints.js";
import type { HashDiff } from "./compare/compare-experiments.js";
import type { Lineage } from "./compare/lineage.js";
import type { DataState } from "./data-state/data-state.js";
import { lasting } from "./data-state/lasting.js";
import { getCheckpointInfo, listCheckpoints, listExperimentHashes } from "./loading/list-checkpoints.js";
import type { CheckpointEntry, CheckpointInfo, ListCheckpointsOptions } from "./loading/list-checkpoints.js";
import { loadBestCheckpoint, loadCheckpoint, loadLatestCheckpoint } from "./loading/load-checkpoint.js";
import type { LoadedCheckpoint } from "./loading/load-checkpoint.js";
import { loadDataState } from "./loading/load-data-state.js";
import type { LoadDataStateOptions } from "./loading/load-data-state.js";
import { loadHash } from "./loading/load-hash.js";
import type { LoadedHash, LoadHashOptions } from "./loading/load-hash.js";
import type { LoadBestOptions, LoadCheckpointOptions, LoadOptions } from "./loading/load-options.js";
import { loadArchitecture, loadConfig } from "./loading/load-parts.js";
import type { LoadConfigOptions, LoadPartOptions } from "./loading/load-parts.js";
import { resume } from "./loading/resume.js";
import type { ResumeOptions, ResumePoint } from "./loading/resume.js";
import { diffHashes, lineageHere } from "./manager/compare-hashes-of-log.js";
import { dumpedFile, dumpPending, pendingOf } from "./manager/dump-pending.js";
import { InTurn } from "../in-turn.js";
import type { CheckpointManagerOptions } from "./manager/manager-options.js";
import { openContext } from "./manager/open-context.js";
import type { ManagerContext, OpenedContext } from "./manager/open-context.js";
import { prepareSave } from "./manager/prepare-save.js";
import { checkedName, meant } from "./manager/registers.js";
import { saveCheckpoint } from "./manager/save-checkpoint.js";
import { fileName, folderHere, namedConfig, saveDataBackup, saveNamedConfig } from "./manager/save-files.js";
import type { DataBackupOptions } from "./manager/save-files.js";
import type { SaveCheckpointOptions } from "./manager/save-options.js";
import { registrable } from "./manager/manager-input.js";
import { updateOptions } from "./manager/update-options.js";
import type { HashUpdate, UpdateHashOptions } from "./manager/update-options.js";
import { tellCollisions, updateHash } from "./manager/update-hash.js";
import type { HashedUpdate } from "./manager/update-hash.js";
import { hashedUpdate } from "./manager/update-inputs.js";

/**
 * Keeps the experiment hashes and the checkpoints of one line of work in a daybook (seeds: checkpoint-v3). Everything is an event, and every file is durable
 * before the event that names it. Any number of processes may have a manager of the same experiment; each saves under the hash that it came to itself.
 * On a daybook as of a moment it reads as of then, and what would write rejects with `LOG_READ_ONLY`.
 */
export class CheckpointManager {
  readonly #opened: OpenedContext;
  readonly #turns = new InTurn();
  readonly #work = new PendingWork();
  #loads = 0;
  #closing: Promise<void> | undefined;

  private constructor(opened: OpenedContext) {
    this.#opened = opened;
  }

  /**
   * A manager in an open daybook, or in the daybook of a folder, which is opened (and made where there is none) and then belongs to this manager: close it. It
   * stands where its experiment does.
   * @param place default `"root_experiment"`
   * @throws InvalidOptionError @throws InvalidIdError and what `openDaybook` throws
   */
  static async open(place: Daybook | string = "root_experiment", options: CheckpointManagerOptions = {}): Promise<CheckpointManager> {
    return new CheckpointManager(await openContext(place, options));
  }

  get #context(): ManagerContext {
    return this.#opened.context;
  }

  /** The daybook that everything is kept in. */
  get book(): Daybook {
    return this.#opened.book;
  }

  /** Absolute path of the daybook's root. */
  get root(): string {
    return this.book.root;
  }

  get experiment(): string {
    return this.#context.experiment;
  }

  /** The hash that this manager is at, as the name of its folder; undefined before the first. */
  get currentHash(): string | undefined {
    return this.#context.position?.folder;
  }

  /** @internal Calls are refused: it is closed, or its daybook is. */
  get closed(): boolean {
    try {
      this.book.log.assertOpen();
      return this.#closing !== undefined;
    } catch {
      return true;
    }
  }

  /** @internal How often something was loaded. */
  get loads(): number {
    return this.#loads;
  }

  /** @internal What is registered. */
  get registered(): ManagerContext["registered"] {
    return this.#context.registered;
  }

  /** A model that calls use which are given none, under a name. A later one of that name takes its place. @throws InvalidOptionError */
  registerModel(name: string, model: unknown): this {
    this.registered.models.set(checkedName("name", name), registrable("model", model));
    return this;
  }

  /** As {@link registerModel}. @throws InvalidOptionError */
  registerOptimizer(name: string, optimizer: unknown): this {
    this.registered.optimizers.set(checkedName("name", name), registrable("optimizer", optimizer));
    return this;
  }

  /** The configuration that calls use which are given none, and that loading another hash puts its own into. @throws InvalidOptionError */
  registerConfig(config: object): this {
    this.registered.config = registrable("config", config) as object;
    return this;
  }

  /** As {@link registerConfig}, the state of the data; a copy, where it is an iterator. @throws InvalidOptionError @throws UnhashablePartError for an iterator of what are no uids */
  registerDataState(dataState: unknown): this {
    this.registered.dataState = lasting(registrable("dataState", dataState));
    return this;
  }

  /**
   * Says what the experiment is made of by now. Where that is another hash, `hash.updated` is appended and what changed is pending: it is put into the hash's
   * folder when training resumes, as it was at this call, whatever becomes of the objects. Where nothing changed, nothing is appended. Without any part it is
   * what is registered.
   * @throws UnhashablePartError naming the part and the place @throws NothingRegisteredError @throws InvalidOptionError
   */
  updateExperimentHash(given: UpdateHashOptions = {}): Promise<HashUpdate> {
    return this.#call(async () => {
      checkObject(given);
      checkKnown(given, updateOptions);
      const now = checkedFlag("dumpImmediately", given.dumpImmediately) || checkedFlag("force", given.force);
      return await this.#update(hashedUpdate(this.#context, given), { dump: now });
    });
  }

  /** Whether anything is not in the hash's folder yet, and which parts. */
  hasPendingChanges(): Promise<[boolean, Set<HashPart>]> {
    return this.#call(async () => {
      const parts = await pendingOf(this.#context);
      return [parts.length > 0, new Set(parts)];
    });
  }

  /**
   * Puts what is pending into the hash's folder. With `force` the files are looked at where nothing is pending, and written anew when they are damaged.
   * @returns whether there was something to do
   */
  dumpPendingChanges(given: { readonly force?: boolean | undefined } = {}): Promise<boolean> {
    return this.#call(async () => {
      checkObject(given);
      checkKnown(given, ["force"]);
      const options = { force: checkedFlag("force", given.force) };
      return await this.#turns.do(() => dumpPending(this.#context, options));
    });
  }

  /**
   * Saves a checkpoint: dumps what is pending, puts the weights and the optimizer's state into the hash's folder, and appends `checkpoint.saved`. A step may be
   * saved again: both stay in the history, and the later one is loaded. Where it fails, no event names what was written.
   * @returns where the weights are: an absolute path, or what the artifact store says
   * @throws NothingRegisteredError before there is a model or a hash @throws ModelUnsupportedError @throws InvalidOptionError @throws WriteFailedError
   */
  saveModelCheckpoint(options: SaveCheckpointOptions = {}): Promise<string> {
    return this.#call(async () => {
      const prepared = prepareSave(this.#context, options);
      const begin = async (): Promise<string> => {
        if (this.#context.position === undefined) await updateHash(this.#context, hashedUpdate(this.#context, { model: prepared.model ?? undefined }));
        await dumpPending(this.#context, { force: prepared.force });
        return folderHere(this.#context);
      };
      const save = (folder: string): ReturnType<typeof saveCheckpoint> => saveCheckpoint(this.#context, folder, prepared);
      // A step that follows the last one waits until that is known.
      const { weights } = prepared.step === undefined ? await this.#turns.do(async () => await save(await begin())) : await save(await this.#turns.do(begin));
      return this.#context.artifacts.locate(weights.path);
    });
  }

  /**
   * Puts the architecture into the hash's folder; that of another model is an update of the hash first. Without a model it is the registered one, or else that of the
   * hash. @returns where it is @throws NothingRegisteredError @throws UnhashablePartError
   */
  saveModelArchitecture(model?: unknown, modelName?: string): Promise<string> {
    return this.#call(async () => await this.#saveParts("model", meant("model", this.registered.models, model, modelName)?.value, "architecture"));
  }

  /**
   * Puts a configuration into the hash's folder. The one of the name `config` is the one that is hashed: other content is an update of the hash first. Those of
   * other names are stored as they are.
   * @returns where it is @throws UnhashablePartError for what is no JSON @throws InvalidOptionError
   */
  saveConfig(config?: object, configName = "config"): Promise<string> {
    return this.#call(async () => {
      if (fileName("configName", configName) === "config") return await this.#saveParts("config", config ?? this.registered.config, "config");
      const content = namedConfig(config);
      return await this.#turns.do(() => saveNamedConfig(this.#context, content, configName));
    });
  }

  /** As {@link saveModelArchitecture}, the state of the data. */
  saveDataState(dataState?: unknown): Promise<string> {
    return this.#call(async () => await this.#saveParts("data", dataState ?? this.registered.dataState, "data-state"));
  }

  /**
   * Copies a file of data into the hash's folder. @param options a `backupName`, also by itself; default: the file's name without its extension
   * @returns where the copy is @throws NothingRegisteredError before the first hash @throws ReadFailedError @throws InvalidOptionError
   */
  saveDataBackup(path: string, options: DataBackupOptions | string = {}): Promise<string> {
    return this.#call(async () => await this.#turns.do(() => saveDataBackup(this.#context, path, typeof options === "string" ? { backupName: options } : options)));
  }

  /**
   * Loads the newest checkpoint of a hash, by default of the one that this manager is at; undefined when there is none. Everything is read and verified first; then all of it is put
   * where it belongs and recorded, or nothing is.
   * @throws CheckpointNotFoundError for an unknown hash @throws ArtifactCorruptError for files that are missing or altered, unless `fallback` finds others
   * @throws ModelUnsupportedError when what was saved does not fit @throws NothingRegisteredError @throws InvalidOptionError
   */
  loadLatestCheckpoint(options: LoadOptions = {}): Promise<LoadedCheckpoint | undefined> {
    return this.#load(() => loadLatestCheckpoint(this.#context, options));
  }

  /** As {@link loadLatestCheckpoint}, of a certain step, or of the nearest. @throws CheckpointNotFoundError also when that step was not saved, and as there */
  loadCheckpoint(options: LoadCheckpointOptions = {}): Promise<LoadedCheckpoint> {
    return this.#load(() => loadCheckpoint(this.#context, options));
  }

  /** As {@link loadLatestCheckpoint}, of the best by a number in the metadata. @throws CheckpointNotFoundError also when none has that number, and as there */
  loadBestCheckpoint(options: LoadBestOptions): Promise<LoadedCheckpoint> {
    return this.#load(() => loadBestCheckpoint(this.#context, options));
  }

  /**
   * Goes to a hash without its weights: configuration and data state are put into what is registered, and this manager and its experiment stand there, recorded.
   * @throws CheckpointNotFoundError for an unknown hash @throws ArtifactCorruptError @throws InvalidOptionError
   */
  loadHash(hash: string, options: LoadHashOptions = {}): Promise<LoadedHash> {
    return this.#load(() => loadHash(this.#context, hash, options));
  }

  /**
   * Says which step to go on with, and restores what is given or registered from the newest intact checkpoint of this line: of the hash that the manager is at, else of those it
   * came from with the same model. The hash stays what it is, pending or not.
   * @throws ArtifactCorruptError when there are checkpoints and none of them is intact @throws ModelUnsupportedError @throws NothingRegisteredError @throws InvalidOptionError
   */
  resume(options: ResumeOptions = {}): Promise<ResumePoint> {
    return this.#load(() => resume(this.#context, options));
  }

  /** The configuration of a hash, or another one that was saved beside it; undefined where there is none. @throws CheckpointNotFoundError @throws ArtifactCorruptError */
  loadConfig(hash?: string, options: LoadConfigOptions = {}): Promise<JsonObject | undefined> {
    return this.#call(() => loadConfig(this.#context, hash, options));
  }

  /** The data state of a hash, a new one each time; undefined where it has none. @throws CheckpointNotFoundError @throws ArtifactCorruptError */
  loadDataState(hash?: string, options: LoadDataStateOptions = {}): Promise<DataState | undefined> {
    return this.#call(() => loadDataState(this.#context, hash, options));
  }

  /** The architecture of a hash, as it was described; undefined where it has none. @throws CheckpointNotFoundError @throws ArtifactCorruptError */
  loadArchitecture(hash?: string, options: LoadPartOptions = {}): Promise<JsonObject | undefined> {
    return this.#call(() => loadArchitecture(this.#context, hash, options));
  }

  /** The folders of all hashes that experiments of this root came to, oldest first. */
  listExperimentHashes(): Promise<string[]> {
    return this.#call(() => listExperimentHashes(this.#context));
  }

  /** The checkpoints that the log knows: by hash, oldest first, and of each the steps in rising order. @throws CheckpointNotFoundError @throws InvalidOptionError */
  listCheckpoints(options: ListCheckpointsOptions = {}): Promise<CheckpointEntry[]> {
    return this.#call(() => listCheckpoints(this.#context, options));
  }

  /** What is in a hash's folder, by default of the one that this manager is at; undefined before the first. @throws CheckpointNotFoundError for an unknown hash */
  getCheckpointInfo(hash?: string): Promise<CheckpointInfo | undefined> {
    return this.#call(() => getCheckpointInfo(this.#context, hash));
  }

  /** How what is behind one hash differs from what is behind another; of each kind of change `mostSamples` uids, default 20. @throws CheckpointNotFoundError @throws ArtifactCorruptError @throws InvalidOptionError */
  diffHashes(a: string, b: string, options: { readonly mostSamples?: number } = {}): Promise<HashDiff> {
    return this.#call(() => diffHashes(this.#context, a, b, options));
  }

  /** Which hash came from which, and by what change, over all experiments of the root. */
  lineage(): Promise<Lineage> {
    return this.#call(() => lineageHere(this.#context));
  }

  /**
   * Gives up the checkpoints of this root that a policy does not keep: first in the log, then on the disk. What is pinned stays, the newest of each hash, where
   * another line began, and of each hash one checkpoint that was read and found intact.
   * @throws InvalidOptionError @throws LogReadOnlyError
   */
  prune(policy: RetentionPolicy, options: PruneOptions = {}): Promise<PruneReport> {
    return this.#call(() => prune(this.#context, policy, options));
  }

  /** Retention passes over a checkpoint from now on. @returns false when it is pinned already, for that reason @throws CheckpointNotFoundError @throws InvalidOptionError */
  pin(options: PinOptions): Promise<boolean> {
    return this.#call(() => pin(this.#context, options));
  }

  /** Retention decides about a checkpoint again. @returns false when it was not pinned @throws CheckpointNotFoundError @throws InvalidOptionError */
  unpin(options: PinOptions): Promise<boolean> {
    return this.#call(() => unpin(this.#context, options));
  }

  /** Compresses the files of old checkpoints with gzip; who loads them does not notice. @throws InvalidOptionError @throws WriteFailedError */
  compressCheckpoints(options: CompressCheckpointsOptions = {}): Promise<CompressCheckpointsReport> {
    return this.#call(() => compressCheckpoints(this.#context, options));
  }

  /** Deletes files below `checkpoints/` that no event speaks of, and what was pruned and is still there, once they are an hour old. @throws InvalidOptionError */
  gc(options: GcOptions = {}): Promise<GcReport> {
    return this.#call(() => gc(this.#context, options));
  }

  /** Reads every file that the log speaks of, and says which are missing or altered, and which files it does not speak of. @throws InvalidOptionError */
  verifyCheckpoints(options: CareOptions = {}): Promise<CheckpointsVerification> {
    return this.#call(() => verifyCheckpoints(this.#context, options));
  }

  /** Waits for what is under way; then closes the daybook, if it was opened for this manager. Closing twice is closing once. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      await this.#work.whenIdle();
      if (this.#opened.owns) await this.book.close();
    })();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** What was hashed at the call is told in the log when its turn comes. */
  async #update(update: HashedUpdate, { dump }: { readonly dump: boolean }): Promise<HashUpdate> {
    const { position, changed, collides } = await this.#turns.do(async () => {
      const decided = await updateHash(this.#context, update);
      if (dump) await dumpPending(this.#context);
      return decided;
    });
    tellCollisions(this.#context, position.folder, collides);
    return [position.folder, changed.length > 0, new Set(changed)];
  }

  /** Updates a part, if there is one to go by, and sees to it that its file is in the folder. */
  async #saveParts(part: HashPart, value: unknown, role: string): Promise<string> {
    if (value !== undefined) await this.#update(hashedUpdate(this.#context, { [part === "data" ? "dataState" : part]: value }), { dump: true });
    return await this.#turns.do(async () => {
      await dumpPending(this.#context, { force: true });
      const file = await dumpedFile(this.#context, role);
      if (file !== undefined) return file;
      const what = part === "data" ? "data state" : part;
      throw new NothingRegisteredError(what, `There is no ${what} to save: give one, or register one`);
    });
  }

  /** What moves the manager waits for its turn. */
  #load<T>(load: () => Promise<T>): Promise<T> {
    return this.#call(() =>
      this.#turns.do(async () => {
        const loaded = await load();
        this.#loads += 1;
        return loaded;
      }),
    );
  }

  /** Counts a call, and refuses it once the manager is closed. What goes wrong at the call itself rejects, too. */
  #call<T>(call: () => Promise<T>): Promise<T> {
    return this.#work.track(
      (async () => {
        if (this.#closing !== undefined) throw new LogClosedError();
        return await call();
      })(),
    );
  }
}
