import { LogClosedError } from "../../base/errors.js";
import type { Daybook } from "../../daybook.js";
import type { HashPart } from "../../events/checkpoint-events.js";
import { PendingWork } from "../../pending-work.js";
import type { NamedInputs } from "./hashing/hash-arguments.js";
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
