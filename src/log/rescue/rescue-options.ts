import { checkFunction, checkObject, checkSignal } from "../../base/checks.js";
import { InvalidOptionError, preview } from "../../base/errors.js";

/** How far a repair or a backup is. */
export interface RescueProgress {
  readonly step: "reading" | "writing" | "checking" | "copying files";
  /** Done so far in this step, of `totalBytes`; files are counted as they come. */
  readonly bytes: number;
  readonly totalBytes: number;
}

/** How a repair or a backup is made. */
export interface RescueOptions {
  /** Leave out the folders `runs/`, `checkpoints/`, `warm-starts/` and `quarantine/`. Default false. */
  readonly logOnly?: boolean;
  readonly onProgress?: (progress: RescueProgress) => void;
  /** Gives up. What a repair has made is taken away again; a backup is as far as it came, and goes on at the next call. */
  readonly signal?: AbortSignal;
}

const known = ["logOnly", "onProgress", "signal"];

/** @throws InvalidOptionError naming the field */
export function checkRescueOptions(options: RescueOptions): void {
  checkObject(options);
  for (const field of Object.keys(options)) if (!known.includes(field)) throw new InvalidOptionError(field, `is none of ${known.join(", ")}`);
  checkSignal(options.signal);
  checkFunction("onProgress", options.onProgress);
  const { logOnly } = options;
  if (logOnly !== undefined && typeof logOnly !== "boolean") throw new InvalidOptionError("logOnly", `must be true or false, not ${preview(logOnly)}`);
}
