/** How digests of parts make an experiment hash. */
import { hashParts } from "../../../events/checkpoint-events.js";
import type { HashPart, PartDigests } from "../../../events/checkpoint-events.js";

/** How many digits of each part's digest stand in an experiment hash. */
export const shortDigits = 8;

/** How many digits an experiment hash has. */
export const hashDigits = shortDigits * hashParts.length;

/** What stands in a hash for a part that there is not. */
export const missingPart = "0".repeat(shortDigits);

/** The first 128 bits of a SHA-256, as 32 hex digits. */
export const first128Bits = (sha256: string): string => sha256.slice(0, 32);

/** The digits of one part, in a hash of 24 characters. */
export const digitsOf = (hash: string, part: HashPart): string => {
  const at = hashParts.indexOf(part) * shortDigits;
  return hash.slice(at, at + shortDigits);
};

/** The experiment hash of parts: 8 digits each for model, config and data, in this order; `00000000` for a part that there is not. */
export const hashOfParts = (parts: PartDigests): string => hashParts.map((part) => parts[part]?.digest.slice(0, shortDigits) ?? missingPart).join("");
