import { hashParts } from "../../../events/checkpoint-events.js";
import type { HashPart, PartContent, PartDigest, PartDigests } from "../../../events/checkpoint-events.js";
import type { ModelAdapter } from "../models/model-adapter.js";
import { isSamePart, partAlgorithms } from "./algorithms.js";
import { hashConfig } from "./hash-config.js";
import { hashModel } from "./hash-model.js";
import { hashOfParts } from "./part-digests.js";

/** What an experiment is made of. A part that is undefined or null is missing. */
export interface ExperimentInputs {
  readonly model?: unknown;
  readonly config?: unknown;
  readonly dataState?: unknown;
}

/** How an experiment is hashed. */
export interface HashSettings {
  /** Names of outermost keys of the configuration that are left out. */
  readonly excludeKeys: readonly string[];
  /** Who describes models: the first one that knows a model's kind. */
  readonly models: readonly ModelAdapter[];
  /** Hashes a data state. @throws UnhashablePartError */
  readonly hashData: (dataState: unknown) => PartDigest;
}

/** An experiment's hash, and what it stands for. */
export interface HashedExperiment {
  /** 24 hex digits. */
  readonly hash: string;
  readonly parts: PartDigests;
  /** Model and configuration as they were hashed: copies, frozen through and through. Those of the data are left to whoever needs them: there are many. */
  readonly contents: { readonly model?: PartContent; readonly config?: PartContent };
  /** Keys that the configuration had and that were left out, sorted. */
  readonly excluded: readonly string[];
}

/**
 * Hashes what an experiment is made of. Whatever becomes of the live objects afterwards, hash and contents stay what they are.
 * @throws UnhashablePartError naming the part and the place in it; never is a part hashed as if it were missing
 */
export function hashExperiment(inputs: ExperimentInputs, settings: HashSettings): HashedExperiment {
  const model = isMissing(inputs.model) ? undefined : hashModel(inputs.model, settings.models);
  const config = isMissing(inputs.config) ? undefined : hashConfig(inputs.config, settings.excludeKeys);
  const data = isMissing(inputs.dataState) ? undefined : settings.hashData(inputs.dataState);
  const parts = {
    ...(model === undefined ? {} : { model: model.part }),
    ...(config === undefined ? {} : { config: config.part }),
    ...(data === undefined ? {} : { data }),
  };
  const contents = { ...(model === undefined ? {} : { model: { json: model.json } }), ...(config === undefined ? {} : { config: { json: config.json } }) };
  return { hash: hashOfParts(parts), parts, contents, excluded: config?.excluded ?? [] };
}

/**
 * The same experiment in terms of digests that are known already: a part that is what `known` stands for has that digest, also when another algorithm
 * made it. So a new algorithm for configurations or models alone changes no hash; of the data, which are not copied, there is nothing to digest anew.
 */
export function inTermsOf(hashed: HashedExperiment, known: PartDigests, algorithms = partAlgorithms): HashedExperiment {
  const settle = (part: HashPart): PartDigest | undefined => {
    const [live, former] = [hashed.parts[part], known[part]];
    if (live === undefined || former === undefined) return live;
    const content = part === "data" ? {} : (hashed.contents[part] ?? {});
    return isSamePart(part, live, content, former, algorithms) ? former : live;
  };
  const parts: PartDigests = Object.fromEntries(hashParts.flatMap((part) => ((digest) => (digest === undefined ? [] : [[part, digest]]))(settle(part))));
  return { ...hashed, hash: hashOfParts(parts), parts };
}

const isMissing = (value: unknown): boolean => value === undefined || value === null;
