import type { Json, RecordedEvent } from "../../events/recorded-event.js";
import type { Division, SegmentRange } from "./plan.js";

/** A projection as a thread finds it: among the built-in ones and those of the modules. */
export interface NamedProjection {
  readonly name: string;
  readonly version: number;
}

/** What a thread is told when it starts. */
export interface Assignment {
  readonly root: string;
  readonly range: SegmentRange;
  readonly division: Division<NamedProjection>;
  /** URLs of modules with projections and event types. */
  readonly modules: readonly string[];
  /** The newest version of every event type of the application. */
  readonly versions: ReadonlyMap<string, number>;
}

/** What it is asked for afterwards: the events of some streams, in order. */
export interface StreamsRequest {
  readonly streams: readonly string[];
}

/** What a thread tells: first what it has folded, in pieces; then the events that it is asked for. */
export type ThreadMessage =
  | { readonly kind: "progress"; readonly seq: number }
  | { readonly kind: "rows"; readonly projection: string; readonly rows: readonly (readonly [key: string, row: Json])[]; readonly born: readonly number[] }
  | { readonly kind: "unknown"; readonly projection: string; readonly count: number }
  | { readonly kind: "streams"; readonly streams: readonly (readonly [stream: string, events: number])[] }
  /** On which hash the range begins, and on which it ends. */
  | { readonly kind: "folded"; readonly on: string; readonly end: string }
  | { readonly kind: "events"; readonly events: readonly RecordedEvent[] }
  | { readonly kind: "collected" }
  /** It could not fold all of it; why is found out by folding without threads. */
  | { readonly kind: "gave-up"; readonly problem: string };
