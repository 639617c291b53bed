import * as path from "node:path";
import { parseSegmentFileName, segmentFileName } from "./format.js";
import { hasWholeHeader } from "./header.js";
import type { LogPlace } from "./segment-walker.js";

/**
 * The first seqs of the segments of a log, rising. Files with other names are no segments, and neither are files without a
 * whole header at the end of the row; in the middle of it, one is damage, and shows as such when it is read.
 */
export function listSegments(place: Pick<LogPlace, "files" | "folder">): number[] {
  const segments = place.files
    .readdirSync(place.folder)
    .map(parseSegmentFileName)
    .filter((first) => first !== undefined)
    .sort((a, b) => a - b);
  while (segments.length > 0 && !hasWholeHeader(place.files, segmentPath(place, segments.at(-1) as number))) segments.pop();
  return segments;
}

/** The segment that holds `seq`, or would; undefined when the log begins later. */
export function segmentOf(segments: readonly number[], seq: number): number | undefined {
  let low = 0;
  let high = segments.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((segments[middle] as number) <= seq) low = middle + 1;
    else high = middle;
  }
  return segments[low - 1];
}

/** Where the segment of that first seq lies. */
export const segmentPath = (place: Pick<LogPlace, "folder">, first: number): string => path.join(place.folder, segmentFileName(first));
