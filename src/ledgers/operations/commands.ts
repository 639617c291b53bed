/**
 * What a client asks of an operation, as plain data. A transport carries a command to where the log is; there it is decided on what the log says, and
 * appended, as one exclusive step. `session` says in whose name.
 */
import type { CallError, CallKind, CrashEvidence, LogLevel, RemovalOutcome, SessionProcess } from "../../events/operation-events.js";
import type { Json } from "../../events/recorded-event.js";

/** What a joining says of its process, and promises. */
export interface NewSession extends SessionProcess {
  readonly session: string;
  readonly nextWithinMs: number;
  readonly staleAfterMs: number;
  readonly failOnCrash: boolean;
  readonly rescuer?: boolean;
}

/** Something that a session does. */
export type SessionCommand =
  | { readonly kind: "beat"; readonly session: string; readonly nextWithinMs: number; readonly staleAfterMs: number }
  /**
   * Refused with open calls of the session, unless they are to be cancelled. A coordinator hands the clean-up over with it; who leaves last ends it, or the operation
   * where that is aborted. Nothing where the operation has ended.
   */
  | { readonly kind: "leave"; readonly session: string; readonly cancelPendingCalls?: boolean; readonly reason?: string; readonly signal?: string }
  | { readonly kind: "start-call"; readonly session: string; readonly call: string; readonly callKind: CallKind; readonly failOnCrash: boolean; readonly description?: string }
  | { readonly kind: "end-call"; readonly session: string; readonly call: string; readonly result?: Json; readonly replaced?: CallError }
  /** A call that is to fail the operation starts the clean-up with it, coordinated by the session. */
  | { readonly kind: "fail-call"; readonly session: string; readonly call: string; readonly error: CallError; readonly cleanupWithinMs: number }
  | { readonly kind: "cancel-call"; readonly session: string; readonly call: string; readonly reason?: string }
  | { readonly kind: "worker-started"; readonly session: string; readonly call: string; readonly pid: number; readonly processStart: string; readonly command: readonly string[] }
  | { readonly kind: "worker-exited"; readonly session: string; readonly call: string; readonly pid: number; readonly exitCode?: number; readonly signal?: string }
  | { readonly kind: "register-resource"; readonly session: string; readonly path: string }
  | { readonly kind: "release-resource"; readonly session: string; readonly path: string }
  /**
   * These sessions are dead. Closes what may be closed alone; else starts the clean-up, coordinated by `session`. Nothing when somebody else was first. `lastBeats`: seq of the
   * last beat that the reporter saw of each: a later one refutes the report.
   */
  | {
      readonly kind: "report-crash";
      readonly session: string;
      readonly crashed: readonly string[];
      readonly evidence: CrashEvidence;
      readonly lastBeats?: Readonly<Record<string, number>>;
      readonly cleanupWithinMs: number;
    }
  /** The session has run its clean-ups; counts once, and of survivors. */
  | { readonly kind: "report-cleanup"; readonly session: string; readonly problems: readonly string[] }
  /** Takes the clean-up over from a coordinator that is dead; nothing when that one is not. */
  | { readonly kind: "take-over"; readonly session: string }
  /** The coordinator ends the clean-up: calls that are open are closed, the operation has failed. Nothing of anybody else. */
  | { readonly kind: "finish-cleanup"; readonly session: string };

/** Something that needs no session: the command line may ask it too. */
export type OutsideCommand =
  /** `token`: its SHA-256, 64 hex digits. */
  | { readonly kind: "create"; readonly initiator: string; readonly token: string; readonly description?: string; readonly first: NewSession }
  | { readonly kind: "join"; readonly joining: NewSession }
  /** By a session of the initiator, or with the token itself: the log has only the SHA-256 of it, which everybody can read. Twice is once. */
  | { readonly kind: "complete"; readonly session?: string; readonly initiatorToken?: string; readonly force?: boolean }
  /** With nobody in the operation the request ends it: it has failed. */
  | { readonly kind: "request-abort"; readonly value: boolean; readonly session?: string; readonly reason?: string }
  /** Somebody cleaned up for the session `owner`, which is over; also after the operation has ended. */
  | { readonly kind: "resource-removed"; readonly session?: string; readonly owner: string; readonly path: string; readonly outcome: RemovalOutcome; readonly problem?: string }
  /** Also after the operation has ended. */
  | { readonly kind: "log"; readonly level: LogLevel; readonly message: string; readonly session?: string };

/** What a client asks of an operation. */
export type OperationCommand = SessionCommand | OutsideCommand;
