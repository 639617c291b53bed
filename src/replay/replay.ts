import type { Clock } from "../base/clock.js";
import type { LogCorruptError } from "../base/errors.js";
import type { LogBackend } from "../log/port.js";
import { Feed } from "../projections/feed.js";
import { FoldState } from "../projections/fold-state.js";
import type { EventReading } from "../projections/fold-state.js";
import type { Projection } from "../projections/projection.js";
import type { FoldingOptions } from "./fold-events.js";
import { foldLog } from "./fold-log.js";
import { rangeOfMoments } from "./moment-range.js";
import type { MomentRange } from "./moment-range.js";

/** The log that is replayed. */
export interface ReplayedLog {
  readonly backend: LogBackend;
  readonly reading: EventReading;
  readonly clock: Clock;
  /** What stops a read-only log from being served whole. */
  damage(): LogCorruptError | undefined;
}

/** How one is replayed. */
export interface RangeFolding extends FoldingOptions {
  /** Called once it is known from where to where. */
  readonly onRange?: (range: { readonly from: number; readonly to: number }) => void;
}

/** Folds one projection over a range of a log. @throws ProjectionFailedError @throws LogCorruptError */
export async function foldRange(log: ReplayedLog, projection: Projection, range: MomentRange, options: RangeFolding): Promise<{ readonly state: FoldState; readonly from: number; readonly to: number }> {
  const { backend, reading, clock } = log;
  const { from, to } = await rangeOfMoments(backend, clock, range);
  options.onRange?.({ from, to });
  const state = new FoldState(projection);
  if (from <= to) {
    const feed = new Feed(await backend.reader(from - 1), [state]);
    try {
      await foldLog(backend, reading, feed, to, options);
    } finally {
      feed.reader.close();
    }
  }
  if (state.failure !== undefined) throw state.failure;
  // Of a damaged log, what stands before the damage is folded only for those who ask for no more.
  const damage = log.damage();
  if (damage !== undefined && ((damage.seq > 0 && damage.seq <= to) || range.to === undefined)) throw damage;
  return { state, from, to };
}
