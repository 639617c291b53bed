/** What is to be taken over cannot be read. */
import { DaybookError } from "./daybook-error.js";

/**
 * A line of a file of events cannot be read, so that it is not known what it says. The events of the lines before it were taken, and nothing of
 * those behind it: mend the line, and import again.
 */
export class ImportUnreadableError extends DaybookError {
  readonly code = "IMPORT_UNREADABLE";
  constructor(
    /** The file's name, or what stands for it. */
    readonly source: string,
    /** Counted from 1. */
    readonly line: number,
    problem: string,
    cause?: unknown,
  ) {
    super(`${source}, line ${line}: ${problem}. What stands before it was taken, as far as it could be; import again once it is mended`, cause);
  }
}
