import { hashParts } from "../../events/checkpoint-events.js";
import type { CheckpointEvents, HashPart, PartContent } from "../../events/checkpoint-events.js";
import { defineProjection } from "../projection.js";
import type { Rows } from "../projection.js";

/** One digest of a part, and what it stands for. */
export type KnownPart = {
  readonly digest: string;
  readonly algorithm: string;
  /** Undefined where an event without it was taken over from elsewhere. */
  readonly content?: PartContent;
  /** A hash it is part of: the first one. */
  readonly folder: string;
};

/** All digests that begin with the same 8 digits: mostly one. */
export type HashPartsRow = { readonly known: readonly KnownPart[] };

type Updated = CheckpointEvents["hash.updated"];

/** The row of a part's short form. */
export const partKey = (part: HashPart, digest: string): string => `${part}/${digest.slice(0, 8)}`;

/** What each part of each hash was, by part and the first 8 digits: so a collision of those is found, and contents are kept once. */
export const hashPartsProjection = defineProjection<"hash-parts", HashPartsRow>({
  name: "hash-parts",
  version: 1,
  types: ["hash.updated"],
  keys: (event) => {
    const { parts } = event.data as unknown as Updated;
    return hashParts.flatMap((part) => (parts[part] === undefined ? [] : [partKey(part, parts[part].digest)]));
  },
  evolve: (row, event, key) => {
    const { parts, contents = {}, folder } = event.data as unknown as Updated;
    const part = key.slice(0, key.indexOf("/")) as HashPart;
    const { digest, algorithm } = parts[part] ?? { digest: "", algorithm: "" };
    const known = row?.known ?? [];
    const content = contents[part];
    const there = known.find((one) => one.digest === digest && one.algorithm === algorithm);
    if (there !== undefined && (there.content !== undefined || content === undefined)) return row;
    const added = { digest, algorithm, ...(content === undefined ? {} : { content }), folder: there?.folder ?? folder };
    return { known: [...known.filter((one) => one !== there), added] };
  },
});

/** What is known of a digest; undefined when nothing is. */
export function knownPart(rows: Pick<Rows<HashPartsRow>, "get">, part: HashPart, digest: string): KnownPart | undefined {
  return rows.get(partKey(part, digest))?.known.find((one) => one.digest === digest);
}
