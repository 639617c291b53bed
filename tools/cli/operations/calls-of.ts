import type { CallError, CallKind } from "../../../src/operations.js";
import type { Json, RecordedEvent } from "../../../src/index.js";
import type { Outcome } from "./time-chart.js";

/** A call of an operation, and what became of it. */
export interface ShownCall {
  readonly call: string;
  readonly session: string;
  readonly participant: string;
  readonly kind: CallKind;
  readonly failOnCrash: boolean;
  readonly description?: string;
  readonly started: string;
  readonly outcome: Outcome;
  /** Of one that is over. */
  readonly ended?: string;
  readonly result?: Json;
  /** What it failed with, or what its fallback stands for. */
  readonly error?: CallError;
  readonly reason?: string;
  readonly worker?: { readonly pid: number; readonly command: readonly string[]; readonly exitCode?: number; readonly signal?: string };
}

/** What the events of one operation say of its calls, in the order in which they started. Events of other kinds say nothing. */
export class CallFold {
  readonly #calls = new Map<string, ShownCall>();

  get calls(): readonly ShownCall[] {
    return [...this.#calls.values()];
  }

  take({ type, data, by, time, at = time }: RecordedEvent): void {
    const id = data["call"];
    if (typeof id !== "string" || !type.startsWith("call.")) return;
    const { session, kind, failOnCrash, description, result, error, replaced, reason, pid, command, exitCode, signal } = data as unknown as CallData;
    if (type === "call.started") {
      this.#calls.set(id, { call: id, session, participant: by, kind, failOnCrash, ...(description === undefined ? {} : { description }), started: at, outcome: "open" });
      return;
    }
    const known = this.#calls.get(id);
    if (known === undefined) return;
    const over = (outcome: Outcome, more: Partial<ShownCall> = {}): ShownCall => ({ ...known, outcome, ended: at, ...more });
    const next: Readonly<Record<string, () => ShownCall>> = {
      "call.worker-started": () => ({ ...known, worker: { pid, command } }),
      "call.worker-exited": () => ({ ...known, worker: { pid, command: known.worker?.command ?? [], ...(exitCode === undefined ? {} : { exitCode }), ...(signal === undefined ? {} : { signal }) } }),
      "call.ended": () => over(replaced === undefined ? "ended" : "replaced", { ...(result === undefined ? {} : { result }), ...(replaced === undefined ? {} : { error: replaced }) }),
      "call.failed": () => over("failed", { error }),
      "call.cancelled": () => over("cancelled", reason === undefined ? {} : { reason }),
      "call.crashed": () => over("crashed"),
    };
    const change = next[type];
    // A call is over once.
    if (change !== undefined && (known.ended === undefined || type.startsWith("call.worker-"))) this.#calls.set(id, change());
  }
}

/** What the data of events of calls may hold. */
interface CallData {
  readonly session: string;
  readonly kind: CallKind;
  readonly failOnCrash: boolean;
  readonly description?: string;
  readonly result?: Json;
  readonly error: CallError;
  readonly replaced?: CallError;
  readonly reason?: string;
  readonly pid: number;
  readonly command: readonly string[];
  readonly exitCode?: number;
  readonly signal?: string;
}
