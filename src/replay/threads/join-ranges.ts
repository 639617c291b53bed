import { setImmediate as nextTurn } from "node:timers/promises";
import type { Json, RecordedEvent } from "../../events/recorded-event.js";
import { FoldState } from "../../projections/fold-state.js";
import type { EventReading } from "../../projections/fold-state.js";
import type { Projection } from "../../projections/projection.js";
import { GaveUp } from "./gave-up.js";
import type { RangeContents, RangeResult } from "./range-folds.js";

/** So many rows are put together before others get their turn. */
const rowsAtOnce = 5000;
/** Streams that go on from range to range are folded twice, by one thread at last; with more events than this it had better fold everything. */
const mostOngoing = 100_000;

/** For each range, its streams of which an earlier one has a row: what was folded of them as if they were new may be wrong. @throws GaveUp */
export function ongoingStreams(ranges: readonly RangeContents[], split: readonly Projection[]): string[][] {
  const known = new Set<string>();
  let events = 0;
  return ranges.map(({ results, streams }) => {
    const ongoing = known.size === 0 ? [] : [...streams.keys()].filter((stream) => known.has(stream));
    for (const stream of ongoing) events += streams.get(stream) ?? 0;
    if (events > mostOngoing) throw new GaveUp("too many events of streams that go on from range to range");
    for (const { name } of split) for (const [key] of results.get(name)?.rows ?? []) known.add(key);
    return ongoing;
  });
}

/** A range of one projection, and the events of its ongoing streams. */
export interface RangeToJoin {
  readonly result: RangeResult;
  readonly ongoing: readonly RecordedEvent[];
}

/** Puts the ranges of a projection that is keyed by stream together, rows in the order in which one thread would have met them. @throws GaveUp */
export async function joinSplit(projection: Projection, ranges: readonly RangeToJoin[], reading: EventReading): Promise<FoldState> {
  const state = new FoldState(projection);
  const unknown = ranges.reduce((sum, { result }) => sum + result.unknown, 0);
  let steps = 0;
  for (const { result, ongoing } of ranges) {
    // Where nothing was left of a stream, what was folded of it as if it were new is right.
    const goesOn = new Set<string>();
    for (const { stream } of ongoing) if (state.rows.get(stream) !== undefined) goesOn.add(stream);
    let next = 0;
    const addRowsBefore = (seq: number): void => {
      for (; next < result.rows.length && (result.born[next] as number) < seq; next += 1) {
        const [key, row] = result.rows[next] as readonly [string, Json];
        if (goesOn.has(key)) continue;
        if (state.rows.get(key) !== undefined) throw new GaveUp(`the row ${JSON.stringify(key)} is not of its stream alone`);
        state.rows.set(key, row);
      }
    };
    for (const event of ongoing) {
      if (!goesOn.has(event.stream)) continue;
      addRowsBefore(event.seq);
      state.fold(event, reading);
      if (state.stopped) throw new GaveUp("a fold has failed");
      if (++steps % rowsAtOnce === 0) await nextTurn();
    }
    addRowsBefore(Infinity);
    await nextTurn();
  }
  state.unknown = unknown;
  return state;
}

/** Puts the ranges of a projection with `combine` together. @throws GaveUp when it refuses */
export async function joinCombined(projection: Projection, ranges: readonly RangeResult[]): Promise<FoldState> {
  const state = new FoldState(projection);
  for (const { rows, unknown } of ranges) {
    state.unknown += unknown;
    for (const [key, row] of rows) {
      const before = state.rows.get(key);
      state.rows.set(key, before === undefined ? row : combined(projection, before, row));
    }
    await nextTurn();
  }
  return state;
}

function combined(projection: Projection, earlier: Json, later: Json): Json {
  try {
    return projection.combine?.(earlier, later) as Json;
  } catch (error) {
    throw new GaveUp(error instanceof Error ? error.message : String(error));
  }
}
