/** Two experiments may share their 24 digits by chance, and two parts their 8: of 10,000 parts with about 1 %. The whole digests tell. */
import { hashParts } from "../../../events/checkpoint-events.js";
import type { HashPart, PartDigest, PartDigests } from "../../../events/checkpoint-events.js";
import { differingParts } from "../../../projections/views/experiments.js";
import { hashOfParts } from "./part-digests.js";

/**
 * The folder of an experiment: its hash, or the first of `HASH-2`, `HASH-3`, and so on that is free or its own already. `partsOf` gives the digests that
 * a folder stands for; undefined for one that is free.
 */
export function folderOfParts(parts: PartDigests, partsOf: (folder: string) => PartDigests | undefined): string {
  const hash = hashOfParts(parts);
  for (let number = 1; ; number += 1) {
    const folder = number === 1 ? hash : `${hash}-${number}`;
    const there = partsOf(folder);
    if (there === undefined || differingParts(there, parts).length === 0) return folder;
  }
}

/** The parts whose 8 digits stand for another digest too, each with a folder where that one is used. `knownOf` gives all that begin with those digits. */
export function collisionsOf(
  parts: PartDigests,
  knownOf: (part: HashPart, digest: string) => readonly (PartDigest & { readonly folder: string })[],
): { readonly [part in HashPart]?: string } {
  const found: { [part in HashPart]?: string } = {};
  for (const part of hashParts) {
    const own = parts[part];
    // The same content by another algorithm has other digits: only by chance are they these.
    const other = own === undefined ? undefined : knownOf(part, own.digest).find(({ digest }) => digest !== own.digest);
    if (other !== undefined) found[part] = other.folder;
  }
  return found;
}
