/** What is built in: describers of models, and how data states are hashed. */
import type { JsonObject } from "../../../events/recorded-event.js";
import { hashDataState } from "../data-state/hash-data-state.js";
import type { ModelAdapter } from "../models/model-adapter.js";

const plain: ModelAdapter = {
  name: "plain",
  accepts: (model) => typeof model === "object" && model !== null && [Object.prototype, null].includes(Object.getPrototypeOf(model) as object | null),
  describe: (model) => ({ algorithm: "plain-1", json: model as JsonObject }),
};

/** Describers, in the order in which they are asked. */
export const builtInAdapters: readonly ModelAdapter[] = [plain];

/** Hashes a data state. @throws UnhashablePartError */
export const hashDataPart = hashDataState;
