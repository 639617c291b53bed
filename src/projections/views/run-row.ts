import type { MetricValue } from "../../events/catalogue.js";
import type { JsonObject } from "../../events/recorded-event.js";
import type { Status } from "../../events/status.js";

/** One holding of a run by one process. Times are ISO 8601. */
export type AttemptRow = {
  readonly attempt: number;
  readonly host: string;
  readonly boot: string;
  readonly pidNamespace: string;
  readonly pid: number;
  readonly processStart: string;
  readonly by: string;
  readonly started: string;
  /** The last sign of life, and within how many milliseconds the next one was promised. */
  readonly lastBeat: string;
  readonly beatWithinMs: number;
  readonly command?: readonly string[];
  readonly cwd?: string;
  readonly ended?: string;
  readonly exitCode?: number;
  readonly signal?: string;
};

/** A status a run has had. */
export type StatusRow = { readonly status: Status; readonly time: string; readonly by: string };

/** What went wrong in a run. */
export type ErrorRow = { readonly message: string; readonly name?: string; readonly stack?: string; readonly code?: string };

/** A run as the log tells it. */
export type RunRow = {
  readonly identifier: string;
  readonly relpath: string;
  readonly uid: string;
  readonly status: Status;
  readonly paramHash?: string;
  readonly params?: JsonObject;
  /** Absent: the run has a folder of its own. */
  readonly storage?: "prefix";
  readonly files: { readonly [name: string]: string };
  readonly metrics: { readonly [name: string]: MetricValue };
  readonly tags: readonly string[];
  readonly note?: string;
  readonly error?: ErrorRow;
  readonly attempts: readonly AttemptRow[];
  readonly history: readonly StatusRow[];
  /** Seq and time of the last event that changed it, heartbeats not counted. */
  readonly changedSeq: number;
  readonly changed: string;
};
