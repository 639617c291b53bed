/** What a beat gives, and what may be wrong with one. */

/** One beat, and how the operation stood just after it. */
export interface HeartbeatResult {
  /** The shared flag. */
  readonly abortFlag: boolean;
  readonly ledgerExists: boolean;
  readonly heartbeatUpdated: boolean;
  /** Open calls, of everybody. */
  readonly callFrameCount: number;
  /** Temporary resources that are registered, by everybody. */
  readonly tempResourceCount: number;
  /** Milliseconds since this session's beat before. */
  readonly heartbeatAgeMs: number;
  /** Whether some other participant is stale. */
  readonly isStale: boolean;
  /** Everybody who is in the operation, each once. */
  readonly participants: readonly string[];
  /** Milliseconds since a sign of life was seen, by participant; of several sessions of one, the longest. */
  readonly participantHeartbeatAges: Readonly<Record<string, number>>;
  readonly staleParticipants: readonly string[];
}

/** What may be wrong with a beat. */
export const HeartbeatErrorType = {
  /** The operation is aborted; told once each time. */
  abortFlagSet: "abortFlagSet",
  /** A session is dead; told once for each. */
  heartbeatStale: "heartbeatStale",
  /** The log has no such operation, or is not there any more. */
  ledgerNotFound: "ledgerNotFound",
  /** The log could not be read or written; the next beat tries again. */
  ioError: "ioError",
} as const;

/** What may be wrong with a beat. */
export type HeartbeatErrorType = (typeof HeartbeatErrorType)[keyof typeof HeartbeatErrorType];

/** Something is wrong. */
export interface HeartbeatError {
  readonly type: HeartbeatErrorType;
  readonly message: string;
  /** Whom it is about. */
  readonly participants?: readonly string[];
  readonly cause?: unknown;
}
