/**
 * How parts become digests, by the names under which digests are recorded. A way that a log has ever used stays here under its name: a log keeps
 * verifying after the algorithm has changed. A new way gets a new name.
 */
import { canonicalJson } from "../../../events/canonical-json.js";
import type { HashPart, PartContent, PartDigest } from "../../../events/checkpoint-events.js";
import type { Json } from "../../../events/recorded-event.js";
import { sha256Hex } from "../../runs/param-hash.js";
import { dataAlgorithms } from "../data-state/hash-data-state.js";
import { first128Bits } from "./part-digests.js";

/** Digests a part's content; undefined when this content cannot be digested in this way. Takes the name under which that is recorded. */
export type PartAlgorithm = (content: PartContent, name: string) => string | undefined;

/** The ways to digest each part, by name; `model` has one for all describers, whose name is part of what is digested. */
export interface PartAlgorithms {
  readonly config: Readonly<Record<string, PartAlgorithm>>;
  readonly data: Readonly<Record<string, PartAlgorithm>>;
  readonly model: PartAlgorithm;
}

/** The name of the way in which configurations are digested now. */
export const configAlgorithm = "config-1";

/** SHA-256 over the UTF-8 bytes of the canonical JSON, its first 128 bits. */
export const digestOfJson = (json: Json): string => first128Bits(sha256Hex(canonicalJson(json)));

/** A model is digested along with the name of what described it: two describers may say the same of different models. */
export const digestOfArchitecture = (algorithm: string, json: Json): string => digestOfJson({ algorithm, json });

/** The ways that are known. */
export const partAlgorithms: PartAlgorithms = {
  config: { [configAlgorithm]: ({ json }) => (json === undefined ? undefined : digestOfJson(json)) },
  data: dataAlgorithms,
  model: ({ json }, name) => (json === undefined ? undefined : digestOfArchitecture(name, json)),
};

/**
 * The digest of a part's content by the algorithm of that name, be it the present one or a former one: equal to the recorded one, as long as the content
 * is what was hashed. Undefined for an algorithm that is not known, and for a content that is not whole (in a file; told by what differs from
 * another).
 * @throws InvalidValueError when the content is no JSON
 */
export function rehash(part: HashPart, algorithm: string, content: PartContent, algorithms = partAlgorithms): string | undefined {
  if (part === "model") return algorithms.model(content, algorithm);
  const known = algorithms[part];
  return Object.hasOwn(known, algorithm) ? known[algorithm]?.(content, algorithm) : undefined;
}

/** Whether a content that was just hashed is what `known` stands for, by the algorithm of `known`. */
export function isSamePart(part: HashPart, live: PartDigest, content: PartContent, known: PartDigest, algorithms = partAlgorithms): boolean {
  if (live.algorithm === known.algorithm) return live.digest === known.digest;
  return rehash(part, known.algorithm, content, algorithms) === known.digest;
}
