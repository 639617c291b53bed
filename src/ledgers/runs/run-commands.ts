import type { JsonObject } from "../../events/recorded-event.js";
import type { RunStorage } from "../../events/run-storage.js";
import type { Status } from "../../events/status.js";

/** A run to be made. */
export interface Allocation {
  readonly identifier: string;
  readonly relpath: string;
  readonly paramHash: string | undefined;
  /** Further hashes under which a run with the same parameters may be known, such as those of imported runs. */
  readonly otherHashes: readonly string[];
  readonly params: JsonObject | undefined;
  readonly status: Status;
  readonly storage: RunStorage;
  readonly tags: readonly string[];
  readonly note: string | undefined;
}

/** Names a run; `relpath` undefined when the caller gave none. */
export interface RunReference {
  readonly identifier: string;
  readonly uid: string;
  readonly relpath: string | undefined;
}
