import { ProjectionFailedError } from "../base/errors.js";
import { nounOf } from "../events/names.js";
import type { Json, RecordedEvent } from "../events/recorded-event.js";
import { isKeyed } from "./projection.js";
import type { AnyKeyed, Projection } from "./projection.js";
import { RowTable } from "./row-table.js";
import { SnapshotDamage } from "./snapshot.js";
import type { Snapshot } from "./snapshot.js";

/** The key under which a projection with one state keeps it. */
const stateKey = "";

/** What folding has to know of event types. */
export interface EventReading {
  /** The event as of the newest version of its type. */
  upcast(event: RecordedEvent): RecordedEvent;
  /** The newest schema version known of a type; undefined for a type that is not known. */
  newestVersion(type: string): number | undefined;
}

/** One change, as it can be taken back. */
export type Undo = () => void;

/** A row as it was before an event. */
interface Change {
  readonly key: string;
  readonly before: Json | undefined;
}

/** A text is iterable, too: its letters would be keys, and nobody would notice. @throws TypeError */
function keysOf(projection: AnyKeyed, event: RecordedEvent): readonly string[] {
  const keys: unknown = projection.keys(event);
  if (!Array.isArray(keys) || !keys.every((key) => typeof key === "string")) throw new TypeError("keys gives no list of texts");
  return keys;
}

/** @throws TypeError for what an asynchronous fold gives */
function folded(row: unknown): Json | undefined {
  if (row instanceof Promise) {
    row.catch(() => undefined);
    throw new TypeError("evolve gives a promise: a fold cannot be asynchronous");
  }
  return row as Json | undefined;
}

/** A projection and what it has folded so far. */
export class FoldState {
  readonly rows: RowTable;
  /** Events of its nouns that it does not know, or whose version is newer than this release. They are skipped. */
  unknown: number;
  failure: ProjectionFailedError | undefined;
  /** Where its newest snapshot stands; 0 without one. */
  snapshotSeq: number;
  /** The segment in which that lies, or in which the fold began; undefined where the log has none. */
  snapshotSegment: number | undefined;
  /** Where the snapshots stand that were saved of it. */
  readonly savedSeqs = new Set<number>();
  /** Where the snapshot stands that it began with. */
  readonly beganAt: number | undefined;
  /** Moves whenever a row does: while it stands still, so does the view. */
  revision = 0;
  readonly #types: ReadonlySet<string> | undefined;
  readonly #nouns: ReadonlySet<string>;
  /** Somebody has seen rows, and may hold them: from then on they are never changed, only replaced. */
  #shown = false;

  constructor(
    readonly projection: Projection,
    snapshot?: Snapshot,
  ) {
    this.rows = new RowTable(snapshot?.rows);
    this.unknown = snapshot?.unknown ?? 0;
    this.snapshotSeq = snapshot?.at.seq ?? 0;
    this.beganAt = snapshot?.at.seq;
    this.#types = projection.types === undefined ? undefined : new Set(projection.types);
    this.#nouns = new Set((projection.types ?? []).map(nounOf));
  }

  /** It folds no more: a fold of it has thrown, or its snapshot turned out to be damaged. */
  get stopped(): boolean {
    return this.failure !== undefined || this.rows.damaged;
  }

  /** The rows of these keys. @throws SnapshotDamage */
  rowsOf(keys: readonly string[]): (Json | undefined)[] {
    this.#shown = true;
    return keys.map((key) => this.rows.get(key));
  }

  /** All rows as they are now, whatever is folded later. @throws SnapshotDamage */
  shownRows(): [string, Json][] {
    this.#shown = true;
    return [...this.rows.entries()];
  }

  /** What a decision sees: the rows, or the one state. */
  get state(): unknown {
    const { projection } = this;
    this.#shown = true;
    return isKeyed(projection) ? this.rows : (this.rows.get(stateKey) ?? (projection.initialState as Json));
  }

  /** Everything it holds, as one value. */
  get content(): Json {
    this.#shown = true;
    return isKeyed(this.projection) ? Object.fromEntries(this.rows.entries()) : (this.state as Json);
  }

  /** What `view` shows. */
  get view(): Json {
    const { projection } = this;
    this.#shown = true;
    if (isKeyed(projection)) return projection.view?.(this.rows) ?? Object.fromEntries(this.rows.entries());
    const state = (this.rows.get(stateKey) ?? projection.initialState) as Json;
    return projection.view?.(state) ?? state;
  }

  /** True when events of that type touch it, or have to be counted as unknown; not looking at those that {@link needsIds} is about. */
  needs(type: string, reading: EventReading): boolean {
    if (this.stopped || this.projection.onlyWithId === true) return false;
    return this.#types === undefined || this.#types.has(type) || this.#isUnknown(type, reading.newestVersion(type));
  }

  /** True when it folds events with an id, whatever their type. */
  get needsIds(): boolean {
    return !this.stopped && this.projection.onlyWithId === true;
  }

  /**
   * Folds one event, as it was read. A fold or an upcaster that throws puts the projection out of use and touches nothing
   * else. `undo` collects how to take the changes back.
   */
  fold(event: RecordedEvent, reading: EventReading, undo?: Undo[]): void {
    if (this.stopped) return;
    if (this.projection.onlyWithId === true ? event.id === undefined : !this.#reads(event, reading, undo)) return;
    const { projection } = this;
    const changes: Change[] = [];
    try {
      const current = projection.asWritten === true ? event : reading.upcast(event);
      if (isKeyed(projection)) {
        for (const key of keysOf(projection, current)) {
          const before = this.rows.get(key);
          if (projection.absorb === undefined || undo !== undefined || this.#shown) {
            this.#set(key, before, folded(projection.evolve(before, current, key)), changes);
          } else {
            const row = projection.absorb(before, current, key) as Json | undefined;
            if (row !== before) this.rows.set(key, row);
            this.revision += 1;
          }
        }
      } else {
        const before = this.rows.get(stateKey);
        this.#set(stateKey, before, folded(projection.evolve((before ?? projection.initialState) as Json, current)), changes);
      }
    } catch (error) {
      this.#takeBack(changes);
      // The engine folds it from elsewhere; this one says itself that it is of no use.
      if (error instanceof SnapshotDamage) return;
      this.failure = new ProjectionFailedError(projection.name, event, error);
      undo?.push(() => (this.failure = undefined));
      return;
    }
    if (changes.length > 0) undo?.push(() => this.#takeBack(changes));
  }

  /** True for an event of its types in a version that is known here; counts the others of its nouns. */
  #reads(event: RecordedEvent, reading: EventReading, undo: Undo[] | undefined): boolean {
    const newest = reading.newestVersion(event.type);
    const wanted = this.#types?.has(event.type) ?? true;
    if (wanted && (newest === undefined || event.v <= newest)) return true;
    if (wanted || this.#isUnknown(event.type, newest)) this.#countUnknown(undo);
    return false;
  }

  #isUnknown(type: string, newest: number | undefined): boolean {
    return newest === undefined && this.#nouns.has(nounOf(type));
  }

  #countUnknown(undo: Undo[] | undefined): void {
    this.unknown += 1;
    undo?.push(() => (this.unknown -= 1));
  }

  #set(key: string, before: Json | undefined, row: Json | undefined, changes: Change[]): void {
    if (before === row) return;
    this.rows.set(key, row);
    this.revision += 1;
    changes.push({ key, before });
  }

  #takeBack(changes: readonly Change[]): void {
    for (const { key, before } of changes.toReversed()) {
      this.rows.set(key, before);
      // Only ever within one exclusive section: nobody has seen the revision that is taken back.
      this.revision -= 1;
    }
  }
}
