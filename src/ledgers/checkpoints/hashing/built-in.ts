/** What is built in: describers of models, and how data states are hashed. */
import { hashDataState } from "../data-state/hash-data-state.js";
import { builtInModels } from "../models/built-in.js";

/** Describers, in the order in which they are asked. */
export const builtInAdapters = builtInModels;

/** Hashes a data state. @throws UnhashablePartError */
export const hashDataPart = hashDataState;
