import { checkFunction } from "../../base/checks.js";
import { InvalidOptionError } from "../../base/errors.js";

/** Where something went wrong that did not stop the call: while an entry was loaded or saved, a bad one given up, or a file deleted that is not needed any more. */
export interface WarmStartFault {
  /** 64 hex digits. */
  readonly key: string;
  /** The slot; undefined where it is about the whole key. */
  readonly run?: string;
  readonly doing: "delete" | "drop" | "load" | "save";
}

/** Told what went wrong and did not stop the call. What it throws itself becomes a warning of the process. */
export type OnWarmStartError = (error: Error, fault: WarmStartFault) => void;

/** Tells of an error; never throws. */
export type Report = (error: unknown, fault: WarmStartFault) => void;

/** @param otherwise what is told where no function is given. Default: the process is warned @throws InvalidOptionError */
export function reporter(onError: unknown, otherwise: Report = warn): Report {
  checkFunction("onError", onError);
  if (onError === undefined) return otherwise;
  if (typeof onError !== "function") throw new InvalidOptionError("onError", "must be a function");
  return (error, fault) => {
    try {
      // It may be asynchronous, whatever its type says: what it rejects with would end the process.
      const told: unknown = (onError as (...all: Parameters<OnWarmStartError>) => unknown)(error instanceof Error ? error : new Error(String(error)), fault);
      if (told instanceof Promise) told.catch((thrown: unknown) => warn(thrown, fault));
    } catch (thrown) {
      warn(thrown, fault);
    }
  };
}

function warn(error: unknown, { key, run, doing }: WarmStartFault): void {
  const what = { delete: "a file could not be deleted", drop: "a bad entry could not be given up", load: "an entry could not be loaded", save: "an entry could not be saved" }[doing];
  process.emitWarning(`Warm start ${key}${run === undefined ? "" : `/${run}`}: ${what}: ${error instanceof Error ? error.message : String(error)}`, { code: "DAYBOOK_WARM_START" });
}
