/** Every event type of daybook's own, with the type of its data. `docs/events.md` is the page for readers; the schemas are in `schemas.ts`. */
import type { CheckpointEvents } from "./checkpoint-events.js";
import { nounOf } from "./names.js";
import type { OperationEvents } from "./operation-events.js";
import type { JsonObject, NewEvent, RecordedEvent } from "./recorded-event.js";
import type { Status } from "./status.js";
import type { WarmStartEvents } from "./warm-start-events.js";

/** What a metric can be: a number, a text, a truth value, or null for "none". */
export type MetricValue = number | string | boolean | null;

/** From type to data, schema version 1 throughout. Type aliases, not interfaces: so each is a {@link JsonObject} to the compiler. */
export type EventCatalogue = {
  /** A uid was given out. The run begins with `status`, PENDING when there is none; its files lie as `storage` says, in a sub-folder when there is none. */
  readonly "run.allocated": {
    readonly uid: string;
    readonly paramHash?: string;
    readonly params?: JsonObject;
    readonly status?: Status;
    readonly storage?: "prefix";
  };
  readonly "run.status-changed": { readonly status: Status };
  /** Files by name, kept as given: a relative path is relative to the run's folder. A later value of a name replaces the earlier one. */
  readonly "run.files-attached": { readonly files: { readonly [name: string]: string } };
  /** `step` counts whatever the caller counts, such as epochs. */
  readonly "run.metrics-recorded": { readonly metrics: { readonly [name: string]: MetricValue }; readonly step?: number };
  readonly "run.error-recorded": { readonly message: string; readonly name?: string; readonly stack?: string; readonly code?: string };
  readonly "run.noted": { readonly note: string };
  readonly "run.tagged": { readonly tags: readonly string[] };
  /** A process took the run up; attempts count from 1. It promises a beat at least every `beatWithinMs`. */
  readonly "run.attempt-started": {
    readonly attempt: number;
    readonly host: string;
    readonly boot: string;
    readonly pidNamespace: string;
    readonly pid: number;
    readonly processStart: string;
    readonly beatWithinMs: number;
    readonly command?: readonly string[];
    readonly cwd?: string;
  };
  /** The process lives, and promises the next beat within `beatWithinMs`. */
  readonly "run.heartbeat-recorded": { readonly attempt: number; readonly beatWithinMs: number };
  /** The process let go of the run; `exitCode` or `signal` where a command was wrapped. */
  readonly "run.attempt-ended": { readonly attempt: number; readonly exitCode?: number; readonly signal?: string };
  /** A torn tail was cut off `segment` at byte `offset`, and its `bytes` bytes kept in `quarantine/` as `file`. */
  readonly "log.recovered": { readonly segment: string; readonly offset: number; readonly bytes: number; readonly sha256: string; readonly file: string };
  /**
   * Events of elsewhere are here now, by where they come from: a root as `urn:uuid:ROOT`, or the source of CloudEvents. Each range is the seq of its
   * first event here, the number of events, and, of a root, the seq that the first one has there.
   */
  readonly "log.imported": { readonly sources: { readonly [source: string]: readonly (readonly number[])[] } };
} & CheckpointEvents &
  WarmStartEvents &
  OperationEvents;

/** The name of a type in the catalogue. */
export type CatalogueType = keyof EventCatalogue;

/** A recorded event of the catalogue, discriminated by `type`. Holds for events of the current schema versions: upcast first. */
export type CatalogueEvent = { [Type in CatalogueType]: RecordedEvent<Type, EventCatalogue[Type]> }[CatalogueType];

/** An event of the catalogue to be appended, discriminated by `type`. */
export type NewCatalogueEvent = { [Type in CatalogueType]: NewEvent<Type, EventCatalogue[Type]> }[CatalogueType];

/** The nouns that an application's own types may not begin with: those of the catalogue, and those kept for later releases. */
export const reservedNouns: ReadonlySet<string> = new Set([
  "run",
  "log",
  "lease",
  "project",
  "session",
  "sweep",
  "experiment",
  "hash",
  "checkpoint",
  "warm-start",
  "operation",
  "call",
  "heartbeat",
  "participant",
]);

/** True when the noun of `type` is daybook's own. Total: takes any text. */
export function isReserved(type: string): boolean {
  return reservedNouns.has(nounOf(type));
}
