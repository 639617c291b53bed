import { setTimeout as delay } from "node:timers/promises";
import { isDaybookError } from "../../base/errors.js";
import type { OperationCommand } from "./commands.js";
import type { CommandResult, OperationTransport } from "./transport.js";

/** How often a command is tried, and what lies between the first two tries; each further pause is four times as long. */
const tries = 3;
const firstPauseMs = 50;

/** Sends a command; where the log was busy, or a disk full, nothing was appended, and it is tried again. @throws what the last try did */
export async function sendPatiently(transport: OperationTransport, operationId: string, command: OperationCommand, signal?: AbortSignal): Promise<CommandResult> {
  for (let failed = 0; ; failed += 1) {
    try {
      return await transport.send(operationId, command, signal === undefined ? {} : { signal });
    } catch (error) {
      if (failed + 1 >= tries || !(isDaybookError(error, "LOCK_TIMEOUT") || isDaybookError(error, "WRITE_FAILED"))) throw error;
      await delay(firstPauseMs * 4 ** failed, undefined, signal === undefined ? {} : { signal });
    }
  }
}
