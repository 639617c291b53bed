/**
 * daybook: an append-only event log for experiments and coordinated work. Start with {@link openDaybook}.
 */
export type { Appended } from "./append-job.js";
export type { Clock, ClockOption } from "./base/clock.js";
export {
  AmbiguousRunError,
  ArtifactCorruptError,
  CallFailedError,
  CallPendingError,
  CallSettledError,
  CallsOpenError,
  CheckpointNotFoundError,
  ClockJumpError,
  DaybookError,
  FilesMissingError,
  FileSystemUnsafeError,
  FingerprintFinalizedError,
  FormatTooNewError,
  HeadUnreadableError,
  IdReusedError,
  ImportUnreadableError,
  IncompatibleHashError,
  InvalidEventError,
  InvalidExpressionError,
  InvalidIdError,
  InvalidOptionError,
  InvalidValueError,
  isDaybookError,
  KeyUnreadableError,
  LeaseLostError,
  LockTimeoutError,
  LogClosedError,
  LogCorruptError,
  LogForkedError,
  LogNotFoundError,
  LogReadOnlyError,
  MetadataForeignError,
  MetadataUnreadableError,
  ModelUnsupportedError,
  MomentAheadError,
  NativeAddonMissingError,
  NothingRegisteredError,
  NotInitiatorError,
  OperationAbortedError,
  OperationClosedError,
  OperationFailedError,
  OperationNotFoundError,
  PathOutsideRootError,
  PayloadTooLargeError,
  ProjectionFailedError,
  ProjectionsUnreadableError,
  ProjectionUnknownError,
  ProofUnavailableError,
  ReadFailedError,
  RunBusyError,
  RunNotFoundError,
  SafetensorsInvalidError,
  SessionExpiredError,
  SessionInactiveError,
  SyncFailedError,
  TargetRefusedError,
  TimedOutError,
  UnhashablePartError,
  VersionConflictError,
  WorkerFailedError,
  WriteFailedError,
} from "./base/errors.js";
export type { DaybookErrorCode } from "./base/errors.js";
export type { Daybook } from "./daybook.js";
export type { AsOf } from "./daybook-past.js";
export type { Decided, StatesByName } from "./decided.js";
export { openDaybook } from "./open-daybook.js";
export type { AppendOptions, DaybookLog, ReadOptions } from "./daybook-log.js";
export type { DaybookOptions, MaterializeOptions } from "./daybook-options.js";
export { describeKey, generateKeyPair } from "./keys.js";
export { canonicalJson } from "./events/canonical-json.js";
export type { CatalogueEvent, CatalogueType, EventCatalogue, MetricValue } from "./events/catalogue.js";
export { parseRunAddress } from "./events/names.js";
export type { RunName } from "./events/names.js";
export type { Json, JsonObject, NewEvent, RecordedEvent } from "./events/recorded-event.js";
export type { JsonSchema } from "./events/schema-check.js";
export type { StandardSchema } from "./events/standard-schema.js";
export type { RunStorage } from "./events/run-storage.js";
export { Status } from "./events/status.js";
export type { Upcaster, Upcasters } from "./events/upcasters.js";
export type { EventTypeOptions } from "./events/validation.js";
export type { WriteOptions } from "./ledgers/ledger-host.js";
export { parseRunExpression } from "./ledgers/runs/expressions/parse-run-expression.js";
export type { RunExpression } from "./ledgers/runs/expressions/run-expression.js";
export type { ImportOptions, ImportProgress, ImportReport } from "./ledgers/moving/import-runs.js";
export { sha256ParamHash } from "./ledgers/moving/legacy-hash.js";
export type { LegacyMetadata, LegacyRun, LegacyStatus, Untaken } from "./ledgers/moving/legacy-run.js";
export { metadataText } from "./ledgers/moving/metadata-text.js";
export type { MetadataRun } from "./ledgers/moving/metadata-text.js";
export { readMetadata } from "./ledgers/moving/read-metadata.js";
export type { ReadMetadataOptions, ZoneOptions } from "./ledgers/moving/read-metadata.js";
export type { Liveness } from "./ledgers/runs/liveness.js";
export { paramHash } from "./ledgers/runs/param-hash.js";
export type { AllocateOptions, RunReport } from "./ledgers/runs/run-input.js";
export type { EndOptions, LeaseReport, RunLease } from "./ledgers/runs/run-lease.js";
export type { FolderOptions, FoundRun, RunLedger, RunOptions, StartOptions, TriedStart, TryStartOptions } from "./ledgers/runs/run-ledger.js";
export { readRunOrder } from "./ledgers/runs/run-query.js";
export type { ListOptions, RunFilter, RunOrder, SortKey } from "./ledgers/runs/run-query.js";
export { fieldOfRun, isRunField, lastActive, parseFieldPath, runDuration, splitFieldList, unknownField } from "./ledgers/runs/run-fields.js";
export type { FieldPath } from "./ledgers/runs/run-fields.js";
export type { RunRecord } from "./ledgers/runs/run-record.js";
export { unseenFields } from "./ledgers/runs/unseen-fields.js";
export type { UnseenField } from "./ledgers/runs/unseen-fields.js";
export type { Codec, CompressedSegment, CompressOptions, CompressProgress, CompressReport, DecompressOptions } from "./log/compressed/compression.js";
export type { AppendResult, Cursor, Durability, Expectation, Head, LogFault, VerifyProgress } from "./log/port.js";
export type { KeyDescription, KeyInput, KeyPair } from "./log/proof/keys.js";
export type { SavedHead, SegmentPart } from "./log/proof/saved-head.js";
export type { LostEvents } from "./log/rescue/lost-events.js";
export type { BackupReport } from "./log/rescue/backup-log.js";
export type { QuarantinedBytes, RepairReport, RewrittenSegment } from "./log/rescue/repair-log.js";
export { backupLog, repairLog } from "./log/rescue/rescue-log.js";
export type { RescueOptions, RescueProgress } from "./log/rescue/rescue-options.js";
export { defineProjection } from "./projections/projection.js";
export type { FoldProjection, KeyedProjection, Projection, Rows, StateOf, StatesOf } from "./projections/projection.js";
export type { FieldBlame } from "./replay/blame.js";
export type { DiffOptions } from "./replay/diff.js";
export type { HistoryChange } from "./replay/changes.js";
export type { HistoryOptions } from "./replay/history.js";
export type { PatchOperation } from "./replay/json-patch.js";
export type { Moment } from "./replay/moment.js";
export type { ProofOptions } from "./replay/proof.js";
export type { CloudEvent } from "./replay/moving/cloud-event.js";
export type { EventFormat, ExportedEvent } from "./replay/moving/exported-event.js";
export type { ExportOptions, ExportProgress } from "./replay/moving/export-events.js";
export type { EventImportOptions, EventImportProgress, EventImportReport, EventSource, NotImported } from "./replay/moving/import-events.js";
export { replay } from "./replay-log.js";
export type { Replayed, ReplayOptions, ReplayProgress } from "./replay-log.js";
export type { MomentRange } from "./replay/moment-range.js";
export type { Difference } from "./replay/compare-json.js";
export type { RebuildOptions, RebuildProgress, RebuildReport, RebuiltProjection } from "./replay/rebuild.js";
export type { Verification, VerifyOptions } from "./replay/verify.js";
export type { AttemptRow, ErrorRow, StatusRow } from "./projections/views/run-row.js";
