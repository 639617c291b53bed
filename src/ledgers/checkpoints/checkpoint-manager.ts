import { LogClosedError } from "../../base/errors.js";
import type { Daybook } from "../../daybook.js";
import type { HashPart } from "../../events/checkpoint-events.js";
import type { JsonObject } from "../../events/recorded-event.js";
import { PendingWork } from "../../pending-work.js";
import type { DataState } from "./data-state/data-state.js";
import type { NamedInputs } from "./hashing/hash-arguments.js";
import { listCheckpoints, getCheckpointInfo, listExperimentHashes } from "./loading/list-checkpoints.js";
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
import { dumpPending, pendingOf } from "./manager/dump-pending.js";
import { InTurn } from "./manager/in-turn.js";
import type { CheckpointManagerOptions } from "./manager/manager-options.js";
import { openContext } from "./manager/open-context.js";
import type { ManagerContext, OpenedContext } from "./manager/open-context.js";
import { checkedName } from "./manager/registers.js";
import { hashedUpdate } from "./manager/update-inputs.js";
import { updateHash } from "./manager/update-hash.js";

/** What an experiment is made of by now, and whether that is dumped at once. */
export interface UpdateHashOptions extends NamedInputs {
  /** Put what is pending into the hash's folder at once. Default false: when training resumes. */
  readonly dumpImmediately?: boolean;
  /** The same. */
  readonly force?: boolean;
}

/** The hash that an experiment is at now, whether it is another one than before, and the parts in which it is. */
export type HashUpdate = [hash: string, isNew: boolean, changed: Set<HashPart>];

/** Keeps the experiment hashes and the checkpoints of one line of work in a daybook. */
export class CheckpointManager {
  readonly #opened: OpenedContext;
  readonly #turns = new InTurn();
  readonly #work = new PendingWork();
  #closing: Promise<void> | undefined;

  private constructor(opened: OpenedContext) {
    this.#opened = opened;
  }

  /**
   * A manager in an open daybook, or in the daybook of a folder, which is opened (and made where there is none) and then belongs to this manager: close it.
   * @throws InvalidOptionError @throws InvalidIdError and what `openDaybook` throws
   */
  static async open(place: Daybook | string = "root_experiment", options: CheckpointManagerOptions = {}): Promise<CheckpointManager> {
    return new CheckpointManager(await openContext(place, options));
  }

  get #context(): ManagerContext {
    return this.#opened.context;
  }

  /** The daybook that it keeps them in. */
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

  /** The hash that this manager is at; undefined before the first. */
  get currentHash(): string | undefined {
    return this.#context.position?.folder;
  }

  /** Models that calls use which are given none, by name. A later one of the same name takes its place. @throws InvalidOptionError */
  registerModel(name: string, model: unknown): void {
    this.#context.registered.models.set(checkedName("name", name), model);
  }

  /** As {@link registerModel}. @throws InvalidOptionError */
  registerOptimizer(name: string, optimizer: unknown): void {
    this.#context.registered.optimizers.set(checkedName("name", name), optimizer);
  }

  /** Says what the experiment is made of by now. */
  updateExperimentHash(given: UpdateHashOptions = {}): Promise<HashUpdate> {
    return this.#write(() => {
      const update = hashedUpdate(this.#context, given);
      return this.#turns.do(async (): Promise<HashUpdate> => {
        const { position, changed } = await updateHash(this.#context, update);
        if (given.dumpImmediately === true || given.force === true) await dumpPending(this.#context);
        return [position.folder, changed.length > 0, new Set(changed)];
      });
    });
  }

  /** Whether anything is not in the hash's folder yet, and which parts. */
  async hasPendingChanges(): Promise<[boolean, Set<HashPart>]> {
    return await this.#write(async () => {
      const parts = await pendingOf(this.#context);
      return [parts.length > 0, new Set(parts)];
    });
  }

  /** Puts what is pending into the hash's folder. @returns whether there was something to do */
  dumpPendingChanges(options: { readonly force?: boolean } = {}): Promise<boolean> {
    return this.#write(() => this.#turns.do(() => dumpPending(this.#context, options)));
  }

  /**
   * Loads the newest checkpoint of a hash, by default of the one that this manager is at; undefined when there is none. Everything is read and verified first; then all of it is put
   * where it belongs and recorded, or nothing is.
   * @throws CheckpointNotFoundError for an unknown hash @throws ArtifactCorruptError for files that are missing or altered, unless `fallback` finds others
   * @throws ModelUnsupportedError when what was saved does not fit @throws NothingRegisteredError @throws InvalidOptionError
   */
  loadLatestCheckpoint(options: LoadOptions = {}): Promise<LoadedCheckpoint | undefined> {
    return this.#inTurn(() => loadLatestCheckpoint(this.#context, options));
  }

  /** As {@link loadLatestCheckpoint}, of a certain step, or of the nearest. @throws CheckpointNotFoundError also when that step was not saved, and as there */
  loadCheckpoint(options: LoadCheckpointOptions = {}): Promise<LoadedCheckpoint> {
    return this.#inTurn(() => loadCheckpoint(this.#context, options));
  }

  /** As {@link loadLatestCheckpoint}, of the best by a number in the metadata. @throws CheckpointNotFoundError also when none has that number, and as there */
  loadBestCheckpoint(options: LoadBestOptions): Promise<LoadedCheckpoint> {
    return this.#inTurn(() => loadBestCheckpoint(this.#context, options));
  }

  /**
   * Goes to a hash without its weights: configuration and data state are put into what is registered, and this manager and its experiment stand there, recorded.
   * @throws CheckpointNotFoundError for an unknown hash @throws ArtifactCorruptError @throws InvalidOptionError
   */
  loadHash(hash: string, options: LoadHashOptions = {}): Promise<LoadedHash> {
    return this.#inTurn(() => loadHash(this.#context, hash, options));
  }

  /**
   * Says which step to go on with, and restores what is given or registered from the newest intact checkpoint of this line: of the hash that the manager is at, else of those it
   * came from with the same model. The hash stays what it is, pending or not.
   * @throws ArtifactCorruptError when there are checkpoints and none of them is intact @throws ModelUnsupportedError @throws NothingRegisteredError @throws InvalidOptionError
   */
  resume(options: ResumeOptions = {}): Promise<ResumePoint> {
    return this.#inTurn(() => resume(this.#context, options));
  }

  /** The configuration of a hash, or another one that was saved beside it; undefined where there is none. @throws CheckpointNotFoundError @throws ArtifactCorruptError */
  loadConfig(hash?: string, options: LoadConfigOptions = {}): Promise<JsonObject | undefined> {
    return this.#inTurn(() => loadConfig(this.#context, hash, options));
  }

  /** The data state of a hash; undefined where it has none. @throws CheckpointNotFoundError @throws ArtifactCorruptError */
  loadDataState(hash?: string, options: LoadDataStateOptions = {}): Promise<DataState | undefined> {
    return this.#inTurn(() => loadDataState(this.#context, hash, options));
  }

  /** The architecture of a hash, as it was described; undefined where it has none. @throws CheckpointNotFoundError @throws ArtifactCorruptError */
  loadArchitecture(hash?: string, options: LoadPartOptions = {}): Promise<JsonObject | undefined> {
    return this.#inTurn(() => loadArchitecture(this.#context, hash, options));
  }

  /** The folders of all hashes that experiments of this root came to, oldest first. */
  listExperimentHashes(): Promise<string[]> {
    return this.#inTurn(() => listExperimentHashes(this.#context));
  }

  /** What is in a hash's folder, by default of the one that this manager is at; undefined before the first. @throws CheckpointNotFoundError for an unknown hash */
  getCheckpointInfo(hash?: string): Promise<CheckpointInfo | undefined> {
    return this.#inTurn(() => getCheckpointInfo(this.#context, hash));
  }

  /** The checkpoints that the log knows: by hash, oldest first, and of each the steps in rising order. @throws CheckpointNotFoundError @throws InvalidOptionError */
  listCheckpoints(options: ListCheckpointsOptions = {}): Promise<CheckpointEntry[]> {
    return this.#inTurn(() => listCheckpoints(this.#context, options));
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

  /** Behind what was called before: a load may move where the manager stands. */
  #inTurn<T>(call: () => Promise<T>): Promise<T> {
    return this.#write(() => this.#turns.do(call));
  }

  /** Counts a call, and refuses it once the manager is closed. What goes wrong at the call itself rejects, too. */
  #write<T>(call: () => Promise<T>): Promise<T> {
    return this.#work.track(
      (async () => {
        if (this.#closing !== undefined) throw new LogClosedError();
        return await call();
      })(),
    );
  }
}
