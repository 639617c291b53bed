import { checkedFlag, checkedPath, checkKnown, checkObject, checkWhole } from "../../base/checks.js";
import { InvalidOptionError, NothingRegisteredError } from "../../base/errors.js";
import type { Daybook } from "../../daybook.js";
import { parseStep } from "../../events/checkpoint-names.js";
import { CheckpointManager } from "./checkpoint-manager.js";
import { lasting } from "./data-state/lasting.js";
import type { HashUpdate } from "./manager/update-options.js";
import { managerOptions } from "./manager/manager-options.js";
import type { CheckpointManagerOptions } from "./manager/manager-options.js";
import { meant, onlyRegistered } from "./manager/registers.js";
import { SavedSteps } from "./manager/saved-steps.js";

/** Where an automatic system keeps its checkpoints, and how often it saves one. */
export interface CheckpointSystemOptions extends CheckpointManagerOptions {
  /** The folder of the daybook. Default `"root_experiment"`; or give `book`. */
  readonly rootLogDir?: string;
  /** An open daybook. */
  readonly book?: Daybook;
  /** Save at multiples of this, 0 included. 0 or less: never. Default 100. */
  readonly checkpointFrequency?: number;
}

/** How a change is taken. */
export interface ChangeOptions {
  /** Put it into the hash's folder at once. Default false: with the next step. */
  readonly dumpImmediately?: boolean;
}

/** How a step is taken. */
export interface StepOptions {
  /** Look at the files of the hash's folder also where nothing is pending, and write them anew when they are damaged. Default false. */
  readonly forceDump?: boolean;
}

/** What a system is about. */
export interface CheckpointSystemStatus {
  readonly rootLogDir: string;
  readonly checkpointFrequency: number;
  readonly currentHash: string | undefined;
  /** The last step that was told; undefined before the first. */
  readonly currentStep: number | undefined;
  readonly lastCheckpointStep: number | undefined;
}

/**
 * Saves checkpoints while training goes on: it is told of every step and of what changed, and does the rest with what is registered. What it is given with a change
 * is registered from then on.
 */
export class AutomaticCheckpointSystem {
  #frequency = 100;
  #step: number | undefined;
  readonly #saved = new SavedSteps();

  private constructor(
    /** What it saves with. */
    readonly manager: CheckpointManager,
    frequency: number | undefined,
    private readonly onClose: (system: AutomaticCheckpointSystem) => void,
  ) {
    this.checkpointFrequency = frequency ?? this.#frequency;
  }

  /**
   * A system of its own. The one of the process is that of {@link getCheckpointSystem}.
   * @param onClose called when it is closed @throws as `CheckpointManager.open`
   */
  static async open(options: CheckpointSystemOptions = {}, onClose: (system: AutomaticCheckpointSystem) => void = () => undefined): Promise<AutomaticCheckpointSystem> {
    checkSystemOptions(options);
    const { rootLogDir, book, checkpointFrequency, ...others } = options;
    return new AutomaticCheckpointSystem(await CheckpointManager.open(book ?? rootLogDir, others), checkpointFrequency, onClose);
  }

  /** Saves at multiples of this; 0 or less: never. May be set while training. @throws InvalidOptionError */
  get checkpointFrequency(): number {
    return this.#frequency;
  }

  set checkpointFrequency(frequency: number) {
    checkFrequency(frequency);
    this.#frequency = frequency;
  }

  /** See {@link CheckpointManager.registerModel}. */
  registerModel(name: string, model: unknown): this {
    this.manager.registerModel(name, model);
    return this;
  }

  /** See {@link CheckpointManager.registerOptimizer}. */
  registerOptimizer(name: string, optimizer: unknown): this {
    this.manager.registerOptimizer(name, optimizer);
    return this;
  }

  /** See {@link CheckpointManager.registerConfig}. */
  registerConfig(config: object): this {
    this.manager.registerConfig(config);
    return this;
  }

  /** See {@link CheckpointManager.registerDataState}. */
  registerDataState(dataState: unknown): this {
    this.manager.registerDataState(dataState);
    return this;
  }

  /**
   * A step of training was done: puts into the hash's folder what is pending, and saves a checkpoint where the step is a multiple of the frequency; each
   * step once under a hash, until something is loaded.
   * @param step default: the one after the last
   * @returns where the weights are, when a checkpoint was saved
   * @throws NothingRegisteredError when nothing is registered and there is no hash, or no model at a step that is to be saved
   */
  async checkpointOnStep(step?: number, options: StepOptions = {}): Promise<string | undefined> {
    const now = step === undefined ? (this.#step ?? -1) + 1 : parseStep(step);
    const force = onlyFlag("forceDump", options);
    this.#step = now;
    const { manager } = this;
    if (this.#frequency > 0 && now % this.#frequency === 0 && this.#saved.begin(manager, now)) {
      try {
        const path = await manager.saveModelCheckpoint({ step: now, forceDumpPending: force });
        this.#saved.done(manager, now);
        return path;
      } catch (error) {
        this.#saved.failed(manager, now);
        throw error;
      }
    }
    if (manager.currentHash === undefined) {
      // Nothing to be done for nobody, where it is switched off.
      if (this.#frequency <= 0 && !this.#hasSomething()) return undefined;
      await manager.updateExperimentHash({ dumpImmediately: true });
      return undefined;
    }
    await manager.dumpPendingChanges({ force });
    return undefined;
  }

  /** The model has another architecture, or is another one. @param model default: the one registered @throws NothingRegisteredError @throws UnhashablePartError */
  checkpointOnModelChange(model?: unknown, options: ChangeOptions = {}): Promise<HashUpdate> {
    return this.#change("model", model, () => meant("model", this.manager.registered.models, undefined, undefined)?.value, options);
  }

  /** The configuration is another one. @param config default: the one registered @throws NothingRegisteredError @throws UnhashablePartError */
  checkpointOnConfigChange(config?: object, options: ChangeOptions = {}): Promise<HashUpdate> {
    return this.#change("config", config, () => this.manager.registered.config, options);
  }

  /** Samples were discarded, restored, tagged, added. @param dataState default: the one registered @throws NothingRegisteredError @throws UnhashablePartError */
  checkpointOnDataChange(dataState?: unknown, options: ChangeOptions = {}): Promise<HashUpdate> {
    return this.#change("dataState", dataState, () => this.manager.registered.dataState, options);
  }

  getStatus(): CheckpointSystemStatus {
    const { manager } = this;
    return { rootLogDir: manager.root, checkpointFrequency: this.#frequency, currentHash: manager.currentHash, currentStep: this.#step, lastCheckpointStep: this.#saved.last };
  }

  /** Waits for what is under way, and closes its manager. */
  async close(): Promise<void> {
    this.onClose(this);
    await this.manager.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #change(field: "model" | "config" | "dataState", given: unknown, registered: () => unknown, options: ChangeOptions): Promise<HashUpdate> {
    const dumpImmediately = onlyFlag("dumpImmediately", options);
    const lasts = field === "dataState" ? lasting(given) : given;
    const value = lasts ?? registered();
    const what = field === "dataState" ? "data state" : field;
    if (value === undefined) throw new NothingRegisteredError(what, `There is no ${what} whose change could be noted: give one, or register one`);
    const update = this.manager.updateExperimentHash({ [field]: value, dumpImmediately });
    if (given === undefined || given === null) return await update;
    const done = await update;
    const { manager } = this;
    if (field === "config") manager.registerConfig(given);
    else if (field === "dataState") manager.registerDataState(lasts);
    else manager.registerModel(onlyRegistered(manager.registered.models)?.name ?? "model", given);
    return done;
  }

  #hasSomething(): boolean {
    const { models, config, dataState } = this.manager.registered;
    return models.size > 0 || config !== undefined || dataState !== undefined;
  }
}

/** What says where a system is, and how often it saves; its manager checks the rest. @throws InvalidOptionError */
export function checkSystemOptions(options: CheckpointSystemOptions): void {
  checkObject(options);
  checkKnown(options, [...managerOptions, "rootLogDir", "book", "checkpointFrequency"]);
  const { rootLogDir, book } = options;
  if (book === null) throw new InvalidOptionError("book", "must be an open daybook, not null");
  if (rootLogDir !== undefined) checkedPath("rootLogDir", rootLogDir);
  if (book !== undefined && rootLogDir !== undefined) throw new InvalidOptionError("rootLogDir", "cannot be given together with book");
  checkFrequency(options.checkpointFrequency);
}

/** The flag that is the one option of a call. @throws InvalidOptionError */
function onlyFlag<Field extends string>(field: Field, options: { readonly [field in Field]?: boolean }): boolean {
  checkObject(options);
  checkKnown(options, [field]);
  return checkedFlag(field, options[field]);
}

function checkFrequency(frequency: unknown): void {
  checkWhole("checkpointFrequency", frequency, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
}
