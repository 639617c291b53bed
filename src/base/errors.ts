/** All errors of the library, from where each is made. The classes are public; what throws them says so. */
export { DaybookError, isDaybookError, preview } from "./daybook-error.js";
export type { DaybookErrorCode } from "./daybook-error.js";
export { InvalidEventError, InvalidExpressionError, InvalidIdError, InvalidOptionError, InvalidValueError } from "./input-errors.js";
export { ClockJumpError, FileSystemUnsafeError, FormatTooNewError, IdReusedError, LockTimeoutError, LogClosedError, LogCorruptError, LogForkedError, LogNotFoundError, LogReadOnlyError, MomentAheadError, NativeAddonMissingError, ReadFailedError, SyncFailedError, TargetRefusedError, VersionConflictError, WriteFailedError } from "./log-errors.js";
export { ArtifactCorruptError, CheckpointNotFoundError, IncompatibleHashError, ModelUnsupportedError, NothingRegisteredError, SafetensorsInvalidError, UnhashablePartError } from "./checkpoint-errors.js";
export { HeadUnreadableError, KeyUnreadableError, ProofUnavailableError } from "./proof-errors.js";
export { ImportUnreadableError } from "./import-errors.js";
export { CallFailedError, CallPendingError, CallSettledError, CallsOpenError, NotInitiatorError, OperationAbortedError, OperationClosedError, OperationFailedError, OperationNotFoundError, SessionExpiredError, SessionInactiveError, TimedOutError, WorkerFailedError } from "./operation-errors.js";
export { ProjectionFailedError, ProjectionsUnreadableError, ProjectionUnknownError } from "./projection-errors.js";
export { AmbiguousRunError, FilesMissingError, LeaseLostError, MetadataForeignError, MetadataUnreadableError, PathOutsideRootError, RunBusyError, RunNotFoundError } from "./run-errors.js";
export { FingerprintFinalizedError, PayloadTooLargeError } from "./warm-start-errors.js";
