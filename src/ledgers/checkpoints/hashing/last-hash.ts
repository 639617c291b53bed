/** What a generator remembers of the hash it made last, or was told. */
import { IncompatibleHashError, InvalidOptionError, preview } from "../../../base/errors.js";
import { hashParts } from "../../../events/checkpoint-events.js";
import type { HashPart, PartDigest } from "../../../events/checkpoint-events.js";
import { isSamePart } from "./algorithms.js";
import { checkedHash } from "./compare-hashes.js";
import type { HashedExperiment } from "./hash-experiment.js";
import { digitsOf, missingPart, shortDigits } from "./part-digests.js";

/** Hashes of parts, as texts of 8 characters or as whole digests. `combined` is the hash of 24 characters. */
export type RestoredHashes = { readonly [part in HashPart]?: PartDigest | string | undefined } & { readonly combined?: string | undefined };

/** A hash, and of each part what is known of it: its whole digest, or only its 8 digits. A part that is missing is undefined. */
export interface LastHash {
  readonly hash: string;
  readonly parts: { readonly [part in HashPart]?: PartDigest | string };
}

/** The parts of `now` that are not what they were. By whole digests where they are known, by 8 digits where only those are. */
export function changedParts(now: HashedExperiment, last: LastHash | undefined): Set<HashPart> {
  return new Set(hashParts.filter((part) => !isSame(part, now, last?.parts[part])));
}

function isSame(part: HashPart, now: HashedExperiment, last: PartDigest | string | undefined): boolean {
  const live = now.parts[part];
  if (live === undefined || last === undefined) return live === last;
  if (typeof last === "string") return live.digest.slice(0, shortDigits) === last;
  return isSamePart(part, live, part === "data" ? {} : (now.contents[part] ?? {}), last);
}

/**
 * The last hash, from what somebody has kept of it: a hash of 24 characters, or parts, of which those that are not given are taken from `combined`, or
 * else missing.
 * @throws IncompatibleHashError when the whole is no text of 24 characters @throws InvalidOptionError when a part is no hash of one, or not that of `combined`
 */
export function lastHashOf(given: RestoredHashes | string, whole?: string): LastHash {
  if (typeof given === "string") return lastHashOf({}, given);
  if (typeof given !== "object" || given === null) throw new IncompatibleHashError(given);
  const combined = whole ?? given.combined;
  if (combined !== undefined) checkedHash(combined);
  const parts: { [part in HashPart]?: PartDigest | string } = {};
  for (const part of hashParts) {
    const known = checkedPart(part, given[part]) ?? (combined === undefined ? undefined : digitsOf(combined, part));
    if (known !== undefined && combined !== undefined && shortOf(known) !== digitsOf(combined, part)) {
      throw new InvalidOptionError(part, `is ${shortOf(known)}, and in the combined hash it is ${digitsOf(combined, part)}`);
    }
    if (known !== undefined && known !== missingPart) parts[part] = known;
  }
  return { hash: hashParts.map((part) => shortOf(parts[part])).join(""), parts };
}

/** The 8 digits of a part in a hash. */
export const shortOf = (known: PartDigest | string | undefined): string =>
  known === undefined ? missingPart : typeof known === "string" ? known : known.digest.slice(0, shortDigits);

function checkedPart(part: HashPart, value: unknown): PartDigest | string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string" && value.length === shortDigits) return value;
  const { digest, algorithm } = value as Partial<PartDigest>;
  if (typeof digest === "string" && /^[0-9a-f]{32}$/.test(digest) && typeof algorithm === "string") return { digest, algorithm };
  throw new InvalidOptionError(part, `must be 8 characters, or a digest of 32 hex digits with its algorithm, not ${preview(value)}`);
}

