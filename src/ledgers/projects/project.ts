import * as path from "node:path";
import { InvalidIdError, InvalidOptionError, LogReadOnlyError, preview } from "../../base/errors.js";
import { linkSignals } from "../../base/link-signals.js";
import { openDaybook } from "../../open-daybook.js";
import type { Daybook } from "../../daybook.js";
import { parseIdentifier, parseRelpath } from "../../events/names.js";
import { isDaybook } from "../is-daybook.js";
import { makeFolderInside } from "../folders.js";
import { selectRuns } from "../runs/run-query.js";
import type { RunFilter } from "../runs/run-query.js";
import { aggregateRuns, sourceOf } from "./aggregate.js";
import type { AggregateFormat, AggregateOptions, AggregateResult } from "./aggregate.js";
import { asSweep } from "../sweeps/chain.js";
import type { SweepLike } from "../sweeps/chain.js";
import { resolveProject, resolveSession } from "./project-options.js";
import type { ProjectOptions, ProjectSettings, SessionOptions } from "./project-options.js";
import { Session } from "./session.js";
import { RunnableSweep } from "./sweep/runnable-sweep.js";
import type { SweepOptions } from "./sweep/runnable-sweep.js";

/** What daybook itself keeps right below the root. */
const ownNames: ReadonlySet<string> = new Set(["daybook.json", "metadata.json", "metadata.json.new", "metadata.lock", "log", "quarantine", "snapshots", "index", "runs", "checkpoints", "warm-starts"]);

/**
 * A place in a daybook where runs belong together, under one relpath: makes sessions, and finds them. Opening one makes no folder
 * besides the daybook itself.
 */
export class Project {
  readonly #settings: ProjectSettings;
  readonly #owns: boolean;

  private constructor(
    readonly book: Daybook,
    settings: ProjectSettings,
    owns: boolean,
  ) {
    this.#settings = settings;
    this.#owns = owns;
  }

  /**
   * A project in an open daybook, or in the daybook of a folder, which is opened (and made where there is none) and then belongs to this
   * project: close it.
   * @throws InvalidOptionError @throws InvalidIdError and what `openDaybook` throws
   */
  static async open(place: Daybook | string, options: ProjectOptions = {}): Promise<Project> {
    const owns = typeof place === "string";
    const settings = resolveProject(options, owns);
    settings.signal?.throwIfAborted();
    if (owns) return new Project(await openDaybook(place, options.daybook), settings, true);
    if (!isDaybook(place)) throw new InvalidOptionError("place", `must be an open daybook or the path of a folder, not ${preview(place)}`);
    place.log.assertOpen();
    return new Project(place, settings, false);
  }

  /** Absolute path of the daybook's root. */
  get root(): string {
    return this.book.root;
  }

  /** Sub-folder namespace of this project's runs; `""` is the root. */
  get relpath(): string {
    return this.#settings.relpath;
  }

  /**
   * Absolute path of the project's own folder, `ROOT/RELPATH`, for what belongs to no single run: plots, tables, notes. The files of
   * runs are elsewhere, see `Session.folder`. Makes nothing.
   */
  get folder(): string {
    return path.join(this.root, ...(this.relpath === "" ? [] : this.relpath.split("/")));
  }

  /**
   * The project at a further relpath below this one, with its settings. Makes nothing, and closes nothing.
   * @throws InvalidIdError for `..`, an absolute path, or what else is no relpath
   */
  sub(name: string): Project {
    const below = parseRelpath(name ?? null);
    const relpath = parseRelpath([this.relpath, below].filter((part) => part !== "").join("/"));
    return new Project(this.book, { ...this.#settings, relpath }, false);
  }

  /**
   * Makes the project's own folder. @returns the project
   * @throws InvalidIdError where the relpath begins with a name that daybook keeps for itself, such as `log`: its runs are not concerned,
   * but a folder of that name is not the project's
   * @throws PathOutsideRootError when a symbolic link on the way leads out of the root @throws WriteFailedError @throws LogReadOnlyError
   * @throws LogClosedError
   */
  async ensureFolder(): Promise<this> {
    this.book.log.assertOpen();
    if (this.book.readOnly) throw new LogReadOnlyError();
    const [first = ""] = this.relpath.split("/");
    if (ownNames.has(first.toLowerCase())) throw new InvalidIdError("project folder", this.relpath, `daybook keeps ${preview(first)} for itself; use another relpath`);
    await makeFolderInside(this.root, this.folder);
    return this;
  }

  /**
   * A session for a run with these parameters: with `existingRuns: "resume"` the run that has them (the lowest uid, whatever its status)
   * or a new one, decided and recorded in one step over all processes, so that nobody makes a second one. Without parameters, or with
   * none in them, it is always a new run. What to do about a run that is there is said when it is taken up: see `Session.run`.
   * @throws InvalidIdError @throws InvalidOptionError @throws InvalidValueError for parameters that JSON would change
   */
  async session(identifier: string, params?: object, options: SessionOptions = {}): Promise<Session> {
    const { existingRuns, storage } = resolveSession(options, this.#settings);
    const { signal, unlink } = linkSignals(options.signal, this.#settings.signal);
    try {
      signal?.throwIfAborted();
      const { record, created, asked } = await this.book.runs.obtain(
        identifier,
        {
          relpath: this.relpath,
          storage,
          ...(params === undefined ? {} : { params }),
          ...(options.tags === undefined ? {} : { tags: options.tags }),
          ...(options.note === undefined ? {} : { note: options.note }),
          ...(signal === undefined ? {} : { signal }),
        },
        existingRuns === "resume",
      );
      return new Session(this.book, record, created, asked, this.#settings.signal);
    } finally {
      unlink();
    }
  }

  /**
   * A session for each run of an identifier at this very relpath, ordered by number: all, or those that a filter chooses. Each in the
   * mode it was allocated with.
   * @throws InvalidIdError @throws InvalidOptionError for a filter that is none
   */
  async findSessions(identifier: string, filter?: RunFilter): Promise<Session[]> {
    const { signal, relpath } = this.#settings;
    const records = await this.book.runs.list({ where: { identifier: parseIdentifier(identifier), relpath }, ...(signal === undefined ? {} : { signal }) });
    const chosen = filter === undefined ? records : selectRuns(records, { where: filter });
    return chosen.map((record) => new Session(this.book, record, false, undefined, signal));
  }

  /**
   * A sweep whose sets become runs of this project; its `run` brings them all to DONE. Makes nothing yet. `sweep` is what `product`,
   * `zip`, `chain` and `readSweep` give, an object of axes for their product, or a list for the chain of its elements.
   * @throws InvalidIdError @throws InvalidOptionError, and what `product` and `chain` throw
   */
  sweep(identifier: string, sweep: SweepLike, options: SweepOptions = {}): RunnableSweep {
    resolveSession(options, this.#settings);
    if (Object.hasOwn(options, "signal")) throw new InvalidOptionError("signal", "is given to run");
    return new RunnableSweep(this, parseIdentifier(identifier), asSweep(sweep), options, this.#settings.signal);
  }

  /**
   * Joins the JSON files that runs at this very relpath have attached under the name `tag` into rows, CSV or a table: by uid or by
   * parameters, nested keys flattened, what is missing listed.
   * @throws InvalidIdError @throws InvalidOptionError @throws FilesMissingError with `onMissing: "throw"`
   */
  aggregate<Format extends AggregateFormat = "rows">(
    identifiers: readonly string[],
    tag: string,
    options: AggregateOptions<Format> = {},
  ): Promise<AggregateResult<Format>> {
    return aggregateRuns(sourceOf(this.book.runs), this.relpath, identifiers, tag, options);
  }

  /** Closes the daybook that this project has opened; of a project in a daybook that was open, and of one from `sub`, nothing. Twice is once. */
  async close(): Promise<void> {
    if (this.#owns) await this.book.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
