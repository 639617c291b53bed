import type { Clock } from "../base/clock.js";
import type { NewEvent, RecordedEvent } from "../events/recorded-event.js";
import type { CompressReport, ResolvedCompression } from "./compressed/compression.js";
import type { KeyInput } from "./proof/keys.js";
import type { SavedHead } from "./proof/saved-head.js";

/** What the end of a log is known by. */
export interface Head {
  /** The last event's seq; 0 for an empty log. */
  readonly seq: number;
  /** The last event's time (ISO 8601), `undefined` for an empty log. */
  readonly time: string | undefined;
  /** Opaque; equal tokens at equal seqs mean equal logs up to there. */
  readonly token: string;
}

/** A place between two commits of a log, to go on from. */
export interface Cursor {
  readonly seq: number;
  readonly token: string;
  /** Opaque: where the backend may find the place at once. Never trusted without a look. */
  readonly hint?: string;
}

/** When an append resolves: `fsync`, after its bytes are on the disk; `os`, after the write. */
export type Durability = "fsync" | "os";

/** The last seq that a decision has seen of a stream and of everything below it (`run/train` covers `run/train/0001`). */
export interface Expectation {
  readonly stream: string;
  /** 0: nothing of it exists. */
  readonly seq: number;
}

/** Who appends, by which clock, how safely. Set once per handle, sent with each append. */
export interface AppendContext {
  readonly by: string;
  readonly clock: Clock;
  readonly durability: Durability;
  /** Longest wait for the lock. */
  readonly lockTimeoutMs: number;
  /** What may be further than 24 h ahead of the log's last time. */
  readonly clockGuard: ClockGuard;
  readonly signal?: AbortSignal;
}

/** Decides whether a reading of the clock may follow the log's last time; throws ClockJumpError if not. */
export type ClockGuard = (nowMs: number, lastTimeMs: number) => void;

/** An event to append, with the rest of the envelope that callers of the port may set. */
export interface AppendEvent extends NewEvent<string, object> {
  /** Moment of origin (ISO 8601) of an imported event. */
  readonly at?: string;
  /** Who appended an imported event where it comes from. Default: the context's. */
  readonly by?: string;
  readonly cause?: number | string;
  readonly id?: string;
  /** `data` as JSON text, where it was fixed before the event had to wait. */
  readonly dataText?: string;
}

/** Where an append went. */
export interface AppendResult {
  /** Seq of its first event; of an empty append, the head's seq. */
  readonly firstSeq: number;
  readonly lastSeq: number;
}

/** What a backend can promise; the conformance suite tests exactly this. */
export interface LogCapabilities {
  /** Survives the process. */
  readonly persistent: boolean;
  /** Several processes may open it at once. */
  readonly shared: boolean;
}

/** What a job sees inside the exclusive section. Everything here is synchronous: the lock is held. */
export interface LogSection {
  /** The end of the log, staged events of earlier jobs of this commit included. */
  readonly head: Head;
  /** Last seq of a stream and of everything below it; 0 when there is none. */
  lastSeqOf(stream: string): number;
  /** Stages events for the commit, all or none: throws for an invalid one. A job that throws keeps nothing at all. */
  append(events: readonly AppendEvent[]): AppendResult;
}

/**
 * Something that keeps folds in step with the exclusive section. The log calls it around every commit that contains a job
 * which asked for it; all calls are synchronous.
 */
export interface CommitParticipant {
  /**
   * Catch up with everything that is committed, which ends at seq `head`. Gives the reader that has walked there, if one had to: what it
   * has checked need not be checked again. A reader that ends before `head` goes to `fellShort`, which throws what there is to say of it.
   */
  begin(head: number | undefined, fellShort: (reader: LogReader) => never): LogReader | undefined;
  /** Fold events that a job has staged. */
  staged(events: readonly RecordedEvent[]): void;
  /** A mark to go back to. */
  savepoint(): number;
  rollbackTo(savepoint: number): void;
  /** The staged events are in the log now, and end it; `moveToEnd` puts a reader behind them without reading. */
  committed(moveToEnd: (reader: LogReader) => void): void;
}

/** A job for the exclusive section. */
export interface ExclusiveJob<T> {
  readonly context: AppendContext;
  /** Ask for the participant to be caught up before `run`. */
  readonly participates: boolean;
  /** It will ask for `lastSeqOf`. */
  readonly expects?: boolean;
  run(section: LogSection): T;
  /** Called once the caller has its answer, whichever; cheaper than a further promise for each. */
  readonly settled?: () => void;
}

/** A batch of whole commits, in order. */
export interface ReadBatch {
  readonly events: readonly RecordedEvent[];
  /** The good end behind the batch. */
  readonly end: Cursor;
}

/** Which events a fold needs. Whoever reads for one may leave out the others. */
export interface EventFilter {
  wants(type: string): boolean;
  /** Those with an `id` are needed too, whatever their type. */
  readonly withId: boolean;
  /** Of these, only events of this stream and of everything below it. */
  readonly stream?: string;
  /** Whether a stream is wanted, whose name stands there as UTF-8. Default: every one. Events of others may be given all the same. */
  wantsStream?(bytes: Uint8Array, start: number, end: number): boolean;
}

/** Reads forward from a cursor. Synchronous pulls serve folds; they touch only bytes that were appended since. */
export interface LogReader {
  /** Where the reader stands. */
  readonly position: Cursor;
  /** The first seq of the segment in which it stands. A log without segments has none. */
  readonly segment?: number | undefined;
  /**
   * The next whole commits, about `maxBytes` of them; `undefined` at the good end. Throws LogCorruptError at damage that
   * is certain (that is: while the exclusive section is held, or after {@link LogBackend.confirm}). A backend may leave out events
   * that `filter` does not need, and need not; batches may be empty then.
   */
  pull(maxBytes?: number, filter?: EventFilter): ReadBatch | undefined;
  /** After a pull that gave undefined: bytes stand behind the good end that no good commit explains: a write under way, a torn tail, or damage. */
  readonly suspect: boolean;
  close(): void;
}

/** Something that is not as it was written. */
export interface LogFault {
  /**
   * `root`: daybook.json. `manifest`: a manifest line. `missing`: a segment is not there. `header`: a segment's first line.
   * `commit`: bytes against their hash or their place. `event`: a whole line that is no event. `seal`: a sealed segment
   * against its manifest line. `compressed`: a compressed segment that cannot be decompressed, in whole or from there on. `signature`: a
   * signature that does not fit, or is missing where a key asks for it. `head`: the log against a saved head.
   */
  readonly kind: "root" | "manifest" | "missing" | "header" | "commit" | "event" | "seal" | "compressed" | "signature" | "head";
  /** File name. */
  readonly segment: string;
  /** Byte offset in that file. */
  readonly offset: number;
  /** The first event concerned. */
  readonly seq: number;
  readonly message: string;
}

/** What a check of a log found. */
export interface LogVerification {
  /** No faults. */
  readonly ok: boolean;
  /** Events in good commits of the segments that were read. */
  readonly events: number;
  readonly segments: number;
  /** Bytes that were read and checked. */
  readonly bytes: number;
  readonly faults: readonly LogFault[];
  /** What is no damage but good to know: a torn tail that waits for the next writer, a mark of a failed sync. */
  readonly notes: readonly string[];
  /** Of a check with `key`: the key's id, and the last seq that a signature of it covers; 0 for none. */
  readonly signed?: { readonly key: string; readonly to: number };
  /** Of a check with `since`: the head that the log was held against. Without faults, everything up to it is unchanged. */
  readonly since?: { readonly seq: number; readonly time: string | null };
}

/** How far a check of a log is. */
export interface VerifyProgress {
  readonly bytes: number;
  readonly totalBytes: number;
}

/** How a log is checked. */
export interface VerifyOptions {
  /** Read every byte. Default: the manifest's chain, every segment's size and header, and all of what is not sealed. */
  readonly full?: boolean;
  /**
   * Ask for signatures of this key (its public half is enough) over all that is closed, and read every sealed segment to hold it
   * against what was signed.
   */
  readonly key?: KeyInput;
  /**
   * A saved head, as `book.proof` gave it, its JSON text, or the path of its file: everything up to it has to be there, byte for byte. With
   * `key`, the head has to be signed too.
   */
  readonly since?: SavedHead | string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: VerifyProgress) => void;
}

/** The events of one entity. */
export interface EventQuery {
  /** This stream and everything below it. */
  readonly stream: string;
  /** First and last seq, both inclusive. */
  readonly from: number;
  readonly to: number;
}

/** The port behind which a log sits. `open` is the factory of each backend. */
export interface LogBackend {
  readonly capabilities: LogCapabilities;
  head(): Promise<Head>;
  append(events: readonly AppendEvent[], context: AppendContext, expect?: readonly Expectation[]): Promise<AppendResult>;
  /** Runs the job alone among all writers; see promise 8 of the format for the order of callers. */
  exclusive<T>(job: ExclusiveJob<T>): Promise<T>;
  /** A reader that stands at `after` (default: before the first event). Rejects LogForkedError when the log has no such place. */
  reader(after?: Cursor | number): Promise<LogReader>;
  /**
   * The events of a stream, in order, as they were written; for a backend that finds them without reading everything. Use `findEvents`,
   * which reads the log where this is missing.
   */
  find?(query: EventQuery): AsyncIterable<RecordedEvent>;
  /** The seq of the last event whose `time` is not after `time`; 0 for none. As with {@link find}: use `lastSeqAt` of find-events. */
  lastSeqAt?(time: string): Promise<number>;
  /**
   * The end of the log as it was when its last event was the one of a seq, from 0 up to the head's. Inside of a commit, which nobody has ever seen
   * as an end, the token is one of its own. As with {@link find}: use `headAt` of head-at.
   */
  headAt?(seq: number): Promise<Head>;
  /** Makes anew, where it is missing or wrong, what {@link find} and {@link lastSeqAt} go by. A cache: nothing else changes. */
  reindex?(signal?: AbortSignal): Promise<void>;
  /** Settles what a suspect reader saw: resolves for a torn tail, rejects LogCorruptError for damage. */
  confirm(reader: LogReader): Promise<void>;
  /** The last seq known to be durable. */
  readonly durableSeq: number;
  /** Calls back, at least once, some time after anything was appended by anyone. */
  watch(listener: () => void): () => void;
  /** What proves later that the log is unchanged up to here; a backend without it has no files, or is a past. @throws LogCorruptError */
  proof?(signal?: AbortSignal): Promise<SavedHead>;
  /** Reads only, and is safe while others write. Lists every fault it finds. */
  verify(options?: VerifyOptions): Promise<LogVerification>;
  /** Compresses what does not change any more, or decompresses it again; for a backend that has files. */
  compress?(options: ResolvedCompression): Promise<CompressReport>;
  setParticipant(participant: CommitParticipant): void;
  close(): Promise<void>;
}
