import type { CallCounts, OperationRow, OperationState } from "../../../projections/views/operations.js";
import { openCallsOf } from "../../../projections/views/operations.js";

/** An operation in short. Times are ISO 8601. */
export interface OperationInfo {
  readonly operationId: string;
  /** The participant that created it. */
  readonly initiator: string;
  readonly description?: string;
  readonly state: OperationState;
  readonly startedAt: string;
  /** Of one that has completed or failed. */
  readonly endedAt?: string;
  /** From its start to its end. */
  readonly elapsedMs?: number;
  /** Whoever has joined it, in the order in which they first did. */
  readonly participants: readonly string[];
  /** How many sessions it has had. */
  readonly sessions: number;
  /** Those that are not over. */
  readonly openSessions: readonly string[];
  readonly calls: CallCounts & { readonly open: number };
  /** Everybody was asked to stop. */
  readonly aborted?: { readonly time: string; readonly by: string; readonly reason?: string };
  /** Of one that is being cleaned up, or has failed. */
  readonly failure?: OperationFailure;
  /** It was completed with calls open, which were cancelled. */
  readonly forced?: boolean;
}

/** Why an operation failed. */
export interface OperationFailure {
  /** When that was decided: the clean-up comes behind it. */
  readonly time: string;
  readonly reason: string;
  /** The calls whose processes died, of those that were to fail the operation. */
  readonly crashedCalls: readonly string[];
  /** The call whose failure was the cause. */
  readonly failedCall?: string;
  /** The session that cleans up after it, or has. */
  readonly coordinator?: string;
  /** Sessions that did not report in time that they had cleaned up. */
  readonly unreported?: readonly string[];
}

/** An operation in short. The digest of the initiator's token stays out of it. */
export function operationInfo(row: OperationRow): OperationInfo {
  const { operationId, initiator, description, state, time, participants, sessions, openSessions, calls, aborted, ended } = row;
  const failure = failureOf(row);
  return {
    operationId,
    initiator,
    ...(description === undefined ? {} : { description }),
    state,
    startedAt: time,
    ...(ended === undefined ? {} : { endedAt: ended.time, elapsedMs: Date.parse(ended.time) - Date.parse(time) }),
    participants,
    sessions,
    openSessions,
    calls: { ...calls, open: openCallsOf(row) },
    ...(aborted === undefined ? {} : { aborted }),
    ...(failure === undefined ? {} : { failure }),
    ...(ended?.forced === true ? { forced: true } : {}),
  };
}

function failureOf({ state, cleanup, ended }: OperationRow): OperationFailure | undefined {
  if (state !== "cleanup" && state !== "failed") return undefined;
  const unreported = ended?.unreported;
  return {
    time: cleanup?.time ?? ended?.time ?? "",
    reason: ended?.reason ?? cleanup?.reason ?? "",
    crashedCalls: ended?.crashedCalls ?? cleanup?.crashedCalls ?? [],
    ...(cleanup?.failedCall === undefined ? {} : { failedCall: cleanup.failedCall }),
    ...(cleanup === undefined ? {} : { coordinator: cleanup.coordinator }),
    ...(unreported === undefined ? {} : { unreported }),
  };
}
