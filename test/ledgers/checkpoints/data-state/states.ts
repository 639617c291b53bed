import fc from "fast-check";
import type { PlainDataState } from "../../../../src/ledgers/checkpoints/data-state/source.js";

/** A data state in the plain form, with lists. */
export type PlainState = PlainDataState & { readonly uids: readonly string[]; readonly discarded: readonly string[]; readonly tags: Readonly<Record<string, readonly string[]>> };

/** Texts that are hard on separators and escapes. */
export const hardText = fc.oneof(
  fc.string({ unit: fc.constantFrom("a", ":", ",", "\\", "\n", "\r", "e", "n", "d0", "t", '"', "#", " "), maxLength: 5 }),
  fc.string({ unit: "grapheme", maxLength: 5 }),
);

/** Any data state of at most `maxLength` samples. */
export const anyState = (maxLength = 12): fc.Arbitrary<PlainState> =>
  fc.uniqueArray(hardText, { maxLength }).chain((uids) =>
    fc.record({
      uids: fc.constant(uids),
      discarded: fc.subarray(uids),
      tags: fc
        .tuple(...uids.map((uid) => fc.option(fc.array(hardText, { maxLength: 3 }).map((tags) => [uid, tags] as const))))
        .map((entries) => Object.assign(Object.create(null) as object, Object.fromEntries(entries.filter((entry) => entry !== null)) as Record<string, readonly string[]>)),
    }),
  );

/** Uids of `count` samples. */
export const manyUids = (count: number): string[] => Array.from({ length: count }, (_, index) => `sample_${String(index).padStart(7, "0")}`);
