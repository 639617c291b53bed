import { InvalidOptionError } from "../../../base/errors.js";
import type { ExperimentInputs } from "./hash-experiment.js";

/** What an experiment is made of, by name. `activeDataUids` is a data state of which only the samples in use are known: without discards and tags. */
export interface NamedInputs extends ExperimentInputs {
  readonly activeDataUids?: unknown;
}

/** Model, configuration and data state one after another, or all of them in one object by their names. */
export type HashArguments = readonly [model?: unknown, config?: unknown, dataState?: unknown] | readonly [inputs: NamedInputs];

const names: readonly string[] = ["model", "config", "dataState", "activeDataUids"];

/**
 * A single argument is taken for the object form when it is a plain object with at least one key, all of them among the four names. A model that looks
 * like that has to be given in an object itself.
 */
export function inputsOf(given: HashArguments): ExperimentInputs {
  const [first] = given;
  if (given.length === 1 && isNamed(first)) return namedInputs(first);
  const [model, config, dataState] = given as readonly unknown[];
  return { model, config, dataState };
}

/** The inputs of an object form. @throws InvalidOptionError for both forms of a data state at once */
export function namedInputs({ model, config, dataState, activeDataUids }: NamedInputs): ExperimentInputs {
  const [state, active] = [dataState ?? undefined, activeDataUids ?? undefined];
  if (state !== undefined && active !== undefined) throw new InvalidOptionError("activeDataUids", "cannot be given together with dataState");
  return { model, config, dataState: active === undefined ? state : { uids: active } };
}

function isNamed(value: unknown): value is NamedInputs {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  const keys = Object.keys(value);
  return keys.length > 0 && keys.every((key) => names.includes(key));
}
