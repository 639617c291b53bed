import { assertNever } from "../../base/assert-never.js";
import type { CatalogueEvent } from "../../events/catalogue.js";
import { parseOperationStream } from "../../events/operation-names.js";
import { defineProjection } from "../projection.js";

/**
 * `running`, then `completed`; or `running`, `cleanup`, then `failed`. Never back. An operation that is aborted with nobody in it has nothing to clean up: it fails at
 * once.
 */
export type OperationState = "running" | "cleanup" | "failed" | "completed";

/** How many calls there were, by what became of them; those that are open are the rest. */
export type CallCounts = { readonly started: number; readonly ended: number; readonly failed: number; readonly cancelled: number; readonly crashed: number };

/** A clean-up under way or done. */
export type CleanupRow = {
  /** The session that has to end it. */
  readonly coordinator: string;
  readonly reason: string;
  readonly seq: number;
  readonly time: string;
  /** They have to report. */
  readonly survivors: readonly string[];
  readonly reported: readonly string[];
  readonly crashedCalls: readonly string[];
  readonly withinMs: number;
  readonly failedCall?: string;
};

/** An operation. What grows with its calls is not in here: only how many there were. */
export type OperationRow = {
  readonly operationId: string;
  readonly initiator: string;
  /** The session that it was created with. */
  readonly initiatorSession?: string;
  /** SHA-256 of the initiator's token. */
  readonly token: string;
  readonly description?: string;
  readonly seq: number;
  readonly time: string;
  readonly state: OperationState;
  readonly aborted?: { readonly time: string; readonly by: string; readonly reason?: string };
  /** Sessions that are not over, in the order in which they began. */
  readonly openSessions: readonly string[];
  readonly sessions: number;
  /** Whoever has joined, in the order in which they first did. */
  readonly participants: readonly string[];
  readonly calls: CallCounts;
  readonly cleanup?: CleanupRow;
  /** How it ended: `failed` or `completed` is in `state`. */
  readonly ended?: { readonly seq: number; readonly time: string; readonly by: string; readonly reason?: string; readonly crashedCalls?: readonly string[]; readonly unreported?: readonly string[]; readonly forced?: boolean };
};

const types = [
  "operation.created", "participant.joined", "participant.left", "call.started", "call.ended", "call.failed", "call.cancelled", "call.crashed", "operation.abort-requested",
  "operation.abort-withdrawn", "operation.crash-detected", "operation.cleanup-started", "operation.coordinator-replaced", "participant.cleaned-up", "operation.failed", "operation.completed",
] as const;
type OperationEvent = Extract<CatalogueEvent, { readonly type: (typeof types)[number] }>;

/** The types that the ledger of operations appends. */
export const operationEventTypes = [
  ...types, "heartbeat.recorded", "call.worker-started", "call.worker-exited", "operation.resource-registered", "operation.resource-released", "operation.resource-removed", "operation.logged",
] as const;

/** Operations, by id. */
export const operationsProjection = defineProjection<"operations", OperationRow>({
  name: "operations",
  version: 1,
  types,
  keys: (event) => {
    const id = parseOperationStream(event.stream);
    return id === undefined ? [] : [id];
  },
  evolve: (row, event, key) => evolveOperation(row, event as unknown as OperationEvent, key),
});

/** The next state of an operation. Total: events of one that was never created, or that do not fit where it stands, change nothing. */
export function evolveOperation(row: OperationRow | undefined, event: OperationEvent, operationId: string): OperationRow | undefined {
  const time = event.at ?? event.time;
  const { seq, by } = event;
  if (event.type === "operation.created") {
    if (row !== undefined) return row;
    const { initiator, token, description } = event.data;
    const calls = { started: 0, ended: 0, failed: 0, cancelled: 0, crashed: 0 };
    return { operationId, initiator, token, ...(description === undefined ? {} : { description }), seq, time, state: "running", openSessions: [], sessions: 0, participants: [], calls };
  }
  if (row === undefined) return undefined;
  const counted = (what: keyof CallCounts): OperationRow => ({ ...row, calls: { ...row.calls, [what]: row.calls[what] + 1 } });
  // What ended has ended: what comes behind that, such as lines of its log, is no business of this row.
  if (row.ended !== undefined) return row;
  const without = (sessions: readonly string[]): readonly string[] => row.openSessions.filter((session) => !sessions.includes(session));
  switch (event.type) {
    case "participant.joined": {
      const { session, initiator = false } = event.data;
      if (row.openSessions.includes(session)) return row;
      const participants = row.participants.includes(by) ? row.participants : [...row.participants, by];
      const first = initiator && row.initiatorSession === undefined ? { initiatorSession: session } : {};
      return { ...row, ...first, openSessions: [...row.openSessions, session], sessions: row.sessions + 1, participants };
    }
    case "participant.left":
      return { ...row, openSessions: without([event.data.session]) };
    case "call.started":
      return counted("started");
    case "call.ended":
      return counted("ended");
    case "call.failed":
      return counted("failed");
    case "call.cancelled":
      return counted("cancelled");
    case "call.crashed":
      return counted("crashed");
    case "operation.abort-requested": {
      const { reason } = event.data;
      return { ...row, aborted: { time, by, ...(reason === undefined ? {} : { reason }) } };
    }
    case "operation.abort-withdrawn": {
      const { aborted: _, ...rest } = row;
      return rest;
    }
    case "operation.crash-detected":
      return { ...row, openSessions: without(event.data.sessions) };
    case "operation.cleanup-started": {
      const { coordinator, reason, survivors, crashedCalls, withinMs, failedCall } = event.data;
      const cleanup = { coordinator, reason, seq, time, survivors, reported: [], crashedCalls, withinMs, ...(failedCall === undefined ? {} : { failedCall }) };
      return row.state === "running" ? { ...row, state: "cleanup", cleanup } : row;
    }
    case "operation.coordinator-replaced":
      return row.cleanup === undefined ? row : { ...row, cleanup: { ...row.cleanup, coordinator: event.data.coordinator } };
    case "participant.cleaned-up": {
      const { cleanup } = row;
      return cleanup === undefined || cleanup.reported.includes(event.data.session) ? row : { ...row, cleanup: { ...cleanup, reported: [...cleanup.reported, event.data.session] } };
    }
    case "operation.failed": {
      const { reason, crashedCalls, unreported } = event.data;
      return { ...row, state: "failed", openSessions: [], ended: { seq, time, by, reason, crashedCalls, ...(unreported === undefined ? {} : { unreported }) } };
    }
    case "operation.completed": {
      const { forced } = event.data;
      return { ...row, state: "completed", openSessions: [], ended: { seq, time, by, ...(forced === undefined ? {} : { forced }) } };
    }
    default:
      return assertNever(event);
  }
}

/** How many calls are open; never below nothing, also where another writer has closed one twice. */
export const openCallsOf = ({ calls }: OperationRow): number => Math.max(0, calls.started - calls.ended - calls.failed - calls.cancelled - calls.crashed);
