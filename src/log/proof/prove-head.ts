import { LogCorruptError } from "../../base/errors.js";
import { asReadFailure } from "../file-system.js";
import { segmentFileName } from "../format.js";
import { readManifest } from "../manifest.js";
import { requireRoot, rootPaths } from "../root.js";
import { listSegments, segmentPath } from "../segment-list.js";
import type { GoodEnd, LogPlace } from "../segment-walker.js";
import type { SavedHead, SegmentPart } from "./saved-head.js";
import { digestOfPart } from "./segment-digest.js";

/**
 * What proves that a log is as it is now, up to the good end given: the manifest's chain for the sealed segments, and SHA-256 for all behind
 * them. Reads the segments behind the manifest only.
 * @throws LogCorruptError for a manifest that is wrong, or a log that has become shorter @throws ReadFailedError
 */
export async function proveHead(root: string, place: LogPlace, end: GoodEnd, signal?: AbortSignal): Promise<SavedHead> {
  try {
    const info = requireRoot(place.files, root);
    const { entries, chain } = readManifest(place.files, rootPaths(root).manifest, info.root, info.bytes);
    // Somebody may have sealed the head's own segment meanwhile.
    const count = entries.filter(({ last }) => last < end.segment).length;
    const sealed = entries[count - 1]?.last ?? 0;
    const waiting = listSegments(place).filter((first) => first > sealed && first < end.segment);
    const unsealed: SegmentPart[] = [];
    for (const first of waiting) unsealed.push(await partOf(place, first, place.files.statSync(segmentPath(place, first))?.size ?? 0, signal));
    const { segment, bytes, sha256 } = await partOf(place, end.segment, end.offset, signal);
    return {
      daybook: 1,
      root: info.root,
      seq: end.seq,
      time: end.time ?? null,
      token: end.hash,
      segment,
      bytes,
      sha256,
      sealed,
      chain: entries[count]?.prev ?? chain,
      ...(unsealed.length === 0 ? {} : { unsealed }),
    };
  } catch (error) {
    throw asReadFailure(error);
  }
}

async function partOf(place: LogPlace, first: number, bytes: number, signal: AbortSignal | undefined): Promise<SegmentPart> {
  const segment = segmentFileName(first);
  const sha256 = await digestOfPart(place, first, bytes, signal);
  if (sha256 === undefined) throw new LogCorruptError({ segment, offset: bytes, seq: first }, "the segment is shorter than it was");
  return { segment, bytes, sha256 };
}
