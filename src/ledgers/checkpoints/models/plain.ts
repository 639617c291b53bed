import type { JsonObject } from "../../../events/recorded-event.js";
import type { Architecture, ModelAdapter } from "./model-adapter.js";

/** A description of a model as a plain JSON object: its fields are the architecture. It has no weights of its own. */
export const plainModels: ModelAdapter = {
  name: "plain",
  accepts: isPlainObject,
  describe: (model) => ({ algorithm: "plain-1", json: model as JsonObject }),
};

/** What `describeModelFile` and the other describers give, and what comes back from the log: it counts as the model that it was made of. */
export const describedModels: ModelAdapter = {
  name: "described",
  accepts: (model) => {
    if (!isPlainObject(model)) return false;
    const { algorithm, json } = model as Partial<Architecture>;
    return Object.keys(model as object).length === 2 && typeof algorithm === "string" && /^[a-z][a-z-]*-\d+$/.test(algorithm) && isPlainObject(json);
  },
  describe: (model) => {
    const { algorithm, json } = model as Architecture;
    return { algorithm, json };
  },
};

function isPlainObject(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // An object of another realm is plain as well.
  return prototype === null || (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, "isPrototypeOf"));
}
