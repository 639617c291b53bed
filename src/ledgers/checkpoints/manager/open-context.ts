import { FolderArtifactStore } from "../../../artifacts/folder-store.js";
import { InvalidOptionError, preview } from "../../../base/errors.js";
import { experimentStream } from "../../../events/checkpoint-names.js";
import type { Daybook } from "../../../daybook.js";
import { openDaybook } from "../../../open-daybook.js";
import { experimentsProjection } from "../../../projections/views/experiments.js";
import { isDaybook } from "../../is-daybook.js";
import type { CheckpointContext, Position } from "../context.js";
import type { DataState } from "../data-state/data-state.js";
import type { HashSettings } from "../hashing/hash-experiment.js";
import { resolveManager } from "./manager-options.js";
import type { CheckpointManagerOptions, HashCollision } from "./manager-options.js";
import { positionOf } from "./position.js";

/** What the parts of a manager share, with how it hashes. */
export interface ManagerContext extends CheckpointContext {
  readonly hashing: HashSettings;
  readonly onCollision: (collision: HashCollision) => void;
  /** The large data state that was hashed last, where the caller keeps it in a form of its own: it tells what changed since. */
  largeState: DataState | undefined;
  /** The position at which nothing is pending for sure: it is another object after each move. */
  settled: Position | undefined;
}

/** A daybook, and a context in it. `owns`: it was opened for this, and has to be closed. */
export interface OpenedContext {
  readonly book: Daybook;
  readonly owns: boolean;
  readonly context: ManagerContext;
}

/**
 * A context in an open daybook, or in the daybook of a folder, which is opened for it. It stands where its experiment does.
 * @throws InvalidOptionError @throws InvalidIdError and what `openDaybook` throws
 */
export async function openContext(place: Daybook | string, options: CheckpointManagerOptions = {}): Promise<OpenedContext> {
  const owns = typeof place === "string";
  const settings = resolveManager(options, owns);
  settings.signal?.throwIfAborted();
  if (!owns && !isDaybook(place)) throw new InvalidOptionError("place", `must be an open daybook or the path of a folder, not ${preview(place)}`);
  const book = owns ? await openDaybook(place, options.daybook) : place;
  try {
    book.log.assertOpen();
    const { host } = book.runs;
    const { hashing, optimizers, artifacts = new FolderArtifactStore(host.root), experiment, onCollision, signal } = settings;
    const [row] = await host.lookUp(experimentsProjection, [experimentStream(experiment)]);
    const registered = { models: new Map<string, unknown>(), optimizers: new Map<string, unknown>(), config: undefined, dataState: undefined };
    const context = { host, artifacts, experiment, excludeKeys: hashing.excludeKeys, models: hashing.models, optimizers, registered, position: positionOf(row), signal, hashing, onCollision, largeState: undefined, settled: undefined };
    return { book, owns, context };
  } catch (error) {
    if (owns) await book.close();
    throw error;
  }
}
