/**
 * daybook/operations: work that many processes do together, in calls that everybody sees, with crashes that are noticed and cleaned up after.
 */
export type { CallError, CallKind, CrashEvidence, LogLevel, RemovalOutcome, SessionProcess } from "./events/operation-events.js";
export type { CallCounts, OperationState } from "./projections/views/operations.js";
export { pollFile, pollFiles, pollUntil } from "./ledgers/operations/workers/pollers.js";
export type { Poll, PollFileOptions, PollOptions } from "./ledgers/operations/workers/pollers.js";
export type { ServerRequestOptions } from "./ledgers/operations/workers/server-request.js";
export type { FileResultWorkerOptions, ProcessOptions, StdioWorkerOptions } from "./ledgers/operations/workers/worker-options.js";
