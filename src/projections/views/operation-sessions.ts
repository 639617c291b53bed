import { assertNever } from "../../base/assert-never.js";
import type { CatalogueEvent } from "../../events/catalogue.js";
import type { CrashEvidence, SessionProcess } from "../../events/operation-events.js";
import { parseOperationStream } from "../../events/operation-names.js";
import { defineProjection } from "../projection.js";

/** `closed`: its operation ended before it left. */
export type SessionState = "open" | "left" | "crashed" | "closed";

/** One joining of an operation by a process. */
export type SessionRow = SessionProcess & {
  readonly operationId: string;
  readonly session: string;
  readonly participant: string;
  readonly initiator: boolean;
  readonly rescuer: boolean;
  readonly failOnCrash: boolean;
  readonly joined: { readonly seq: number; readonly time: string };
  /** The last sign of life, and what it promised. */
  readonly beat: { readonly seq: number; readonly time: string; readonly nextWithinMs: number; readonly staleAfterMs: number };
  readonly state: SessionState;
  readonly openCalls: number;
  readonly over?: { readonly time: string; readonly reason?: string; readonly signal?: string; readonly evidence?: CrashEvidence };
};

const types = [
  "participant.joined", "heartbeat.recorded", "participant.left", "call.started", "call.ended", "call.failed", "call.cancelled", "call.crashed", "operation.crash-detected", "operation.failed",
  "operation.completed",
] as const;
type SessionEvent = Extract<CatalogueEvent, { readonly type: (typeof types)[number] }>;

/** The key of a session's row. */
export const sessionKey = (operationId: string, session: string): string => `${operationId}/${session}`;

/** Sessions, by {@link sessionKey}; those that are over stay. */
export const operationSessionsProjection = defineProjection<"operation-sessions", SessionRow>({
  name: "operation-sessions",
  version: 1,
  types,
  keys: (event) => {
    const id = parseOperationStream(event.stream);
    if (id === undefined) return [];
    const { data } = event as unknown as SessionEvent;
    return ("sessions" in data ? data.sessions : [data.session]).map((session) => sessionKey(id, session));
  },
  evolve: (row, event, key) => evolveSession(row, event as unknown as SessionEvent, key),
});

/** The next state of a session. Total: events of one that never joined change nothing. */
export function evolveSession(row: SessionRow | undefined, event: SessionEvent, key: string): SessionRow | undefined {
  const time = event.at ?? event.time;
  const { seq, by } = event;
  if (event.type === "participant.joined") {
    if (row !== undefined) return row;
    const { session, nextWithinMs, staleAfterMs, failOnCrash, initiator = false, rescuer = false, host, boot, pidNamespace, pid, processStart } = event.data;
    const operationId = key.slice(0, key.length - session.length - 1);
    const beat = { seq, time, nextWithinMs, staleAfterMs };
    return { operationId, session, participant: by, initiator, rescuer, failOnCrash, host, boot, pidNamespace, pid, processStart, joined: { seq, time }, beat, state: "open", openCalls: 0 };
  }
  if (row === undefined) return undefined;
  // What is over stays so: nobody is revived. Its calls are closed behind it.
  if (row.state !== "open" && !event.type.startsWith("call.")) return row;
  switch (event.type) {
    case "heartbeat.recorded": {
      const { nextWithinMs, staleAfterMs } = event.data;
      return { ...row, beat: { seq, time, nextWithinMs, staleAfterMs } };
    }
    case "participant.left": {
      const { reason, signal } = event.data;
      return { ...row, state: "left", over: { time, ...(reason === undefined ? {} : { reason }), ...(signal === undefined ? {} : { signal }) } };
    }
    case "call.started":
      return { ...row, openCalls: row.openCalls + 1 };
    case "call.ended":
    case "call.failed":
    case "call.cancelled":
    case "call.crashed":
      return { ...row, openCalls: Math.max(0, row.openCalls - 1) };
    case "operation.crash-detected":
      return { ...row, state: "crashed", over: { time, evidence: event.data.evidence } };
    case "operation.failed":
    case "operation.completed":
      return { ...row, state: "closed", over: { time } };
    default:
      return assertNever(event);
  }
}
