import { checkFunction, checkObject, checkSignal } from "./base/checks.js";
import { InvalidOptionError, preview } from "./base/errors.js";
import { DaybookLog } from "./daybook-log.js";
import type { Json } from "./events/recorded-event.js";
import { checkProjection } from "./projections/projection.js";
import type { Projection, StateOf } from "./projections/projection.js";
import type { MomentRange } from "./replay/moment-range.js";

/** What a replay folds. */
export interface ReplayOptions extends MomentRange {
  readonly onProgress?: (progress: ReplayProgress) => void;
  readonly signal?: AbortSignal;
}

/** How far a replay is. */
export interface ReplayProgress {
  /** Events gone over so far, of `total`. */
  readonly events: number;
  readonly total: number;
}

/** What came of a replay. It belongs to the caller. */
export interface Replayed<P extends Projection> {
  /** The state, or the rows of a keyed projection. */
  readonly state: StateOf<P>;
  /** What `book.view` would show. A copy. */
  readonly view: Json;
  /** The first and the last seq that were gone over; `from` is above `to` where nothing was. */
  readonly from: number;
  readonly to: number;
  /** Events of its nouns that are not known here, or newer; they were skipped. */
  readonly unknown: number;
}

/**
 * Folds a projection over a part of a log, from its initial state, once, and keeps nothing: it need not be registered. Older schema versions
 * are brought up to date as `registerEvent` says. Others may append meanwhile; their events are not folded.
 * @param log `book.log`, or that of a past: `(await book.at(moment)).log`
 * @throws InvalidOptionError @throws MomentAheadError for a seq above the head or a time still to come @throws ProjectionFailedError
 * @throws LogCorruptError @throws LogClosedError and the reason of `signal`
 */
export async function replay<const P extends Projection>(log: DaybookLog, projection: P, options: ReplayOptions = {}): Promise<Replayed<P>> {
  if (!(log instanceof DaybookLog)) throw new InvalidOptionError("log", `must be the log of a daybook, not ${preview(log)}`);
  log.assertOpen();
  checkProjection(projection);
  checkObject(options);
  const { signal, onProgress } = options;
  checkSignal(signal);
  checkFunction("onProgress", onProgress);
  const { foldRange } = await import("./replay/replay.js");
  const { backend, reading, damage } = log.core;
  // Known once the range is: progress counts from its beginning.
  let bounds: { readonly from: number; readonly to: number } | undefined;
  const folded = await foldRange({ backend, reading, damage, clock: log.context.clock }, projection, options, {
    ...(signal === undefined ? {} : { signal }),
    onRange: (range) => (bounds = range),
    onProgress: (seq) => {
      log.assertOpen();
      if (bounds !== undefined) onProgress?.({ events: Math.max(0, seq - bounds.from + 1), total: bounds.to - bounds.from + 1 });
    },
  });
  const { state, from, to } = folded;
  return { view: structuredClone(state.view), state: state.state as StateOf<P>, from, to, unknown: state.unknown };
}
