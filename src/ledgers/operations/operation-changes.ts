/** What has changed in an operation between two looks at it. Pure. */
import type { SessionRow } from "../../projections/views/operation-sessions.js";
import type { CleanupRow, OperationRow } from "../../projections/views/operations.js";
import type { OperationSnapshot } from "./transport.js";

/** Something that became so since the look before. */
export type OperationChange =
  | { readonly kind: "joined"; readonly session: SessionRow }
  /** A session is over; its `state` says how: `left`, `crashed`, or `closed` with its operation. */
  | { readonly kind: "session-over"; readonly session: SessionRow }
  /** Calls began or ended. */
  | { readonly kind: "calls" }
  | { readonly kind: "aborted"; readonly by: string; readonly reason?: string }
  | { readonly kind: "abort-withdrawn" }
  /** The operation fails: its clean-up began. Comes before `ended`, also where both were seen in one look. */
  | { readonly kind: "failing"; readonly cleanup: CleanupRow }
  | { readonly kind: "coordinator-replaced"; readonly coordinator: string; readonly from: string }
  | { readonly kind: "cleaned-up"; readonly session: string }
  | { readonly kind: "ended"; readonly state: "completed" | "failed"; readonly ended: NonNullable<OperationRow["ended"]> };

/**
 * The changes from one snapshot to a later one, in an order in which they may have happened. Without a snapshot before, they tell what is so by now: who is in it,
 * whether it is aborted, fails, or has ended.
 */
export function changesBetween(before: OperationSnapshot | undefined, after: OperationSnapshot): readonly OperationChange[] {
  return [...sessionChanges(before, after), ...operationChanges(before?.operation, after.operation)];
}

function sessionChanges(before: OperationSnapshot | undefined, after: OperationSnapshot): OperationChange[] {
  const states = new Map(before?.sessions.map((row) => [row.session, row.state]));
  return after.sessions.flatMap((session): OperationChange[] => {
    const was = states.get(session.session);
    if (was === session.state) return [];
    const over: OperationChange[] = session.state === "open" ? [] : [{ kind: "session-over", session }];
    return was === undefined ? [{ kind: "joined", session }, ...over] : over;
  });
}

function operationChanges(before: OperationRow | undefined, { calls, aborted, cleanup, ended, state }: OperationRow): OperationChange[] {
  const changes: OperationChange[] = [];
  if (before !== undefined && Object.entries(calls).some(([what, count]) => before.calls[what as keyof typeof calls] !== count)) changes.push({ kind: "calls" });
  if (before?.aborted === undefined && aborted !== undefined) {
    const { by, reason } = aborted;
    changes.push({ kind: "aborted", by, ...(reason === undefined ? {} : { reason }) });
  }
  if (before?.aborted !== undefined && aborted === undefined) changes.push({ kind: "abort-withdrawn" });
  if (cleanup !== undefined) {
    const was = before?.cleanup;
    if (was === undefined) changes.push({ kind: "failing", cleanup });
    else if (was.coordinator !== cleanup.coordinator) changes.push({ kind: "coordinator-replaced", coordinator: cleanup.coordinator, from: was.coordinator });
    for (const session of cleanup.reported) if (was?.reported.includes(session) !== true) changes.push({ kind: "cleaned-up", session });
  }
  if (before?.ended === undefined && ended !== undefined && (state === "completed" || state === "failed")) changes.push({ kind: "ended", state, ended });
  return changes;
}
