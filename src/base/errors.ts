/**
 * Every error daybook throws on purpose. `code` is API and stays the same between releases; messages may change.
 * Guard with {@link isDaybookError}: it works across duplicate installs, where `instanceof` does not.
 */

/** The stable codes of {@link DaybookError}. */
export type DaybookErrorCode =
  | "AMBIGUOUS_RUN"
  | "CLOCK_JUMP"
  | "FILES_MISSING"
  | "FILE_SYSTEM_UNSAFE"
  | "FORMAT_TOO_NEW"
  | "ID_REUSED"
  | "INVALID_EVENT"
  | "INVALID_ID"
  | "INVALID_OPTION"
  | "INVALID_VALUE"
  | "LEASE_LOST"
  | "LOCK_TIMEOUT"
  | "LOG_CLOSED"
  | "LOG_CORRUPT"
  | "LOG_FORKED"
  | "LOG_NOT_FOUND"
  | "LOG_READ_ONLY"
  | "METADATA_FOREIGN"
  | "METADATA_UNREADABLE"
  | "NATIVE_ADDON_MISSING"
  | "PATH_OUTSIDE_ROOT"
  | "PROJECTION_FAILED"
  | "PROJECTION_UNKNOWN"
  | "READ_FAILED"
  | "RUN_BUSY"
  | "RUN_NOT_FOUND"
  | "SYNC_FAILED"
  | "VERSION_CONFLICT"
  | "WRITE_FAILED";

/** Base of every error of this library. */
export abstract class DaybookError extends Error {
  /** Stable, upper-snake identifier of the condition. */
  abstract readonly code: DaybookErrorCode;

  protected constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
  }
}

/** True for an error of this library, of the given `code` when one is given; also for one from another copy of the package. */
export function isDaybookError(error: unknown, code?: DaybookErrorCode): error is DaybookError {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return false;
  if (code !== undefined) return error.code === code;
  // Node's own codes look alike, but for how they begin.
  return error instanceof DaybookError || /^(?!ERR_)[A-Z]+(_[A-Z]+)+$/.test(error.code);
}

/** An option has a value it cannot have. `field` names it. */
export class InvalidOptionError extends DaybookError {
  readonly code = "INVALID_OPTION";
  constructor(
    readonly field: string,
    problem: string,
  ) {
    super(`Option "${field}" ${problem}`);
  }
}

/** A text is no expression over the fields of a run. `column` counts from 1 and says where in `expression` it went wrong. */
export class InvalidExpressionError extends InvalidOptionError {
  constructor(
    field: string,
    readonly expression: string,
    readonly column: number,
    readonly problem: string,
  ) {
    super(field, `${preview(expression)}, column ${column}: ${problem}`);
  }
}

/** An identifier, uid, relpath, stream, type or participant name is outside its alphabet. */
export class InvalidIdError extends DaybookError {
  readonly code = "INVALID_ID";
  constructor(
    readonly kind: string,
    readonly value: unknown,
    problem: string,
  ) {
    super(`Invalid ${kind} ${preview(value)}: ${problem}`);
  }
}

/** A value cannot be written as JSON without changing it. `path` is where it stands, such as `$.layers[2].width`. */
export class InvalidValueError extends DaybookError {
  readonly code = "INVALID_VALUE";
  constructor(
    readonly path: string,
    problem: string,
  ) {
    super(`${path} ${problem}`);
  }
}

/** An event may not be appended as it is. `path` names the offending field, `$` being the event. */
export class InvalidEventError extends DaybookError {
  readonly code = "INVALID_EVENT";
  constructor(
    readonly type: string,
    readonly path: string,
    problem: string,
    cause?: unknown,
  ) {
    super(`Event ${preview(type)}: ${path} ${problem}`, cause);
  }
}

/** The bytes of the log are not what was written. Nothing at or behind the place named is served. */
export class LogCorruptError extends DaybookError {
  readonly code = "LOG_CORRUPT";
  /** File name of the segment, or of another file of the root. */
  readonly segment: string;
  /** Byte offset in that file. */
  readonly offset: number;
  /** The first event concerned. */
  readonly seq: number;
  constructor(place: { readonly segment: string; readonly offset: number; readonly seq: number }, problem: string, cause?: unknown) {
    super(
      `${place.segment}, byte ${place.offset} (seq ${place.seq}): ${problem}. ` +
        "Run `daybook verify --full` for every fault; a read-only opening serves everything before this place.",
      cause,
    );
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

/** The system could not read the log (`cause` has its error: EIO, EACCES, EMFILE). Nothing was appended. */
export class ReadFailedError extends DaybookError {
  readonly code = "READ_FAILED";
  constructor(cause: unknown) {
    super(`The log could not be read: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
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

/** A fold threw. The projection stays out of use until it is rebuilt; the others go on. */
export class ProjectionFailedError extends DaybookError {
  readonly code = "PROJECTION_FAILED";
  constructor(
    readonly projection: string,
    readonly event: { readonly seq: number; readonly type: string; readonly stream: string },
    cause: unknown,
  ) {
    super(`Projection "${projection}" failed on seq ${event.seq} (${event.type} of ${event.stream}): ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}

/** No projection of that name is registered. */
export class ProjectionUnknownError extends DaybookError {
  readonly code = "PROJECTION_UNKNOWN";
  constructor(
    readonly projection: string,
    readonly known: readonly string[],
  ) {
    super(`There is no projection ${preview(projection)}. Known: ${known.join(", ")}`);
  }
}

/** There is no such run. */
export class RunNotFoundError extends DaybookError {
  readonly code = "RUN_NOT_FOUND";
  constructor(readonly run: string) {
    super(`There is no run ${run}`);
  }
}

/** The uid alone does not tell which run is meant. `relpaths` lists where it exists. */
export class AmbiguousRunError extends DaybookError {
  readonly code = "AMBIGUOUS_RUN";
  constructor(
    readonly run: string,
    readonly relpaths: readonly string[],
  ) {
    super(`${run} exists under several relpaths: ${relpaths.map((relpath) => preview(relpath)).join(", ")}. Name one`);
  }
}

/** Files that were to be joined are not there, or not what they should be. `missing` lists each, and why. */
export class FilesMissingError extends DaybookError {
  readonly code = "FILES_MISSING";
  constructor(readonly missing: readonly { readonly run: string; readonly message: string }[]) {
    const some = missing.slice(0, 5).map(({ run, message }) => `${run}: ${message}`);
    super(`${missing.length} of the files asked for cannot be had: ${some.join("; ")}${missing.length > 5 ? "; ..." : ""}`);
  }
}

/** A live process holds the run. */
export class RunBusyError extends DaybookError {
  readonly code = "RUN_BUSY";
  constructor(
    readonly run: string,
    readonly holder: string,
  ) {
    super(`Run ${run} is held by ${holder}`);
  }
}

/** The run was taken up by somebody else, or has ended, since this lease was taken; or a report named an attempt that is not the latest. */
export class LeaseLostError extends DaybookError {
  readonly code = "LEASE_LOST";
  constructor(
    readonly run: string,
    readonly attempt: number,
    cause?: unknown,
  ) {
    super(`Attempt ${attempt} of run ${run} no longer holds it: it has ended or was taken up by another process`, cause);
  }
}

/** A folder would lie outside of the root, since a symbolic link on the way leads there. `real` is where; undefined for a link to nowhere. */
export class PathOutsideRootError extends DaybookError {
  readonly code = "PATH_OUTSIDE_ROOT";
  constructor(
    readonly path: string,
    readonly root: string,
    readonly real: string | undefined,
  ) {
    super(
      `${path} would lie outside of the root ${root}: a symbolic link on the way leads to ${real ?? "a place that does not exist"}. ` +
        "Remove the link, or open the daybook at its target",
    );
  }
}

/** What should be a run ledger's `metadata.json` is none. `source` is its path, or `text`; `where` the line and column, or the JSON path. */
export class MetadataUnreadableError extends DaybookError {
  readonly code = "METADATA_UNREADABLE";
  constructor(
    readonly source: string,
    readonly where: string,
    problem: string,
    cause?: unknown,
  ) {
    super(`${source} is no run ledger's metadata.json: ${where}${where === "" ? "" : ": "}${problem}`, cause);
  }
}

/** A file stands where `metadata.json` should be kept, and holds what this daybook does not have. It was left as it is. */
export class MetadataForeignError extends DaybookError {
  readonly code = "METADATA_FOREIGN";
  constructor(
    readonly path: string,
    problem: string,
  ) {
    super(
      `${path} was not written by this daybook, and is not overwritten: ${problem}. Import it first (\`daybook import\`, \`book.runs.import\`) ` +
        "and move it away if something of it could not be taken, or name another path for the materialized one",
    );
  }
}

/** A value as it is shown inside a message: JSON, shortened, never throwing. */
export function preview(value: unknown): string {
  let text: string;
  try {
    text = JSON.stringify(value) ?? (typeof value === "function" ? "[function]" : String(value));
  } catch {
    text = Object.prototype.toString.call(value);
  }
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
