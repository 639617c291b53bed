import { InvalidOptionError, preview } from "../../../base/errors.js";
import { checkKnown, checkObject, checkTexts } from "../../../base/checks.js";
import type { ModelAdapter } from "../models/model-adapter.js";
import { builtInAdapters, hashDataPart } from "./built-in.js";
import type { HashSettings } from "./hash-experiment.js";

/** How experiments are hashed. */
export interface ExperimentHashOptions {
  /** Names of outermost keys of the configuration that are left out of its hash, such as a log folder or a pause flag. Default: none. */
  readonly excludeKeys?: readonly string[];
  /** Who describes models of kinds that are not built in; asked before those that are. Default: none. */
  readonly adapters?: readonly ModelAdapter[];
}

/** The options as hashing takes them: copies, with the built-in describers behind the caller's. @throws InvalidOptionError */
export function hashSettings(options: ExperimentHashOptions = {}): HashSettings {
  checkObject(options);
  checkKnown(options, ["excludeKeys", "adapters"]);
  const { excludeKeys = [] } = options;
  const adapters: readonly ModelAdapter[] = options.adapters ?? [];
  checkTexts("excludeKeys", excludeKeys);
  if (!isList(adapters)) throw new InvalidOptionError("adapters", `must be a list, not ${preview(adapters)}`);
  adapters.forEach(checkAdapter);
  return { excludeKeys: [...new Set(excludeKeys)], models: [...adapters, ...builtInAdapters], hashData: hashDataPart };
}

function checkAdapter(adapter: Partial<ModelAdapter> | null | undefined, index: number): void {
  const { name, accepts, describe } = adapter ?? {};
  if (typeof name === "string" && typeof accepts === "function" && typeof describe === "function") return;
  throw new InvalidOptionError(`adapters[${index}]`, "must be an adapter, with a name, accepts() and describe()");
}

// Array.isArray makes a list of anything of a readonly one.
const isList = (value: unknown): boolean => Array.isArray(value);
