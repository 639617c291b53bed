import type { JsonObject } from "../../events/recorded-event.js";
import type { Status } from "../../events/status.js";

/** A run to be made. */
export interface Allocation {
  readonly identifier: string;
  readonly relpath: string;
  readonly paramHash: string | undefined;
  /** Hashes that stand for the same parameters, looked for in order when no run has `paramHash`. */
  readonly otherHashes?: readonly string[];
  readonly params: JsonObject | undefined;
  readonly status: Status;
}

/** Names a run; `relpath` undefined when the caller gave none. */
export interface RunReference {
  readonly identifier: string;
  readonly uid: string;
  readonly relpath: string | undefined;
}
