/**
 * daybook/operations: work that many processes do together, in calls that everybody sees, with crashes that are noticed and cleaned up after.
 */
export type { CallError, CallKind, CrashEvidence, LogLevel, RemovalOutcome, SessionProcess } from "./events/operation-events.js";
export type { OpenCallRow } from "./projections/views/open-calls.js";
export type { SessionRow, SessionState } from "./projections/views/operation-sessions.js";
export type { CallCounts, CleanupRow, OperationRow, OperationState } from "./projections/views/operations.js";
export type { TempResourceRow } from "./projections/views/temp-resources.js";
export { Call } from "./ledgers/operations/call.js";
export type { CallCallback, CallOptions } from "./ledgers/operations/call-options.js";
export type { OperationFailedInfo } from "./ledgers/operations/failed-info.js";
export type { CallbackErrorListener, CallbackFault } from "./ledgers/operations/guarded-callbacks.js";
export { Ledger } from "./ledgers/operations/ledger.js";
export type { CreateOperationOptions, JoinOperationOptions, LedgerOptions } from "./ledgers/operations/ledger-options.js";
export { HeartbeatErrorType } from "./ledgers/operations/liveness/heartbeat-result.js";
export type { HeartbeatError, HeartbeatResult } from "./ledgers/operations/liveness/heartbeat-result.js";
export { Operation } from "./ledgers/operations/operation.js";
export type { LeaveOptions, SpawnOptions, Work } from "./ledgers/operations/operation.js";
export type { LedgerCallback, OperationCallback } from "./ledgers/operations/operation-callback.js";
export { SpawnedCall } from "./ledgers/operations/spawned-call.js";
export type { SyncOptions, SyncResult } from "./ledgers/operations/sync.js";
export type { WaitOptions } from "./ledgers/operations/wait-for-completion.js";
export { pollFile, pollFiles, pollUntil } from "./ledgers/operations/workers/pollers.js";
export type { Poll, PollFileOptions, PollOptions } from "./ledgers/operations/workers/pollers.js";
export type { ServerRequestOptions } from "./ledgers/operations/workers/server-request.js";
export type { FileResultWorkerOptions, ProcessOptions, StdioWorkerOptions } from "./ledgers/operations/workers/worker-options.js";
export { CleanupHandler } from "./ledgers/operations/liveness/cleanup-handler.js";
export type { Cleanup } from "./ledgers/operations/liveness/cleanup-handler.js";
export { sightOf as sightOfProcess } from "./ledgers/runs/process-identity.js";
export type { ProcessSight } from "./ledgers/runs/liveness.js";
export type { CallOutcome, CallRecord, WorkerRecord } from "./ledgers/operations/history/call-fold.js";
export type { CrashRecord, LogLine, OperationHistory } from "./ledgers/operations/history/operation-history.js";
export type { OperationFailure, OperationInfo } from "./ledgers/operations/history/operation-info.js";
export type { OperationQuery } from "./ledgers/operations/history/operation-query.js";
