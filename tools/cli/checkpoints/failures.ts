import type { FileFailure } from "../../../src/checkpoints.js";
import { say } from "../output.js";
import { clean } from "../text.js";

/** Says which files could not be deleted or stored. @returns the exit code: 1 where there are any */
export function reportFailures(failed: readonly FileFailure[]): number {
  for (const { path, problem } of failed) say(`daybook: ${clean(path)}: ${clean(problem)}`);
  return failed.length === 0 ? 0 : 1;
}
