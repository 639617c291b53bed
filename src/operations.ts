/**
 * daybook/operations: work that many processes do together, in calls that everybody sees, with crashes that are noticed and cleaned up after.
 */
export type { CallError, CallKind, CrashEvidence, LogLevel, RemovalOutcome, SessionProcess } from "./events/operation-events.js";
export type { CallCounts, OperationState } from "./projections/views/operations.js";
