import { assertNever } from "../../../base/assert-never.js";
import type { CatalogueEvent } from "../../../events/catalogue.js";
import type { CallError, CallKind } from "../../../events/operation-events.js";
import type { Json } from "../../../events/recorded-event.js";

/** What became of a call; `open`: nothing yet. */
export type CallOutcome = "open" | "ended" | "failed" | "cancelled" | "crashed";

/** A call of an operation. Times are ISO 8601. */
export interface CallRecord {
  readonly callId: string;
  readonly session: string;
  readonly participant: string;
  readonly kind: CallKind;
  readonly failOnCrash: boolean;
  readonly description?: string;
  readonly startedAt: string;
  readonly outcome: CallOutcome;
  /** Of one that is not open. */
  readonly endedAt?: string;
  readonly elapsedMs?: number;
  /** Of one that ended, where it was JSON and short enough. */
  readonly result?: Json;
  /** The error that it failed with, or that a fallback stands for in one that ended. */
  readonly error?: CallError;
  /** Why it was cancelled. */
  readonly reason?: string;
  /** The processes that worked on it. */
  readonly workers: readonly WorkerRecord[];
}

/** A process that worked on a call. */
export interface WorkerRecord {
  readonly pid: number;
  readonly command: readonly string[];
  readonly startedAt: string;
  /** None: nobody has seen it exit. */
  readonly exitedAt?: string;
  readonly exitCode?: number;
  readonly signal?: string;
}

const types = ["call.started", "call.ended", "call.failed", "call.cancelled", "call.crashed", "call.worker-started", "call.worker-exited"] as const;
type CallEvent = Extract<CatalogueEvent, { readonly type: (typeof types)[number] }>;

/** True for an event of a call. */
export const isCallEvent = (event: CatalogueEvent): event is CallEvent => (types as readonly string[]).includes(event.type);

/** The call after an event of it. Pure and total: what does not fit where it stands changes nothing. */
export function evolveCall(call: CallRecord | undefined, event: CallEvent): CallRecord | undefined {
  const time = event.at ?? event.time;
  if (event.type === "call.started") {
    if (call !== undefined) return call;
    const { call: callId, session, kind, failOnCrash, description } = event.data;
    return { callId, session, participant: event.by, kind, failOnCrash, ...(description === undefined ? {} : { description }), startedAt: time, outcome: "open", workers: [] };
  }
  if (call === undefined) return undefined;
  const over = (outcome: CallOutcome, more: Partial<CallRecord> = {}): CallRecord =>
    call.outcome === "open" ? { ...call, outcome, endedAt: time, elapsedMs: Date.parse(time) - Date.parse(call.startedAt), ...more } : call;
  switch (event.type) {
    case "call.ended": {
      const { result, replaced } = event.data;
      return over("ended", { ...(result === undefined ? {} : { result }), ...(replaced === undefined ? {} : { error: replaced }) });
    }
    case "call.failed":
      return over("failed", { error: event.data.error });
    case "call.cancelled":
      return over("cancelled", event.data.reason === undefined ? {} : { reason: event.data.reason });
    case "call.crashed":
      return over("crashed");
    case "call.worker-started": {
      const { pid, command } = event.data;
      return { ...call, workers: [...call.workers, { pid, command, startedAt: time }] };
    }
    case "call.worker-exited": {
      const { pid, exitCode, signal } = event.data;
      const exited = { exitedAt: time, ...(exitCode === undefined ? {} : { exitCode }), ...(signal === undefined ? {} : { signal }) };
      return { ...call, workers: call.workers.map((worker) => (worker.pid === pid && worker.exitedAt === undefined ? { ...worker, ...exited } : worker)) };
    }
    default:
      return assertNever(event);
  }
}
