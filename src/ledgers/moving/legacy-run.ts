import type { Status } from "../../events/status.js";

/** A status that a run of a `metadata.json` has had. */
export interface LegacyStatus {
  readonly status: Status;
  /** ISO 8601, UTC, milliseconds; undefined where the file does not tell the moment. */
  readonly at: string | undefined;
}

/** A run as a `metadata.json` tells it, under daybook's names. */
export interface LegacyRun {
  readonly identifier: string;
  readonly relpath: string;
  /** Four digits or more; the original's `"007"` is `"0007"`. */
  readonly uid: string;
  readonly paramHash: string | undefined;
  /** By name, as given. */
  readonly files: Readonly<Record<string, string>>;
  /** At least one. */
  readonly history: readonly LegacyStatus[];
  /** Where it stands in the file, such as `$.train["mnist/cnn"]["007"]`. */
  readonly place: string;
}

/** Something of a `metadata.json` that could not be taken. */
export interface Untaken {
  /**
   * What was left out: a whole `run` (and everything above it, when a name is refused), one `status` or its moment, one `file`, or another
   * `field`. `conflict`: the daybook has something else under that uid.
   */
  readonly kind: "run" | "status" | "file" | "field" | "conflict";
  /** Where it stands in the file, such as `$.train[""]["007"].status`. */
  readonly place: string;
  /** Why, in words. */
  readonly why: string;
}

/** What was found in a `metadata.json`. */
export interface LegacyMetadata {
  /** In the order of the file, uids of one scope as numbers. */
  readonly runs: readonly LegacyRun[];
  readonly skipped: readonly Untaken[];
}
