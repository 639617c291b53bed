import type { CatalogueEvent, NewCatalogueEvent } from "../../../src/events/catalogue.js";
import type { Json, RecordedEvent } from "../../../src/events/recorded-event.js";
import type { KeyedProjection } from "../../../src/projections/projection.js";

/** When the first event of {@link recorded} happens; each later one is a second younger. */
export const firstTime = Date.parse("2026-11-21T12:00:00.000Z");

/** Events as a log would hold them: seqs from `from`, a second apart. */
export function recorded(events: readonly NewCatalogueEvent[], from = 1): RecordedEvent[] {
  return events.map((event, index) => {
    const seq = from + index;
    const time = new Date(firstTime + (seq - 1) * 1000).toISOString();
    return {
      seq,
      time,
      stream: event.stream,
      type: event.type,
      v: 1,
      data: event.data,
      by: "tester",
    } satisfies RecordedEvent as CatalogueEvent;
  });
}

/** Freezes a JSON value all the way down. */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}

/**
 * Folds events into rows, much as the engine does, but with every row and event frozen: a fold that changes one throws.
 * Gives the rows it was given, with the events in them.
 */
export function foldRows<Row extends Json>(
  projection: KeyedProjection<Row>,
  events: readonly RecordedEvent[],
  rows = new Map<string, Row>(),
): Map<string, Row> {
  for (const event of events) {
    deepFreeze(event);
    if (projection.types !== undefined && !projection.types.includes(event.type)) continue;
    for (const key of projection.keys(event)) {
      const row = projection.evolve(deepFreeze(rows.get(key)), event, key);
      if (row === undefined) rows.delete(key);
      else rows.set(key, row);
    }
  }
  return rows;
}

/** Rows as they come back from a snapshot. */
export function throughJson<Row>(rows: ReadonlyMap<string, Row>): Map<string, Row> {
  return new Map(JSON.parse(JSON.stringify([...rows])) as [string, Row][]);
}
