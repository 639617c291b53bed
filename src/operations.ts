/**
 * daybook/operations: work that many processes do together, in calls that everybody sees, with crashes that are noticed and cleaned up after.
 */
export type { CallError, CallKind, CrashEvidence, LogLevel, RemovalOutcome, SessionProcess } from "./events/operation-events.js";
export type { OpenCallRow } from "./projections/views/open-calls.js";
export type { SessionRow, SessionState } from "./projections/views/operation-sessions.js";
export type { CallCounts, CleanupRow, OperationRow, OperationState } from "./projections/views/operations.js";
export type { TempResourceRow } from "./projections/views/temp-resources.js";
export { pollFile, pollFiles, pollUntil } from "./ledgers/operations/workers/pollers.js";
export type { Poll, PollFileOptions, PollOptions } from "./ledgers/operations/workers/pollers.js";
export type { ServerRequestOptions } from "./ledgers/operations/workers/server-request.js";
export type { FileResultWorkerOptions, ProcessOptions, StdioWorkerOptions } from "./ledgers/operations/workers/worker-options.js";
