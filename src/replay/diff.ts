import { checkObject, checkSignal } from "../base/checks.js";
import type { Clock } from "../base/clock.js";
import { InvalidOptionError, preview } from "../base/errors.js";
import { pointerTo } from "../base/json-pointer.js";
import type { Json } from "../events/recorded-event.js";
import type { LogBackend } from "../log/port.js";
import type { ProjectionEngine } from "../projections/engine.js";
import { FoldState } from "../projections/fold-state.js";
import type { EventReading } from "../projections/fold-state.js";
import { isKeyed } from "../projections/projection.js";
import type { AnyKeyed, Projection } from "../projections/projection.js";
import { isUnsafeKey, jsonPatch } from "./json-patch.js";
import type { PatchOperation } from "./json-patch.js";
import { seqOfMoment } from "./moment.js";
import type { Moment } from "./moment.js";
import { batchesOf, TouchedKeys } from "./row-fold.js";

/** What is compared, and how. */
export interface DiffOptions {
  /** Which view. Default `"runs"`. */
  readonly view?: string;
  /** Before each operation that replaces or removes something put a `test` with what was there. Default false. */
  readonly tests?: boolean;
  readonly signal?: AbortSignal;
}

/** The folds of a log as of a moment. */
export interface PastFolds {
  readonly engine: Pick<ProjectionEngine, "query" | "lookUp">;
  close(): Promise<void>;
}

/** What a diff needs of a daybook. */
export interface DiffSource {
  readonly backend: LogBackend;
  readonly engine: ProjectionEngine;
  readonly reading: EventReading;
  readonly clock: Clock;
  at(seq: number): Promise<PastFolds>;
}

/**
 * Up to how many events lie between two moments for the events to be read and folded on; between others both views are folded as of their moments,
 * which costs about a segment each.
 */
const near = 50_000;
/** So many rows are looked up one by one; where more are touched, the whole view is folded once. */
const fewRows = 32;

/**
 * The operations that make the view at `b` of the view at `a`; either may be the earlier one.
 * @throws InvalidOptionError @throws MomentAheadError @throws ProjectionUnknownError @throws ProjectionFailedError @throws LogCorruptError
 */
export async function diff(source: DiffSource, a: Moment, b: Moment, options: DiffOptions = {}, nearby = near): Promise<PatchOperation[]> {
  checkObject(options);
  const { view = "runs", tests = false, signal } = options;
  if (typeof view !== "string") throw new InvalidOptionError("view", `must be the name of a view, not ${preview(view)}`);
  if (typeof tests !== "boolean") throw new InvalidOptionError("tests", `must be true or false, not ${preview(tests)}`);
  checkSignal(signal);
  const projection = source.engine.definition(view);
  const [one, other] = [await seqOfMoment(source.backend, source.clock, a, "a"), await seqOfMoment(source.backend, source.clock, b, "b")];
  if (one === other) return [];
  const span: Span = { from: Math.min(one, other), to: Math.max(one, other), signal };
  const patched = (before: Json, after: Json, at = ""): PatchOperation[] => (one < other ? jsonPatch(before, after, { at, tests }) : jsonPatch(after, before, { at, tests }));
  const isNear = span.to - span.from <= nearby;
  if (isNear && isKeyed(projection) && projection.view === undefined) {
    const rows = await touchedRows(source, projection, span);
    if (![...rows.keys()].some(isUnsafeKey)) return [...rows].flatMap(([key, [earlier, later]]) => rowPatch(key, ...(one < other ? [earlier, later] as const : [later, earlier] as const), tests));
  }
  return patched(...(await (isNear ? nearViews : distantViews)(source, projection, span)));
}

/** Between two moments: behind `from`, up to `to`. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly signal: AbortSignal | undefined;
}

type BeforeAndAfter<T> = readonly [before: T, after: T];

/** The rows that the events of a span touch, before it and behind it; no other row differs. */
async function touchedRows(source: DiffSource, projection: AnyKeyed, span: Span): Promise<Map<string, BeforeAndAfter<Json | undefined>>> {
  const touched = new TouchedKeys(projection, source.reading);
  const state = unchangedRows(projection);
  const before = new Map<string, Json | undefined>();
  const past = await source.at(span.from);
  try {
    for await (const events of batchesOf(source, { from: span.from + 1, to: span.to }, [touched.state, state], span.signal)) {
      const keys = touched.of(events);
      const rows = keys.length === 0 ? [] : await rowsAt(past, projection.name, keys, before.size + keys.length);
      for (const [index, key] of keys.entries()) {
        before.set(key, rows[index]);
        if (rows[index] !== undefined) state.rows.set(key, rows[index]);
      }
      foldAll(state, events, source.reading);
    }
    return new Map(Array.from(before, ([key, row]) => [key, [row, state.rows.get(key)]]));
  } finally {
    await past.close();
  }
}

async function rowsAt({ engine }: PastFolds, name: string, keys: readonly string[], all: number): Promise<readonly (Json | undefined)[]> {
  return all > fewRows ? (await engine.query(name)).rowsOf(keys) : engine.lookUp(name, keys);
}

/** A row that was not there, or is not any more, is added or removed; of others what differs is said. */
function rowPatch(key: string, before: Json | undefined, after: Json | undefined, tests: boolean): PatchOperation[] {
  const path = pointerTo("", key);
  if (before === after) return [];
  if (before === undefined) return [{ op: "add", path, value: structuredClone(after as Json) }];
  if (after === undefined) return [...(tests ? [{ op: "test", path, value: structuredClone(before) } as const] : []), { op: "remove", path }];
  return jsonPatch(before, after, { at: path, tests });
}

/** A view before and behind a span: folded as of its beginning, and on from there. */
async function nearViews(source: DiffSource, projection: Projection, span: Span): Promise<BeforeAndAfter<Json>> {
  const past = await source.at(span.from);
  try {
    // Nobody else has it: the past is folded on.
    const state = await past.engine.query(projection.name);
    const before = structuredClone(state.view);
    for await (const events of batchesOf(source, { from: span.from + 1, to: span.to }, [state], span.signal)) foldAll(state, events, source.reading);
    return [before, state.view];
  } finally {
    await past.close();
  }
}

/** A view before and behind a span: folded as of both. */
async function distantViews(source: DiffSource, { name }: Projection, span: Span): Promise<BeforeAndAfter<Json>> {
  const view = async (seq: number): Promise<Json> => {
    span.signal?.throwIfAborted();
    const past = await source.at(seq);
    try {
      return structuredClone((await past.engine.query(name)).view);
    } finally {
      await past.close();
    }
  };
  return [await view(span.from), await view(span.to)];
}

/** A fold that replaces rows and never changes one: those that it begins with belong to somebody else. */
function unchangedRows(projection: Projection): FoldState {
  const state = new FoldState(projection);
  state.rowsOf([]);
  return state;
}

function foldAll(state: FoldState, events: readonly Parameters<FoldState["fold"]>[0][], reading: EventReading): void {
  for (const event of events) state.fold(event, reading);
  if (state.failure !== undefined) throw state.failure;
}
