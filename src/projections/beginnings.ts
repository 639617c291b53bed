import { isDaybookError } from "../base/errors.js";
import type { Cursor, LogBackend, LogReader } from "../log/port.js";
import { FoldState } from "./fold-state.js";
import type { Projection } from "./projection.js";
import type { SnapshotStore } from "./snapshot.js";

/** A fold, and a reader that stands where it stands. */
export interface Beginning {
  readonly state: FoldState;
  readonly reader: LogReader;
}

/** Where folds begin: at the newest snapshot that belongs to the log, else before the first event. */
export class Beginnings {
  /** Snapshots whose rows turned out to be damaged, by name and seq. */
  readonly #damaged = new Set<string>();

  constructor(
    readonly backend: LogBackend,
    readonly snapshots: SnapshotStore,
  ) {}

  /** How many snapshots turned out to be damaged so far. */
  get damaged(): number {
    return this.#damaged.size;
  }

  /** The snapshot that a fold began with is damaged: nothing begins there any more. */
  noteDamage({ projection, beganAt }: FoldState): void {
    this.#damaged.add(keyOf(projection.name, beganAt));
  }

  /** A fold at the newest snapshot that belongs to this log; undefined where there is none. */
  async fromSnapshot(projection: Projection): Promise<Beginning | undefined> {
    for (const snapshot of this.snapshots.load(projection.name, projection.version)) {
      if (this.#damaged.has(keyOf(projection.name, snapshot.at.seq))) continue;
      const reader = await this.#readerAt(snapshot.at);
      if (reader !== undefined) return { state: new FoldState(projection, snapshot), reader };
    }
    return undefined;
  }

  /** A fold at the newest snapshot, or of nothing. */
  async of(projection: Projection): Promise<Beginning> {
    return (await this.fromSnapshot(projection)) ?? { state: new FoldState(projection), reader: await this.backend.reader(0) };
  }

  /** Snapshots that are kept but cannot be used: why, each in a line. */
  async unusable(projections: Iterable<Projection>, full: boolean): Promise<string[]> {
    const found: string[] = [];
    for (const { name, version } of projections) {
      found.push(...this.snapshots.unusable(name, version, full));
      for (const { at } of this.snapshots.load(name, version)) {
        const reader = await this.#readerAt(at);
        if (reader === undefined) found.push(`a snapshot of "${name}" at seq ${at.seq} does not match this log`);
        else reader.close();
      }
    }
    return found;
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
}

const keyOf = (name: string, seq: number | undefined): string => `${name}@${seq}`;
