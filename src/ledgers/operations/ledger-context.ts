import type { Clock } from "../../base/clock.js";
import type { LedgerTimes } from "./ledger-options.js";
import type { LedgerCallback } from "./operation-callback.js";
import type { RandomHex } from "./operation-ids.js";
import type { OperationTransport } from "./transport.js";

/** What a ledger gives to those that join operations through it. */
export interface LedgerContext {
  readonly transport: OperationTransport;
  readonly participantId: string;
  readonly times: LedgerTimes;
  readonly callback: LedgerCallback;
  readonly clock: Clock;
  readonly random: RandomHex;
}
