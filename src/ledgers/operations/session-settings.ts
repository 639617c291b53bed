import type { OperationFailedInfo } from "./failed-info.js";
import type { GuardedCallbacks } from "./guarded-callbacks.js";
import type { RandomHex } from "./operation-ids.js";
import type { OperationTransport } from "./transport.js";

/** How a session is over. `ended`: its operation is. */
export type SessionEnd = "left" | "expired" | "ended";

/** What a session tells whoever stands on it. */
export interface SessionEvents {
  aborted(): void;
  failed(info: OperationFailedInfo): void;
  over(end: SessionEnd): void;
}

/** What a session is made of. */
export interface SessionSettings {
  readonly transport: OperationTransport;
  readonly operationId: string;
  readonly session: string;
  readonly participantId: string;
  readonly cleanupWithinMs: number;
  readonly guarded: GuardedCallbacks;
  readonly events: SessionEvents;
  readonly now: () => number;
  readonly random: RandomHex;
}
