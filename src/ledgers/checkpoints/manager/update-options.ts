import type { HashPart } from "../../../events/checkpoint-events.js";
import type { NamedInputs } from "../hashing/hash-arguments.js";

/** What an experiment is made of by now, and whether that is dumped at once. A part that is left out stays what it is; null: there is none any more. */
export interface UpdateHashOptions extends NamedInputs {
  /** Put what is pending into the hash's folder at once. Default false: when training resumes. */
  readonly dumpImmediately?: boolean | undefined;
  /** The same. */
  readonly force?: boolean | undefined;
}

/** @internal */
export const updateOptions: readonly (keyof UpdateHashOptions)[] = ["model", "config", "dataState", "activeDataUids", "dumpImmediately", "force"];

/** The hash that an experiment is at now, whether it is another one than before, and the parts in which it is. */
export type HashUpdate = [hash: string, isNew: boolean, changed: Set<HashPart>];
