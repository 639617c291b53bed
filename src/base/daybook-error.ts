/**
 * Every error daybook throws on purpose. `code` is API and stays the same between releases; messages may change.
 * Guard with {@link isDaybookError}: it works across duplicate installs, where `instanceof` does not.
 */

/** The stable codes of {@link DaybookError}. */
export type DaybookErrorCode =
  | "AMBIGUOUS_RUN"
  | "ARTIFACT_CORRUPT"
  | "CALLS_OPEN"
  | "CALL_FAILED"
  | "CALL_PENDING"
  | "CALL_SETTLED"
  | "CHECKPOINT_NOT_FOUND"
  | "CLOCK_JUMP"
  | "FILES_MISSING"
  | "FILE_SYSTEM_UNSAFE"
  | "FINGERPRINT_FINALIZED"
  | "FORMAT_TOO_NEW"
  | "HEAD_UNREADABLE"
  | "ID_REUSED"
  | "IMPORT_UNREADABLE"
  | "INCOMPATIBLE_HASH"
  | "INVALID_EVENT"
  | "INVALID_ID"
  | "INVALID_OPTION"
  | "INVALID_VALUE"
  | "KEY_UNREADABLE"
  | "LEASE_LOST"
  | "LOCK_TIMEOUT"
  | "LOG_CLOSED"
  | "LOG_CORRUPT"
  | "LOG_FORKED"
  | "LOG_NOT_FOUND"
  | "LOG_READ_ONLY"
  | "METADATA_FOREIGN"
  | "METADATA_UNREADABLE"
  | "MODEL_UNSUPPORTED"
  | "MOMENT_AHEAD"
  | "NATIVE_ADDON_MISSING"
  | "NOTHING_REGISTERED"
  | "NOT_INITIATOR"
  | "OPERATION_ABORTED"
  | "OPERATION_CLOSED"
  | "OPERATION_FAILED"
  | "OPERATION_NOT_FOUND"
  | "PATH_OUTSIDE_ROOT"
  | "PAYLOAD_TOO_LARGE"
  | "PROJECTIONS_UNREADABLE"
  | "PROJECTION_FAILED"
  | "PROJECTION_UNKNOWN"
  | "PROOF_UNAVAILABLE"
  | "READ_FAILED"
  | "RUN_BUSY"
  | "RUN_NOT_FOUND"
  | "SAFETENSORS_INVALID"
  | "SESSION_EXPIRED"
  | "SESSION_INACTIVE"
  | "SYNC_FAILED"
  | "TARGET_REFUSED"
  | "TIMED_OUT"
  | "UNHASHABLE_PART"
  | "VERSION_CONFLICT"
  | "WORKER_FAILED"
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

/** A value as it is shown inside a message: JSON, shortened, never throwing. */
export function preview(value: unknown): string {
  // What JSON would turn into null says more as it is.
  if (typeof value === "number" || (value instanceof Date && Number.isNaN(value.getTime()))) return String(value);
  let text: string;
  try {
    text = JSON.stringify(value) ?? (typeof value === "function" ? "[function]" : String(value));
  } catch {
    text = Object.prototype.toString.call(value);
  }
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
