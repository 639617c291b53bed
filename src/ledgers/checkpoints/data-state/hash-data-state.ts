import type { PartContent, PartDigest } from "../../../events/checkpoint-events.js";
import { DataState } from "./data-state.js";
import { DigestSet } from "./digest-set.js";
import { uidText } from "./keyed-source.js";
import { LineSum, dataAlgorithm, hashLine, hashSample } from "./line-sum.js";
import { forEachSample, twice, viewOf } from "./source.js";
import type { DataView } from "./source.js";

/**
 * The digest of a data state: of a {@link DataState} at once, of everything else by going through its samples once, without a copy of them. The order of
 * samples, of tags and of keys does not matter; whether a set, a list or a map tells it does not either.
 * @throws UnhashablePartError naming the place: a uid that comes twice, is no text or whole number, is discarded or tagged and no sample
 */
export function hashDataState(source: unknown): PartDigest {
  if (source instanceof DataState) return source.part;
  const view = viewOf(source);
  const sum = new LineSum();
  const seen = new DigestSet(view.expected);
  let suspected = false;
  forEachSample(view, (uid, status) => {
    const hash = hashSample(uid, status);
    sum.add(hash);
    if (!seen.add(hash)) suspected = true;
  });
  // The same uid has the same line; the converse is likely only.
  if (suspected) refuseRepetition(view);
  return { digest: sum.digest(), algorithm: dataAlgorithm };
}

/** The digest of lines, as they stand in a content: each of another sample. */
export function digestOfLines(lines: Iterable<string>): string {
  const sum = new LineSum();
  for (const line of lines) sum.add(hashLine(line));
  return sum.digest();
}

/** The ways to digest a data state's content, by the names under which digests are recorded. A content that is not whole gives undefined. */
export const dataAlgorithms: Readonly<Record<string, (content: PartContent) => string | undefined>> = {
  [dataAlgorithm]: ({ lines, base }) => (lines === undefined || base !== undefined ? undefined : digestOfLines(lines)),
};

function refuseRepetition(view: DataView): void {
  const uids = new Set<string>();
  let index = 0;
  for (const raw of view.uids) {
    const uid = uidText(raw, () => view.place);
    if (uids.has(uid)) throw twice(view, uid, index);
    uids.add(uid);
    index += 1;
  }
}
