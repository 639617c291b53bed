/**
 * daybook: an append-only event log for experiments and coordinated work. Start with {@link openDaybook}.
 */
export type { Appended } from "./append-job.js";
export type { Clock } from "./base/clock.js";
export {
  AmbiguousRunError,
  ClockJumpError,
  DaybookError,
  FileSystemUnsafeError,
  FormatTooNewError,
  IdReusedError,
  InvalidEventError,
  InvalidIdError,
  InvalidOptionError,
  InvalidValueError,
  isDaybookError,
  LeaseLostError,
  LockTimeoutError,
  LogClosedError,
  LogCorruptError,
  LogForkedError,
  LogNotFoundError,
  LogReadOnlyError,
  MetadataForeignError,
  MetadataUnreadableError,
  NativeAddonMissingError,
  ProjectionFailedError,
  ProjectionUnknownError,
  ReadFailedError,
  RunBusyError,
  RunNotFoundError,
  SyncFailedError,
  VersionConflictError,
  WriteFailedError,
} from "./base/errors.js";
export type { DaybookErrorCode } from "./base/errors.js";
export { openDaybook } from "./daybook.js";
export type { Daybook, Decided, StatesByName } from "./daybook.js";
export type { AppendOptions, DaybookLog, ReadOptions } from "./daybook-log.js";
export type { ClockOption, DaybookOptions, MaterializeOptions } from "./daybook-options.js";
export { canonicalJson } from "./events/canonical-json.js";
export type { CatalogueEvent, CatalogueType, EventCatalogue, MetricValue } from "./events/catalogue.js";
export { parseRunAddress } from "./events/names.js";
export type { RunName } from "./events/names.js";
export type { Json, JsonObject, NewEvent, RecordedEvent } from "./events/recorded-event.js";
export type { JsonSchema } from "./events/schema-check.js";
export type { StandardSchema } from "./events/standard-schema.js";
export { Status } from "./events/status.js";
export type { Upcaster, Upcasters } from "./events/upcasters.js";
export type { EventTypeOptions } from "./events/validation.js";
export type { WriteOptions } from "./ledgers/ledger-host.js";
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
export type { FoundRun, RunLedger, RunOptions, StartOptions } from "./ledgers/runs/run-ledger.js";
export type { ListOptions, RunFilter, RunOrder } from "./ledgers/runs/run-query.js";
export type { RunRecord } from "./ledgers/runs/run-record.js";
export type { AppendResult, Cursor, Durability, Expectation, Head, LogFault, VerifyProgress } from "./log/port.js";
export { defineProjection } from "./projections/projection.js";
export type { FoldProjection, KeyedProjection, Projection, Rows, StateOf, StatesOf } from "./projections/projection.js";
export type { Difference } from "./replay/compare-json.js";
export type { RebuildOptions, RebuildProgress, RebuildReport, RebuiltProjection } from "./replay/rebuild.js";
export type { Verification, VerifyOptions } from "./replay/verify.js";
export type { AttemptRow, ErrorRow, StatusRow } from "./projections/views/run-row.js";
