import { builtInAdapters } from "../../../../src/ledgers/checkpoints/hashing/built-in.js";
import type { HashSettings } from "../../../../src/ledgers/checkpoints/hashing/hash-experiment.js";
import { hashSettings } from "../../../../src/ledgers/checkpoints/hashing/hash-options.js";

/** Settings of hashing, as they are by default where a test says nothing else. */
export const settings = (given: Partial<HashSettings> = {}): HashSettings => ({ ...hashSettings(), models: builtInAdapters, ...given });
