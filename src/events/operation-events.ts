/**
 * The data of events about operations. The stream of each is that of its operation, `operation/ID`. A *session* is one joining of an operation by a
 * process, named by its id; `by` of an event is the participant that appended it.
 */
import type { Json } from "./recorded-event.js";

/** How a call is worked on: by its caller, by the library in the background, or by a process of its own. */
export const callKinds = ["call", "spawned", "worker"] as const;

/** How a call is worked on: by its caller, by the library in the background, or by a process of its own. */
export type CallKind = (typeof callKinds)[number];

/** How much a line of an operation's log matters. */
export const logLevels = ["debug", "info", "warning", "error"] as const;

/** How much a line of an operation's log matters. */
export type LogLevel = (typeof logLevels)[number];

/** How a session was found to be dead: its process is gone, or it has been silent for longer than it promised. */
export const crashEvidence = ["gone", "silent"] as const;

/** How a session was found to be dead: its process is gone, or it has been silent for longer than it promised. */
export type CrashEvidence = (typeof crashEvidence)[number];

/** What became of a temporary resource that somebody cleaned up for the dead. `refused`: something else stands there now, such as a link. */
export const removalOutcomes = ["removed", "missing", "failed", "refused"] as const;

/** What became of a temporary resource that somebody cleaned up for the dead. `refused`: something else stands there now, such as a link. */
export type RemovalOutcome = (typeof removalOutcomes)[number];

/** An error as the log keeps it. `stderr`: the last of what a worker wrote there. */
export type CallError = {
  readonly message: string;
  readonly name?: string;
  readonly stack?: string;
  readonly code?: string;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly stderr?: string;
};

/** Where a process runs, and since when: what tells it from every other one, also after its pid was given out again. */
export type SessionProcess = {
  readonly host: string;
  readonly boot: string;
  readonly pidNamespace: string;
  readonly pid: number;
  readonly processStart: string;
};

/** Type aliases, not interfaces: so each is a JSON object to the compiler. */
export type OperationEvents = {
  /** `token` is the SHA-256 (hex) of the initiator's token: who has the token may complete the operation. */
  readonly "operation.created": { readonly initiator: string; readonly token: string; readonly description?: string };
  /**
   * A session began. Its process promises a beat within `nextWithinMs`, and to be given up as crashed when silent for `staleAfterMs`. `failOnCrash`: its death fails
   * the operation also when it has no call open. `rescuer`: it came to finish what dead ones left, and may join an operation in cleanup.
   */
  readonly "participant.joined": SessionProcess & {
    readonly session: string;
    readonly nextWithinMs: number;
    readonly staleAfterMs: number;
    readonly failOnCrash: boolean;
    readonly initiator?: boolean;
    readonly rescuer?: boolean;
  };
  readonly "heartbeat.recorded": { readonly session: string; readonly nextWithinMs: number; readonly staleAfterMs: number };
  /** The session is over by its own word. `signal`: that one ended its process. */
  readonly "participant.left": { readonly session: string; readonly reason?: string; readonly signal?: string };
  readonly "call.started": { readonly session: string; readonly call: string; readonly kind: CallKind; readonly failOnCrash: boolean; readonly description?: string };
  /** Success. `result` where it is JSON and short enough (64 KiB); `replaced`: the error that a fallback stands for. */
  readonly "call.ended": { readonly session: string; readonly call: string; readonly result?: Json; readonly replaced?: CallError };
  readonly "call.failed": { readonly session: string; readonly call: string; readonly error: CallError };
  readonly "call.cancelled": { readonly session: string; readonly call: string; readonly reason?: string };
  /** Its session is dead. Appended by whoever closes it. */
  readonly "call.crashed": { readonly session: string; readonly call: string };
  readonly "call.worker-started": { readonly session: string; readonly call: string; readonly pid: number; readonly processStart: string; readonly command: readonly string[] };
  readonly "call.worker-exited": { readonly session: string; readonly call: string; readonly pid: number; readonly exitCode?: number; readonly signal?: string };
  /** Everybody is to stop. */
  readonly "operation.abort-requested": { readonly session?: string; readonly reason?: string };
  readonly "operation.abort-withdrawn": { readonly session?: string };
  /** A path, absolute, that is to go when the session's process dies. */
  readonly "operation.resource-registered": { readonly session: string; readonly path: string };
  readonly "operation.resource-released": { readonly session: string; readonly path: string };
  /** Somebody cleaned up for the dead `session`. */
  readonly "operation.resource-removed": { readonly session: string; readonly path: string; readonly outcome: RemovalOutcome; readonly problem?: string };
  readonly "operation.logged": { readonly level: LogLevel; readonly message: string; readonly session?: string };
  /** These sessions are dead, and will be refused from now on. `observer`: the session that saw it. */
  readonly "operation.crash-detected": { readonly sessions: readonly string[]; readonly evidence: CrashEvidence; readonly observer?: string };
  /**
   * The operation fails: nothing new begins. Every session of `survivors` runs its clean-ups and reports within `withinMs`; the coordinator waits for them, cleans up for the
   * dead, and ends it. `failedCall`: the call whose failure was the cause.
   */
  readonly "operation.cleanup-started": {
    readonly coordinator: string;
    readonly reason: string;
    readonly survivors: readonly string[];
    readonly crashedCalls: readonly string[];
    readonly withinMs: number;
    readonly failedCall?: string;
  };
  /** The coordinator died in the middle of the clean-up: another one goes on. */
  readonly "operation.coordinator-replaced": { readonly coordinator: string; readonly from: string };
  /** The session has run its clean-ups; `problems` of those that threw. */
  readonly "participant.cleaned-up": { readonly session: string; readonly problems?: readonly string[] };
  /** `sessions`: those that were open, and are over with it. `unreported`: survivors that did not report in time. */
  readonly "operation.failed": { readonly reason: string; readonly crashedCalls: readonly string[]; readonly sessions: readonly string[]; readonly unreported?: readonly string[] };
  /** `sessions`: those that were open, and are over with it. `forced`: with calls open, which were cancelled. */
  readonly "operation.completed": { readonly sessions: readonly string[]; readonly session?: string; readonly forced?: boolean };
};
