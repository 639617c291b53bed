import { IncompatibleHashError } from "../../../base/errors.js";
import { hashParts } from "../../../events/checkpoint-events.js";
import type { HashPart } from "../../../events/checkpoint-events.js";
import { digitsOf, hashDigits } from "./part-digests.js";

/** An experiment hash is a text of 24 characters. @throws IncompatibleHashError */
export function checkedHash(hash: unknown): string {
  if (typeof hash === "string" && hash.length === hashDigits) return hash;
  throw new IncompatibleHashError(hash);
}

/**
 * The parts in which two hashes of 24 characters differ: `model` (characters 0 to 7), `config` (8 to 15), `data` (16 to 23). Characters are compared
 * as they are; hashes as generated are lower-case hex. Two experiments whose hashes are equal by chance are equal here.
 * @throws IncompatibleHashError for anything of another length
 */
export function compareHashes(a: string, b: string): Set<HashPart> {
  const [one, other] = [checkedHash(a), checkedHash(b)];
  return new Set(hashParts.filter((part) => digitsOf(one, part) !== digitsOf(other, part)));
}
