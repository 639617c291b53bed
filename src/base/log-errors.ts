/** What becomes of the log: damage, locks, failed writes, versions. */
import { DaybookError, preview } from "./daybook-error.js";

/** The bytes of the log are not what was written. Nothing at or behind the place named is served. */
export class LogCorruptError extends DaybookError {
  readonly code = "LOG_CORRUPT";
  /** File name of the segment, or of another file of the root. */
  readonly segment: string;
  /** Byte offset in that file. */
  readonly offset: number;
  /** The first event concerned. */
  readonly seq: number;
  /** What is wrong there, without the place. */
  readonly problem: string;
  constructor(place: { readonly segment: string; readonly offset: number; readonly seq: number }, problem: string, cause?: unknown) {
    super(
      `${place.segment}, byte ${place.offset} (seq ${place.seq}): ${problem}. ` +
        "Run `daybook verify --full` for every fault, and `daybook repair --to DIR` to salvage what can be read into a new root; " +
        "a read-only opening serves everything before this place.",
      cause,
    );
    this.problem = problem;
    this.segment = place.segment;
    this.offset = place.offset;
    this.seq = place.seq;
  }
}

/** A cursor, snapshot or saved head names a position that this log does not have. */
export class LogForkedError extends DaybookError {
  readonly code = "LOG_FORKED";
  constructor(
    readonly seq: number,
    readonly token: string,
  ) {
    super(`This log has no commit that ends at seq ${seq} with token ${token}: it is another log, or its tail was cut off`);
  }
}

/** A write was asked of a handle that only reads. */
export class LogReadOnlyError extends DaybookError {
  readonly code = "LOG_READ_ONLY";
  constructor(what = "This daybook was opened read-only") {
    super(what);
  }
}

/** The handle has been closed. */
export class LogClosedError extends DaybookError {
  readonly code = "LOG_CLOSED";
  constructor() {
    super("This daybook has been closed");
  }
}

/** There is no daybook in the folder named. */
export class LogNotFoundError extends DaybookError {
  readonly code = "LOG_NOT_FOUND";
  constructor(
    readonly root: string,
    problem = "there is no daybook.json. Opening it for writing makes one",
  ) {
    super(`No daybook in ${root}: ${problem}`);
  }
}

/** The lock was not granted in time. `holders` are the processes that hold it, as far as the system tells. */
export class LockTimeoutError extends DaybookError {
  readonly code = "LOCK_TIMEOUT";
  constructor(
    readonly path: string,
    readonly waitedMs: number,
    readonly holders: readonly string[],
  ) {
    super(
      `No lock on ${path} within ${waitedMs} ms` +
        (holders.length > 0 ? `; held by ${holders.join(", ")}` : "; the system does not tell who holds it"),
    );
  }
}

/**
 * The disk did not confirm. The events are not known to be durable, and may be there. Repeating the append with the same
 * `id`, on a daybook opened anew, is safe.
 */
export class SyncFailedError extends DaybookError {
  readonly code = "SYNC_FAILED";
  constructor(root: string, cause?: unknown) {
    super(
      `The log of ${root} is not known to be durable: a sync failed. What was appended may be there or not. ` +
        "Close this daybook and open it again: opening writes the unconfirmed bytes anew and checks them",
      cause,
    );
  }
}

/** The events were not written, and the log is as it was before (`cause` has the system's error: ENOSPC, EIO, EDQUOT, EFBIG). */
export class WriteFailedError extends DaybookError {
  readonly code = "WRITE_FAILED";
  constructor(what: string, cause: unknown) {
    super(`${what}: ${cause instanceof Error ? cause.message : String(cause)}. Nothing was appended; the daybook can be used again once the cause is gone`, cause);
  }
}

/** The system could not read the log, or a file that belongs to it (`cause` has its error: EIO, EACCES, EMFILE). Nothing was appended. */
export class ReadFailedError extends DaybookError {
  readonly code = "READ_FAILED";
  constructor(cause: unknown, what = "The log") {
    super(`${what} could not be read: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}

/** The root was written by a later release. `needs` are the features this release lacks. */
export class FormatTooNewError extends DaybookError {
  readonly code = "FORMAT_TOO_NEW";
  constructor(
    readonly file: string,
    readonly needs: readonly string[],
    readonly access: "read" | "write",
  ) {
    super(`${file} needs ${needs.join(", ")} to be ${access === "read" ? "read" : "written"}; this release of daybook does not know that. Use a later one`);
  }
}

/** The clock is more than a day ahead of the log's last time. */
export class ClockJumpError extends DaybookError {
  readonly code = "CLOCK_JUMP";
  constructor(
    readonly lastTime: string,
    readonly now: string,
  ) {
    super(`The clock says ${now}, more than 24 h after the log's last event (${lastTime}). If the clock is right, open the daybook with { allowClockJump: true }`);
  }
}

/** An idempotency key was used before, for other events. */
export class IdReusedError extends DaybookError {
  readonly code = "ID_REUSED";
  constructor(
    readonly id: string,
    readonly firstSeq: number,
  ) {
    super(`The id ${preview(id)} was used at seq ${firstSeq} for other events; an id belongs to one append for ever`);
  }
}

/** Somebody appended to the stream (or below it) after the seq that the caller expected. */
export class VersionConflictError extends DaybookError {
  readonly code = "VERSION_CONFLICT";
  constructor(
    readonly stream: string,
    readonly expected: number,
    readonly actual: number,
  ) {
    super(`Stream ${preview(stream)}: expected its last event at seq ${expected}, it is at seq ${actual}`);
  }
}

/** A native add-on has no build for this machine. */
export class NativeAddonMissingError extends DaybookError {
  readonly code = "NATIVE_ADDON_MISSING";
  constructor(
    readonly addon: string,
    cause: unknown,
  ) {
    super(
      `The native add-on ${addon} has no build here. It is compiled when it is installed, which needs a C++ compiler, make and Python, ` +
        `and npm must be allowed to run its install script: \`npm approve-scripts fs-ext xxhash-addon && npm rebuild fs-ext xxhash-addon\``,
      cause,
    );
  }
}

/** The file system is not one whose locks and syncs can be trusted. */
export class FileSystemUnsafeError extends DaybookError {
  readonly code = "FILE_SYSTEM_UNSAFE";
  constructor(
    readonly root: string,
    readonly fileSystem: string,
  ) {
    super(`${root} is on ${fileSystem}: locks between machines cannot be trusted there. Use a local disk, or open with { unsafeFileSystem: true } if exactly one machine writes`);
  }
}

/** A moment was asked for that the log has not come to: a seq above its head, or a time that is still to come. */
export class MomentAheadError extends DaybookError {
  readonly code = "MOMENT_AHEAD";
  constructor(
    readonly moment: number | string,
    readonly head: { readonly seq: number; readonly time: string | undefined },
  ) {
    const where = head.time === undefined ? "the log is empty" : `the log's head is seq ${head.seq}, at ${head.time}`;
    super(`${typeof moment === "number" ? `Seq ${moment} has not been reached` : `${moment} is in the future`}: ${where}`);
  }
}

/** A folder cannot take a repaired log or a backup: it is not empty, holds something else, or lies within the daybook that is copied. */
export class TargetRefusedError extends DaybookError {
  readonly code = "TARGET_REFUSED";
  constructor(
    readonly to: string,
    problem: string,
  ) {
    super(`${to} cannot take a copy of the daybook: ${problem}`);
  }
}
