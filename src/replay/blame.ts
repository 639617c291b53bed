import { checkObject, checkSignal } from "../base/checks.js";
import { InvalidOptionError, preview } from "../base/errors.js";
import { fieldPathOf, keysOfPointer, pointerTo } from "../base/json-pointer.js";
import type { Json, RecordedEvent } from "../events/recorded-event.js";
import type { RunRow } from "../projections/views/run-row.js";
import { RunFolds } from "./changes.js";
import { compareJson } from "./compare-json.js";
import { eventsOf, runTrail } from "./history.js";
import { fieldsOfRun, fieldsSetBy } from "./run-fields-set.js";
import type { TrailSource } from "./trail-source.js";

/** A field of a run's record, and the event that set the value it has. */
export interface FieldBlame {
  /** JSON Pointer (RFC 6901) into the record: `/metrics/loss`. */
  readonly path: string;
  /** The same as expressions and tables write it: `metrics.loss`. */
  readonly field: string;
  readonly value: Json;
  readonly seq: number;
  /** ISO 8601, as the event has it. */
  readonly time: string;
  /** When it happened by its writer's own clock, where the event says so. */
  readonly at?: string;
  /** The participant that set it. */
  readonly by: string;
  /** The event's type. */
  readonly type: string;
  readonly cause?: number | string;
}

/**
 * For each field of a run's present record the last event that set it, also where it set the value that was there before. Lists in
 * parameters are one field. @throws RunNotFoundError @throws AmbiguousRunError @throws InvalidIdError @throws ProjectionFailedError
 */
export async function blameOf(source: TrailSource, run: string, options: { readonly signal?: AbortSignal } = {}): Promise<FieldBlame[]> {
  if (typeof run !== "string") throw new InvalidOptionError("run", `must be the address of a run, not ${preview(run)}`);
  checkObject(options);
  checkSignal(options.signal);
  const trail = { ...runTrail(await source.runStream(run)), range: { from: 1, to: (await source.head).seq }, toHead: true, signal: options.signal };
  const runs = new RunFolds(source);
  const setBy = new Map<string, RecordedEvent>();
  let row: RunRow | undefined;
  for await (const event of eventsOf(source, trail)) {
    if (event.stream !== trail.stream) continue;
    const { before, after } = runs.fold(event);
    row = after;
    if (after === undefined || before === after) continue;
    for (const { path } of compareJson(fieldsOfRun(before), fieldsOfRun(after), Infinity)) setBy.set(path, event);
    for (const path of fieldsSetBy(event, after.attempts)) setBy.set(path, event);
  }
  return [...leavesOf(fieldsOfRun(row))].map(([path, value]) => blame(path, value, setBy));
}

function blame(path: string, value: Json, setBy: ReadonlyMap<string, RecordedEvent>): FieldBlame {
  let last: RecordedEvent | undefined;
  // Who sets a field sets everything below it.
  for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1)) {
    const event = setBy.get(path.slice(0, end));
    if (event !== undefined && event.seq > (last?.seq ?? 0)) last = event;
  }
  if (last === undefined) throw new Error(`no event has set ${path}`);
  const { seq, time, at, by, type, cause } = last;
  return {
    path, field: fieldPathOf(keysOfPointer(path)), value: structuredClone(value), seq, time,
    ...(at === undefined ? {} : { at }), by, type, ...(cause === undefined ? {} : { cause }),
  };
}

/** The fields of a record, down to single values. */
function* leavesOf(value: Json, path = "", depth = 0): Generator<[path: string, value: Json]> {
  const isList = Array.isArray(value);
  // The record's own lists (tags, attempts) grow event by event; those in a parameter are values.
  const isOpen = typeof value === "object" && value !== null && (!isList || depth === 1);
  const names = isOpen ? Object.keys(value) : [];
  if (names.length > 0) for (const name of names) yield* leavesOf((value as Record<string, Json>)[name] as Json, pointerTo(path, name), depth + 1);
  // Tables and lists that nothing was ever put into were set by nobody.
  else if (!isOpen || depth > 1) yield [path, value];
}
