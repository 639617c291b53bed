import { checkFunction, checkKnown, checkObject, checkSignal } from "../../../base/checks.js";
import { LogReadOnlyError } from "../../../base/errors.js";
import type { CheckpointContext } from "../context.js";

/** How far long work is. Bytes are those of files; their number may grow while they are found. */
export interface CareProgress {
  readonly step: "checking" | "compressing" | "deleting";
  readonly bytes: number;
  readonly totalBytes: number;
}

/** What the calls have in common that take a while. */
export interface CareOptions {
  readonly onProgress?: (progress: CareProgress) => void;
  /** Gives up where it is. What was done so far stays done, and stays right. */
  readonly signal?: AbortSignal;
}

/** A file that could not be deleted or stored, and why. `gc` finds it again. */
export interface FileFailure {
  readonly path: string;
  readonly problem: string;
}

/** @throws InvalidOptionError naming the field, also for one that is not known */
export function checkCareOptions(options: CareOptions, more: readonly string[] = []): void {
  checkObject(options);
  checkKnown(options, ["onProgress", "signal", ...more]);
  checkSignal(options.signal);
  checkFunction("onProgress", options.onProgress);
}

/** Files are those of now: of a moment that is past, nothing is to be said or done about them. @throws LogReadOnlyError */
export function assertPresent({ host }: CheckpointContext, changes: boolean): void {
  if (host.past) throw new LogReadOnlyError("This daybook stands as of a moment that is past; its files are those of now");
  if (changes && host.readOnly) throw new LogReadOnlyError();
}

/** The signal of a call, or of the manager. */
export const signalOf = (context: CheckpointContext, { signal }: CareOptions): AbortSignal | undefined => signal ?? context.signal;

/** Why a call failed, in one line. */
export const problemOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
