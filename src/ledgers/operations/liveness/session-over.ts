import { isDaybookError } from "../../../base/errors.js";

/** The session, its operation or the log is over: there is nothing left to be done in its name, and no reason to try again. */
export function isSessionOver(error: unknown): boolean {
  return (["SESSION_EXPIRED", "SESSION_INACTIVE", "OPERATION_CLOSED", "LOG_CLOSED"] as const).some((code) => isDaybookError(error, code));
}
