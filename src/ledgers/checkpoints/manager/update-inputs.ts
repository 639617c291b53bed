import { NothingRegisteredError } from "../../../base/errors.js";
import { hashParts } from "../../../events/checkpoint-events.js";
import type { HashPart } from "../../../events/checkpoint-events.js";
import { hashExperiment } from "../hashing/hash-experiment.js";
import type { ExperimentInputs } from "../hashing/hash-experiment.js";
import { namedInputs } from "../hashing/hash-arguments.js";
import type { NamedInputs } from "../hashing/hash-arguments.js";
import { lasting } from "../data-state/lasting.js";
import { newDataContent } from "./data-part.js";
import type { ManagerContext } from "./open-context.js";
import { onlyRegistered } from "./registers.js";
import type { HashedUpdate } from "./update-hash.js";

const inputOf = { model: "model", config: "config", data: "dataState" } as const satisfies { readonly [part in HashPart]: keyof ExperimentInputs };

/**
 * Hashes what was given, here and now: whatever becomes of it later, this is what it was. A part that is undefined stays what it is; null: there is none any more. Where none is given, and before the experiment's
 * first hash for those that are not given, it is what is registered. @throws UnhashablePartError @throws NothingRegisteredError
 */
export function hashedUpdate(context: ManagerContext, given: NamedInputs): HashedUpdate {
  const named = { ...namedInputs(given) };
  // Of the two forms of a data state one may be null beside the other.
  const gone = hashParts.filter((part) => (named[inputOf[part]] ?? undefined) === undefined && (given[inputOf[part]] === null || (part === "data" && given.activeDataUids === null)));
  const isGiven = (part: HashPart): boolean => (named[inputOf[part]] ?? undefined) !== undefined || gone.includes(part);
  const asked = hashParts.some(isGiven);
  const inputs: { -readonly [input in keyof ExperimentInputs]: unknown } = { ...named };
  if (!asked || context.position === undefined) {
    const registered = registeredInputs(context);
    for (const part of hashParts) if (!isGiven(part)) inputs[inputOf[part]] = registered[inputOf[part]];
  }
  if (!asked && hashParts.every((part) => (inputs[inputOf[part]] ?? undefined) === undefined)) {
    throw new NothingRegisteredError("hash", "There is nothing to make a hash of: give a model, a configuration or a data state, or register them");
  }
  // It is gone through twice: for its digest, and for what it is.
  inputs.dataState = lasting(inputs.dataState);
  const hashed = hashExperiment(inputs, context.hashing);
  const { data } = hashed.parts;
  const content = data === undefined ? undefined : newDataContent(context, inputs.dataState, data);
  return { hashed, gone, ...(content === undefined ? {} : { data: content }) };
}

function registeredInputs({ registered }: ManagerContext): ExperimentInputs {
  return { model: onlyRegistered(registered.models)?.value, config: registered.config, dataState: registered.dataState };
}
