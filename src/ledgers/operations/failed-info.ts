import { OperationFailedError } from "../../base/errors.js";
import type { OperationRow } from "../../projections/views/operations.js";

/** Why an operation failed. */
export interface OperationFailedInfo {
  readonly operationId: string;
  /** When the failure was decided, as the log has it. */
  readonly failedAt: Date;
  readonly reason: string;
  /** Calls whose processes died. */
  readonly crashedCallIds: readonly string[];
  /** The call whose failure was the cause. */
  readonly failedCallId?: string;
}

/** The failure of an operation, from the moment at which it is decided; undefined where there is none. */
export function failedInfo({ operationId, state, cleanup, ended }: OperationRow): OperationFailedInfo | undefined {
  if (state === "cleanup" && cleanup !== undefined) {
    const { time, reason, crashedCalls, failedCall } = cleanup;
    return { operationId, failedAt: new Date(time), reason, crashedCallIds: crashedCalls, ...(failedCall === undefined ? {} : { failedCallId: failedCall }) };
  }
  if (state !== "failed" || ended === undefined) return undefined;
  const failedCall = cleanup?.failedCall;
  const since = cleanup?.time ?? ended.time;
  return {
    operationId,
    failedAt: new Date(since),
    reason: ended.reason ?? cleanup?.reason ?? "unknown",
    crashedCallIds: ended.crashedCalls ?? cleanup?.crashedCalls ?? [],
    ...(failedCall === undefined ? {} : { failedCallId: failedCall }),
  };
}

/** The error that a failure is thrown as. */
export const failedError = ({ operationId, reason, crashedCallIds, failedCallId }: OperationFailedInfo): OperationFailedError => new OperationFailedError(operationId, reason, crashedCallIds, failedCallId);
