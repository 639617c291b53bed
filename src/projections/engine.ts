import { setImmediate as nextTurn } from "node:timers/promises";
import { isDaybookError, LogClosedError, ProjectionUnknownError, InvalidOptionError } from "../base/errors.js";
import type { Json, RecordedEvent } from "../events/recorded-event.js";
import type { AppendContext, AppendEvent, AppendResult, CommitParticipant, Cursor, LogBackend, LogReader, LogSection } from "../log/port.js";
import { Feed } from "./feed.js";
import { FoldState } from "./fold-state.js";
import type { EventReading, Undo } from "./fold-state.js";
import { checkProjection } from "./projection.js";
import type { Projection, StatesOf } from "./projection.js";
import { saveDueSnapshots } from "./due-snapshots.js";
import { SnapshotDamage } from "./snapshot.js";
import type { SnapshotStore } from "./snapshot.js";

/** What a decision gives: events to append, and whatever its caller wants to know. */
export interface Decision<Result> {
  readonly events: readonly AppendEvent[];
  readonly result: Result;
}

/** A fold, and a reader that stands where it stands. */
interface Beginning {
  readonly state: FoldState;
  readonly reader: LogReader;
}

const snapshotKey = (name: string, seq: number | undefined): string => `${name}@${seq}`;

/** After how many folded events a snapshot pays, however small the projection is. */
const snapshotEvery = 10_000;
const snapshotAtClose = 500;
/** At most this much is folded before others get their turn. */
const catchUpBytes = 1024 * 1024;

/**
 * Keeps folds caught up with a log. Projections are folded only once somebody asks for them; all that stand at the same
 * place share one reading of the log.
 */
export class ProjectionEngine implements CommitParticipant {
  readonly #registered = new Map<string, Projection>();
  readonly #states = new Map<string, FoldState>();
  readonly #starting = new Map<string, Promise<FoldState>>();
  /** Snapshots whose rows turned out to be damaged, by name and seq. */
  readonly #damaged = new Set<string>();
  #feeds: Feed[] = [];
  #undo: Undo[] = [];
  /** Others had appended before our last commit, so they probably have again. */
  #behind = true;
  /** The commit under way began with a walk of ours. */
  #walked = false;
  #closed = false;

  constructor(
    readonly backend: LogBackend,
    readonly reading: EventReading,
    readonly snapshots: SnapshotStore,
  ) {
    backend.setParticipant(this);
  }

  /** Makes a projection known. @throws InvalidOptionError when another one has its name */
  register(projection: Projection): void {
    const known = this.#registered.get(projection?.name);
    // Asked for at every decision.
    if (known !== undefined && known === projection) return;
    checkProjection(projection);
    if (known !== undefined) throw new InvalidOptionError("projection", `"${projection.name}" is registered already, with another definition`);
    this.#registered.set(projection.name, projection);
  }

  get names(): string[] {
    return [...this.#registered.keys()];
  }

  /** @throws ProjectionUnknownError */
  definition(name: string): Projection {
    const projection = this.#registered.get(name);
    if (projection === undefined) throw new ProjectionUnknownError(name, this.names);
    return projection;
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
    const kept = await this.#fromSnapshot(projection);
    return kept === undefined ? undefined : this.#startOnce(projection, kept);
  }

  /**
   * What projections hold, all as of one seq; those that are not started, or have failed, are left out. No copy: what was shown
   * is never changed, only replaced. `seq` is undefined where nothing at all is folded.
   */
  frozen(names: readonly string[]): { readonly seq: number | undefined; readonly states: ReadonlyMap<string, Json> } {
    // Synchronous from here on: no commit comes in between, and all feeds end at the same place.
    this.#pullAll();
    const states = new Map<string, Json>();
    for (const name of names) {
      const state = this.#states.get(name);
      if (state?.stopped === false) states.set(name, state.content);
    }
    return { seq: this.#feeds[0]?.reader.position.seq, states };
  }

  /** Folds what was appended since; gives way to other work while there is much. @throws LogCorruptError */
  async catchUp(): Promise<void> {
    for (const feed of [...this.#feeds]) await this.#catchUpFeed(feed);
    this.#merge();
    saveDueSnapshots(this.#feeds, snapshotEvery, this.backend.durableSeq, this.snapshots);
  }

  /**
   * Decides on the states of projections and appends what was decided, as one exclusive step: no event of anybody lies
   * between what the decision saw and what it appended. `decide` is pure, and may be run by other callers' commits.
   */
  async transact<const P extends readonly Projection[], Result>(
    projections: P,
    context: AppendContext,
    decide: (states: StatesOf<P>, section: LogSection) => Decision<Result>,
  ): Promise<AppendResult & { readonly result: Result }> {
    return this.#fromWhole(async () => {
      await this.#active(projections);
      // Outside the lock, where others append too: inside it only what arrives in the meantime is left to fold.
      if (this.#behind) await this.catchUp();
      else saveDueSnapshots(this.#feeds, snapshotEvery, this.backend.durableSeq, this.snapshots);
      return this.backend.exclusive({
        context,
        participates: true,
        run: (section) => {
          // Looked up now: a rebuild may have put other folds in their place while the caller waited for its turn.
          const view = Object.fromEntries(projections.map((projection) => [projection.name, this.#current(projection).state]));
          const { events, result } = decide(view as StatesOf<P>, section);
          // It may have caught the error that told of it, and gone on without the row.
          for (const projection of projections) if (this.#states.get(projection.name)?.rows.damaged === true) throw new SnapshotDamage("is damaged");
          return { ...section.append(events), result };
        },
      });
    });
  }

  /** Does something with folds, and once more from elsewhere when a snapshot that they began with turns out to be damaged. */
  async #fromWhole<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      const known = this.#damaged.size;
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof SnapshotDamage)) throw error;
        for (const state of [...this.#states.values()]) if (state.rows.damaged) this.#drop(state);
        // Somebody else may have dropped it meanwhile.
        if (this.#damaged.size === known) throw error;
      }
    }
  }

  /** Takes a fold out whose snapshot is damaged: the next who asks begins with an older one, or with the first event. */
  #drop(state: FoldState): void {
    this.#damaged.add(snapshotKey(state.projection.name, state.beganAt));
    this.#states.delete(state.projection.name);
    this.#feeds = this.#feeds.filter((feed) => feed.remove(state));
  }

  /** The fold that follows the log. @throws ProjectionFailedError */
  #current(projection: Projection): FoldState {
    const state = this.#states.get(projection.name);
    if (state === undefined) throw this.#closed ? new LogClosedError() : new SnapshotDamage("was dropped");
    if (state.failure !== undefined) throw state.failure;
    if (state.rows.damaged) throw new SnapshotDamage("is damaged");
    return state;
  }

  /**
   * Drops the snapshots of the projections that a feed folds, and puts its folds in the place of the old ones. Until it has
   * caught up, those serve: no commit has to fold the rest under the lock.
   */
  async replace(feed: Feed): Promise<void> {
    await this.#catchUpFeed(feed);
    // Synchronous from here on: no commit comes in between and meets some folds that are replaced and some that are not, and
    // no old fold keeps a snapshot once more.
    if (this.#closed) throw new LogClosedError();
    while (feed.pull(this.reading)) continue;
    for (const { projection } of feed.states) this.snapshots.discard(projection.name);
    for (const { projection } of feed.states) {
      const old = this.#states.get(projection.name);
      if (old !== undefined) this.#feeds = this.#feeds.filter((one) => one.remove(old));
    }
    this.#follow(feed);
  }

  /** Snapshots that are kept but cannot be used: why, each in a line. */
  async unusableSnapshots(): Promise<string[]> {
    const found: string[] = [];
    for (const { name, version } of this.#registered.values()) {
      found.push(...this.snapshots.unusable(name, version));
      for (const { at } of this.snapshots.load(name, version)) {
        const reader = await this.#readerAt(at);
        if (reader === undefined) found.push(`a snapshot of "${name}" at seq ${at.seq} does not match this log`);
        else reader.close();
      }
    }
    return found;
  }

  close(): void {
    saveDueSnapshots(this.#feeds, snapshotAtClose, this.backend.durableSeq, this.snapshots);
    this.#closed = true;
    for (const feed of this.#feeds) feed.reader.close();
    this.#feeds = [];
  }

  begin(head: number | undefined, fellShort: (reader: LogReader) => never): LogReader | undefined {
    this.#undo = [];
    // Folds that this process has kept up itself need not ask the system.
    const before = this.#feeds[0]?.reader.position.seq;
    if (this.#feeds.some((feed) => feed.reader.position.seq !== head)) this.#pullAll();
    // A decision on folds that end early would give a uid twice.
    if (head !== undefined) for (const { reader } of this.#feeds) if (reader.position.seq < head) fellShort(reader);
    this.#behind = this.#feeds[0]?.reader.position.seq !== before || (this.#behind && head !== undefined && this.#walked);
    this.#walked = head === undefined;
    return this.#feeds[0]?.reader;
  }

  #pullAll(): void {
    // Again while they end at different places: without the lock, somebody may append between two feeds.
    let pulled: boolean;
    do {
      pulled = false;
      for (const feed of this.#feeds) while (feed.pull(this.reading)) pulled = true;
      this.#merge();
    } while (this.#feeds.length > 1 && pulled);
  }

  staged(events: readonly RecordedEvent[]): void {
    for (const feed of this.#feeds) feed.fold(events, this.reading, this.#undo);
  }

  savepoint(): number {
    return this.#undo.length;
  }

  rollbackTo(savepoint: number): void {
    while (this.#undo.length > savepoint) this.#undo.pop()?.();
  }

  committed(moveToEnd: (reader: LogReader) => void): void {
    this.#undo = [];
    for (const feed of this.#feeds) moveToEnd(feed.reader);
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
    const { state, reader } = kept ?? (await this.#fromSnapshot(projection)) ?? { state: new FoldState(projection), reader: await this.backend.reader(0) };
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
      await this.#catchUpFeed(feed);
      return feed;
    } catch (error) {
      reader.close();
      throw error;
    }
  }

  #follow(feed: Feed): void {
    for (const state of feed.states) this.#states.set(state.projection.name, state);
    this.#feeds.push(feed);
  }

  /** The newest snapshot that belongs to this log, and what was appended since; undefined where there is none. */
  async #fromSnapshot(projection: Projection): Promise<Beginning | undefined> {
    for (const snapshot of this.snapshots.load(projection.name, projection.version)) {
      if (this.#damaged.has(snapshotKey(projection.name, snapshot.at.seq))) continue;
      const reader = await this.#readerAt(snapshot.at);
      if (reader !== undefined) return { state: new FoldState(projection, snapshot), reader };
    }
    return undefined;
  }

  /** A reader at a snapshot's place; undefined when the log does not have it: the log decides. */
  async #readerAt(at: Cursor): Promise<LogReader | undefined> {
    try {
      return await this.backend.reader(at);
    } catch (error) {
      if (isDaybookError(error, "LOG_FORKED")) return undefined;
      throw error;
    }
  }

  async #catchUpFeed(feed: Feed): Promise<void> {
    for (;;) {
      // A closed reader that is pulled again would open its file again, and nobody would close it.
      if (this.#closed) throw new LogClosedError();
      // While we gave way, another catch-up may have joined this feed with one that stands further on.
      if (feed.states.length === 0) return;
      const before = feed.reader.position.seq;
      if (!feed.pull(this.reading, catchUpBytes)) break;
      if (feed.reader.position.seq - before > 100) await nextTurn();
    }
    if (feed.reader.suspect) await this.backend.confirm(feed.reader);
  }

  /** Feeds that stand at the same place become one. */
  #merge(): void {
    const bySeq = new Map<number, Feed>();
    for (const feed of this.#feeds) {
      const first = bySeq.get(feed.reader.position.seq);
      if (first === undefined) bySeq.set(feed.reader.position.seq, feed);
      else first.absorb(feed);
    }
    this.#feeds = [...bySeq.values()];
  }
}
