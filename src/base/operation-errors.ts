/** What becomes of operations. */
import { DaybookError, preview } from "./daybook-error.js";

/** The log has no event of an operation with that id. */
export class OperationNotFoundError extends DaybookError {
  readonly code = "OPERATION_NOT_FOUND";
  constructor(readonly operation: string) {
    super(`There is no operation ${preview(operation)}`);
  }
}
