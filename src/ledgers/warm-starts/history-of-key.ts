import type { WarmStartEvents, WarmStartKind, WarmStartSeed } from "../../events/warm-start-events.js";
import { warmStartStream } from "../../events/warm-start-names.js";
import { objectiveTolerance } from "./choose-entry.js";
import type { WarmStartContext } from "./context.js";

/** One save under a key, whether or not its entry is still there. */
export interface SavePoint {
  readonly seq: number;
  /** ISO 8601. */
  readonly time: string;
  readonly by: string;
  readonly run: string;
  readonly save: number;
  readonly kind: WarmStartKind;
  readonly objective?: number;
  readonly iteration?: number;
  readonly bytes: number;
  /** The least objective of this save and all before it; undefined as long as none had one. */
  readonly best?: number;
  /** Its objective is less than every one before it by more than 1e-12, or the first. */
  readonly improved: boolean;
  /** What its fit had begun from, where it was told. */
  readonly seed?: WarmStartSeed;
}

/** Everything that was ever saved under a key, in order: how the objective came down, over all fits. Evicted entries are in it, too. */
export async function historyOfKey({ book }: WarmStartContext, key: string, signal: AbortSignal | undefined): Promise<SavePoint[]> {
  const points: SavePoint[] = [];
  let best: number | undefined;
  for await (const { seq, time, at, by, type, v, data } of book.history({ stream: warmStartStream(key), ...(signal === undefined ? {} : { signal }) })) {
    if (type !== "warm-start.saved" || v !== 1) continue;
    const { run, save, kind, file, objective, iteration, seed, writtenAt } = data as unknown as WarmStartEvents["warm-start.saved"];
    const improved = objective !== undefined && (best === undefined || objective < best - objectiveTolerance);
    if (objective !== undefined) best = best === undefined ? objective : Math.min(best, objective);
    points.push({
      seq, time: writtenAt ?? at ?? time, by, run, save, kind,
      ...(objective === undefined ? {} : { objective }),
      ...(iteration === undefined ? {} : { iteration }),
      bytes: file.bytes,
      ...(best === undefined ? {} : { best }),
      improved,
      ...(seed === undefined ? {} : { seed }),
    });
  }
  return points;
}
