import { checkTexts } from "../base/checks.js";
import { InvalidOptionError, preview } from "../base/errors.js";
import type { Json, RecordedEvent } from "../events/recorded-event.js";

/** Read access to the rows of a keyed projection. Rows are shared: never change one. */
export interface Rows<Row> {
  get(key: string): Row | undefined;
  /** In the order in which the keys first appeared. */
  entries(): IterableIterator<[string, Row]>;
  readonly size: number;
}

interface ProjectionBase {
  /** Its name in `view`, `rebuild` and `snapshots/`. */
  readonly name: string;
  /** Raise it when the fold changes: snapshots of other versions are ignored. */
  readonly version: number;
  /** The event types it folds; the rest is not even looked at. Default: all. */
  readonly types?: readonly string[];
  /** Fold events as they were written, older schema versions included. Default false: brought up to date. */
  readonly asWritten?: boolean;
  /** @internal Fold events that were appended under an id, of every type and version, as they were written; no others. */
  readonly onlyWithId?: boolean;
}

/**
 * A fold into many small rows, one per entity. Only the rows that an event touches are replaced, so its cost does not grow
 * with the log. `keys` and `evolve` are pure; `evolve` gives a new row and leaves the old one as it is.
 */
export interface KeyedProjection<Row extends Json = Json> extends ProjectionBase {
  /** The keys of the rows that an event changes. */
  keys(event: RecordedEvent): readonly string[];
  /** The row after the event; undefined takes the row away. */
  evolve(row: Row | undefined, event: RecordedEvent, key: string): Row | undefined;
  /** @internal As `evolve`, on a row that nobody else has seen: it may be changed itself. A replay has many of those. */
  absorb?(row: Row | undefined, event: RecordedEvent, key: string): Row | undefined;
  /** What `view` shows. Default: an object of all rows by key. */
  view?(rows: Rows<Row>): Json;
  /**
   * `"stream"`: the rows are one per stream. `keys` gives the event's stream and nothing else, and a row depends on the events of its
   * stream alone. A row as of an earlier moment is then folded from those, which an index finds, and streams can be folded side by side.
   */
  readonly keyedBy?: "stream";
  /**
   * Puts together what was folded of one part of the log and, as if nothing were before it, of the part that follows: the same as folding both
   * in one go. A rebuild may then fold parts side by side. Pure; `evolve` must not take rows away then.
   */
  combine?(earlier: Row, later: Row): Row;
}

/** A fold into one state. `evolve` is pure and gives the next state; keep the state small, or use {@link KeyedProjection}. */
export interface FoldProjection<State extends Json = Json> extends ProjectionBase {
  readonly initialState: State;
  evolve(state: State, event: RecordedEvent): State;
  /**
   * Puts together what was folded of one part of the log and, as if nothing were before it, of the part that follows: the same as folding both
   * in one go. A rebuild may then fold parts side by side. Pure.
   */
  combine?(earlier: State, later: State): State;
  view?(state: State): Json;
}

/* eslint-disable @typescript-eslint/no-explicit-any -- rows of any shape: the engine only passes them on */
/** A keyed projection with rows of any shape. */
export type AnyKeyed = KeyedProjection<any>;
/** A fold with a state of any shape. */
export type AnyFold = FoldProjection<any>;
/* eslint-enable @typescript-eslint/no-explicit-any */
/** Any projection. */
export type Projection = AnyKeyed | AnyFold;

/** What a decision gets to see of a projection: its rows, or its state. */
export type StateOf<P extends Projection> =
  P extends KeyedProjection<infer Row> ? Rows<Row> : P extends FoldProjection<infer State> ? State : never;

/** The states of several projections, by name. */
export type StatesOf<P extends readonly Projection[]> = { readonly [One in P[number] as One["name"]]: StateOf<One> };

/** Refuses what is no projection. @throws InvalidOptionError */
export function checkProjection(projection: unknown): void {
  const fail = (problem: string): never => {
    throw new InvalidOptionError("projection", problem);
  };
  if (typeof projection !== "object" || projection === null) return fail(`must be an object, not ${preview(projection)}`);
  const { name, version, types, evolve, view, keys, initialState, keyedBy, combine } = projection as Readonly<Record<string, unknown>>;
  if (typeof name !== "string" || !/^[a-z][a-z0-9-]{0,63}$/.test(name)) return fail(`${preview(name)} is no name: small letters, digits and dashes`);
  if (typeof version !== "number" || !Number.isSafeInteger(version) || version < 0) return fail(`"${name}" has the version ${preview(version)}, which is no whole number`);
  if (typeof evolve !== "function") return fail(`"${name}" has no function evolve`);
  if ("keys" in projection && typeof keys !== "function") return fail(`"${name}" has keys that are no function`);
  if (!("keys" in projection) && initialState === undefined) return fail(`"${name}" has neither keys nor an initialState`);
  if (view !== undefined && typeof view !== "function") return fail(`"${name}" has a view that is no function`);
  if (keyedBy !== undefined && (keyedBy !== "stream" || keys === undefined)) return fail(`"${name}" is keyed by ${preview(keyedBy)}: only a projection with keys can be, and only by "stream"`);
  if (combine !== undefined && typeof combine !== "function") return fail(`"${name}" has a combine that is no function`);
  checkTexts("types", types);
}

/** True for a projection with rows. */
export function isKeyed(projection: Projection): projection is AnyKeyed {
  return "keys" in projection;
}

/**
 * Types a projection and gives it back.
 * @example
 * const losses = defineProjection({
 *   name: "losses", version: 1, types: ["epoch.ended"], initialState: {},
 *   evolve: (state, event) => ({ ...state, [event.stream]: event.data["loss"] ?? null }),
 * });
 */
export function defineProjection<const Name extends string, State extends Json>(
  projection: FoldProjection<State> & { readonly name: Name },
): FoldProjection<State> & { readonly name: Name };
export function defineProjection<const Name extends string, Row extends Json>(
  projection: KeyedProjection<Row> & { readonly name: Name },
): KeyedProjection<Row> & { readonly name: Name };
export function defineProjection(projection: Projection): Projection {
  return projection;
}
