import { LogClosedError } from "../base/errors.js";
import type { Json, RecordedEvent } from "../events/recorded-event.js";
import type { AppendContext, AppendEvent, AppendResult, CommitParticipant, LogBackend, LogReader, LogSection } from "../log/port.js";
import { Beginnings } from "./beginnings.js";
import type { Beginning } from "./beginnings.js";
import { DueSnapshots } from "./due-snapshots.js";
import { Feed } from "./feed.js";
import { FeedList } from "./feed-list.js";
import type { EventReading, FoldState, Undo } from "./fold-state.js";
import type { Projection, StatesOf } from "./projection.js";
import { RegisteredProjections } from "./registered-projections.js";
import { RowFinder } from "./row-finder.js";
import { SnapshotDamage } from "./snapshot.js";
import type { SnapshotStore } from "./snapshot.js";

/** What a decision gives: events to append, and whatever its caller wants to know. */
export interface Decision<Result> {
  readonly events: readonly AppendEvent[];
  readonly result: Result;
}

/** Where a decision was appended. `time`: that of its last event; of an empty decision, of the log's, undefined where that is empty. */
export interface Transacted<Result> extends AppendResult {
  readonly result: Result;
  readonly time: string | undefined;
}

/** So many rows are found one by one in less time than the whole view takes. */
const fewRows = 100;

/**
 * Keeps folds caught up with a log. Projections are folded only once somebody asks for them; all that stand at the same
 * place share one reading of the log.
 */
export class ProjectionEngine implements CommitParticipant {
  readonly #registered = new RegisteredProjections();
  readonly #beginnings: Beginnings;
  readonly #due: DueSnapshots;
  readonly #feeds: FeedList;
  readonly #finder: RowFinder | undefined;
  readonly #states = new Map<string, FoldState>();
  readonly #starting = new Map<string, Promise<FoldState>>();
  #undo: Undo[] = [];
  /** Others had appended before our last commit, so they probably have again. */
  #behind = true;
  /** The commit under way began with a walk of ours. */
  #walked = false;

  /** @param still the log does not change any more: single rows are found by their own events where the log finds those */
  constructor(
    readonly backend: LogBackend,
    readonly reading: EventReading,
    readonly snapshots: SnapshotStore,
    still = false,
  ) {
    this.#beginnings = new Beginnings(backend, snapshots);
    this.#due = new DueSnapshots(backend, snapshots, () => this.#feeds.all);
    this.#feeds = new FeedList(backend, reading, (feed) => this.#due.saveAtSeal(feed));
    this.#finder = still && backend.find !== undefined ? new RowFinder(backend, reading, this.#beginnings) : undefined;
    backend.setParticipant(this);
  }

  /** Makes a projection known. @throws InvalidOptionError when another one has its name */
  register(projection: Projection): void {
    this.#registered.add(projection);
  }

  get names(): string[] {
    return this.#registered.names;
  }

  /** @throws ProjectionUnknownError */
  definition(name: string): Projection {
    return this.#registered.definition(name);
  }

  /**
   * The projection, caught up with everything appended so far by anyone.
   * @throws ProjectionUnknownError @throws ProjectionFailedError @throws LogCorruptError
   */
  query(name: string): Promise<FoldState> {
    const projection = this.definition(name);
    return this.#fromWhole(async () => {
      await this.#active([projection]);
      await this.catchUp();
      const state = this.#current(projection);
      state.rows.load();
      return state;
    });
  }

  /**
   * Some rows of a keyed projection, caught up as with {@link query}; of a snapshot little else is read.
   * @throws ProjectionUnknownError @throws ProjectionFailedError @throws LogCorruptError
   */
  lookUp(name: string, keys: readonly string[]): Promise<(Json | undefined)[]> {
    const projection = this.definition(name);
    if (keys.length <= fewRows && this.#finder?.finds(projection) === true && !this.#states.has(name)) return this.#finder.rows(projection, keys);
    return this.#fromWhole(async () => {
      await this.#active([projection]);
      await this.catchUp();
      return this.#current(projection).rowsOf(keys);
    });
  }

  /** The projection as it stands, without a look at the log; undefined where nobody has asked for it, or it has failed. */
  folded(name: string): FoldState | undefined {
    const state = this.#states.get(name);
    return state?.stopped === false ? state : undefined;
  }

  /** Begins to fold a projection that a snapshot serves, and catches it up; where there is none, nothing was ever served of it. */
  async resume(name: string): Promise<void> {
    const projection = this.definition(name);
    await this.#fromWhole(async () => {
      const state = this.#states.get(name) ?? (await this.#starting.get(name)) ?? (await this.#resumed(projection));
      state?.rows.load();
    });
  }

  async #resumed(projection: Projection): Promise<FoldState | undefined> {
    const kept = await this.#beginnings.fromSnapshot(projection);
    return kept === undefined ? undefined : this.#startOnce(projection, kept);
  }

  /**
   * What projections hold, all as of one seq; those that are not started, or have failed, are left out. No copy: what was shown
   * is never changed, only replaced. `seq` is undefined where nothing at all is folded.
   */
  frozen(names: readonly string[]): { readonly seq: number | undefined; readonly states: ReadonlyMap<string, Json> } {
    // Synchronous from here on: no commit comes in between, and all feeds end at the same place.
    this.#feeds.pullAll();
    const states = new Map<string, Json>();
    for (const name of names) {
      const state = this.#states.get(name);
      if (state?.stopped === false) states.set(name, state.content);
    }
    return { seq: this.#feeds.reader?.position.seq, states };
  }

  /** Folds what was appended since; gives way to other work while there is much. @throws LogCorruptError */
  async catchUp(): Promise<void> {
    await this.#feeds.catchUp();
    this.#due.save();
  }

  /**
   * Decides on the states of projections and appends what was decided, as one exclusive step: no event of anybody lies
   * between what the decision saw and what it appended. `decide` is pure, and may be run by other callers' commits.
   */
  async transact<const P extends readonly Projection[], Result>(
    projections: P,
    context: AppendContext,
    decide: (states: StatesOf<P>, section: LogSection) => Decision<Result>,
  ): Promise<Transacted<Result>> {
    return this.#fromWhole(async () => {
      await this.#active(projections);
      // Outside the lock, where others append too: inside it only what arrives in the meantime is left to fold.
      if (this.#behind) await this.catchUp();
      else this.#due.save();
      return this.backend.exclusive({
        context,
        participates: true,
        run: (section) => {
          // Looked up now: a rebuild may have put other folds in their place while the caller waited for its turn.
          const view = Object.fromEntries(projections.map((projection) => [projection.name, this.#current(projection).state]));
          const { events, result } = decide(view as StatesOf<P>, section);
          // It may have caught the error that told of it, and gone on without the row.
          for (const projection of projections) if (this.#states.get(projection.name)?.rows.damaged === true) throw new SnapshotDamage("is damaged");
          return { ...section.append(events), time: section.head.time, result };
        },
      });
    });
  }

  /** Does something with folds, and once more from elsewhere when a snapshot that they began with turns out to be damaged. */
  async #fromWhole<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      const known = this.#beginnings.damaged;
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof SnapshotDamage)) throw error;
        for (const state of [...this.#states.values()]) if (state.rows.damaged) this.#drop(state);
        // Somebody else may have dropped it meanwhile.
        if (this.#beginnings.damaged === known) throw error;
      }
    }
  }

  /** Takes a fold out whose snapshot is damaged: the next who asks begins with an older one, or with the first event. */
  #drop(state: FoldState): void {
    this.#beginnings.noteDamage(state);
    this.#states.delete(state.projection.name);
    this.#feeds.remove(state);
  }

  /** The fold that follows the log. @throws ProjectionFailedError */
  #current(projection: Projection): FoldState {
    const state = this.#states.get(projection.name);
    if (state === undefined) throw this.#feeds.closed ? new LogClosedError() : new SnapshotDamage("was dropped");
    if (state.failure !== undefined) throw state.failure;
    if (state.rows.damaged) throw new SnapshotDamage("is damaged");
    return state;
  }

  /**
   * Drops the snapshots of the projections that a feed folds, but for those that it has kept itself, and puts its folds in the place
   * of the old ones. Until it has caught up, those serve: no commit has to fold the rest under the lock. `keeping` names those whose
   * snapshots stay.
   */
  async replace(feed: Feed, keeping: readonly string[] = []): Promise<void> {
    await this.#feeds.catchUpFeed(feed);
    // Synchronous from here on: no commit comes in between and meets some folds that are replaced and some that are not, and
    // no old fold keeps a snapshot once more.
    if (this.#feeds.closed) throw new LogClosedError();
    while (feed.pull(this.reading)) continue;
    for (const { projection, savedSeqs } of feed.states) if (!keeping.includes(projection.name)) this.snapshots.discard(projection.name, savedSeqs);
    for (const { projection } of feed.states) {
      const old = this.#states.get(projection.name);
      if (old !== undefined) this.#feeds.remove(old);
    }
    this.#follow(feed);
  }

  /** Drops the snapshots of projections, so that those of a fold which is to replace them have their place. @throws WriteFailedError */
  discardSnapshots(names: readonly string[]): void {
    for (const name of names) this.snapshots.discard(name);
  }

  /** Keeps snapshots of folds that take the place of others later, where they pass from one segment into the next. */
  saveAtSeal(feed: Feed): void {
    this.#due.saveAtSeal(feed);
  }

  /** Snapshots that are kept but cannot be used: why, each in a line. With `full` every byte of all of them is looked at. */
  unusableSnapshots(full = false): Promise<string[]> {
    return this.#beginnings.unusable(this.#registered.all, full);
  }

  close(): void {
    this.#due.saveAtClose();
    this.#feeds.close();
  }

  begin(head: number | undefined, fellShort: (reader: LogReader) => never): LogReader | undefined {
    this.#undo = [];
    // Folds that this process has kept up itself need not ask the system.
    const before = this.#feeds.reader?.position.seq;
    if (this.#feeds.all.some((feed) => feed.reader.position.seq !== head)) this.#feeds.pullAll();
    // A decision on folds that end early would give a uid twice.
    if (head !== undefined) for (const { reader } of this.#feeds.all) if (reader.position.seq < head) fellShort(reader);
    this.#behind = this.#feeds.reader?.position.seq !== before || (this.#behind && head !== undefined && this.#walked);
    this.#walked = head === undefined;
    return this.#feeds.reader;
  }

  staged(events: readonly RecordedEvent[]): void {
    this.#feeds.fold(events, this.#undo);
  }

  savepoint(): number {
    return this.#undo.length;
  }

  rollbackTo(savepoint: number): void {
    while (this.#undo.length > savepoint) this.#undo.pop()?.();
  }

  committed(moveToEnd: (reader: LogReader) => void): void {
    this.#undo = [];
    for (const feed of this.#feeds.all) moveToEnd(feed.reader);
  }

  /** The fold states of projections, started where they were not. */
  async #active(projections: readonly Projection[]): Promise<FoldState[]> {
    const states: FoldState[] = [];
    for (const projection of projections) {
      this.register(projection);
      states.push(this.#states.get(projection.name) ?? (await this.#startOnce(projection)));
    }
    return states;
  }

  /** One start for all who ask at once; they go on in the order in which they asked. */
  #startOnce(projection: Projection, kept?: Beginning): Promise<FoldState> {
    const { name } = projection;
    const begun = this.#starting.get(name);
    if (begun !== undefined) {
      kept?.reader.close();
      return begun;
    }
    const starting = this.#start(projection, kept).finally(() => this.#starting.delete(name));
    this.#starting.set(name, starting);
    return starting;
  }

  async #start(projection: Projection, kept?: Beginning): Promise<FoldState> {
    const { state, reader } = kept ?? (await this.#beginnings.of(projection));
    const feed = await this.#caughtUp(state, reader);
    // A rebuild may have been quicker.
    const raced = this.#states.get(projection.name);
    if (raced !== undefined) {
      reader.close();
      return raced;
    }
    this.#follow(feed);
    return state;
  }

  /** Not among the others before it has caught up: a commit of somebody else would have to fold the rest under the lock. */
  async #caughtUp(state: FoldState, reader: LogReader): Promise<Feed> {
    const feed = new Feed(reader, [state]);
    try {
      await this.#feeds.catchUpFeed(feed);
      return feed;
    } catch (error) {
      reader.close();
      throw error;
    }
  }

  #follow(feed: Feed): void {
    for (const state of feed.states) this.#states.set(state.projection.name, state);
    this.#feeds.add(feed);
  }
}
