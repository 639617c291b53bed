import type { SegmentHeader } from "../header.js";
import type { Patch } from "./patched-files.js";

/** Good commits that stand behind one another in a file, each continuing on the one before. Offsets in the file. */
export interface CommitRun {
  readonly start: number;
  end: number;
  readonly firstSeq: number;
  lastSeq: number;
  events: number;
  /** Times of its first and last event. */
  readonly from: string;
  to: string;
  /** Hash of its last commit. */
  hash: string;
  /** Highest `sync` in it. */
  sync: number;
}

/** Bytes that no good commit covers. */
export interface BadBytes {
  readonly offset: number;
  readonly bytes: number;
  readonly why: string;
}

/** What can be read of one segment file. */
export interface ScannedSegment {
  /** First seq by its header where that is sure, else by its name. */
  readonly first: number;
  readonly name: string;
  readonly size: number;
  /** Undefined where the header is lost. */
  readonly header: SegmentHeader | undefined;
  /** The first commit matches its hash, and the header is part of that. */
  readonly headerProven: boolean;
  /** By seq. */
  readonly runs: readonly CommitRun[];
  readonly bad: readonly BadBytes[];
  /** What a later hash proves to have been otherwise: the header, digits of hashes. */
  readonly patches: readonly Patch[];
  /** Everything from the last run to the end of the file is zero. */
  readonly padded: boolean;
  /** Why the file belongs to another log; nothing of it counts then. */
  readonly foreign: string | undefined;
}
