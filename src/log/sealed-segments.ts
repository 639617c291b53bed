import { LogCorruptError } from "../base/errors.js";
import { compressedFiles } from "./compressed/compressed-files.js";
import { sealedSizes } from "./compressed/sealed-sizes.js";
import type { LogFileSystem } from "./file-system.js";
import { segmentFileName } from "./format.js";
import type { Manifest } from "./manifest.js";
import { rootPaths } from "./root.js";
import type { RootInfo } from "./root.js";
import { segmentPath } from "./segment-list.js";
import type { LogPlace } from "./segment-walker.js";

/** Where the log of a root lies; compressed segments are read there as if they were plain. */
export function placeOf(files: LogFileSystem, root: string, info: RootInfo): LogPlace {
  const { log, manifest } = rootPaths(root);
  return { files: compressedFiles(files, log, sealedSizes(files, manifest)), folder: log, root: info.root };
}

/** The earliest segment within the budget; at least the last two, because the last one may hold no event yet. */
export function startSegment(place: LogPlace, segments: readonly number[], budget: number): number {
  let index = segments.length - 1;
  for (let bytes = 0; index > 0; index -= 1) {
    bytes += place.files.statSync(segmentPath(place, segments[index - 1] as number))?.size ?? 0;
    if (bytes > budget && index < segments.length - 1) break;
  }
  return segments[index] as number;
}

/** Every sealed segment is there and as long as the manifest says. */
export function checkSealed(place: LogPlace, segments: readonly number[], manifest: Manifest): void {
  const present = new Set(segments);
  for (const entry of manifest.entries) {
    const segment = segmentFileName(entry.first);
    const fail = (offset: number, problem: string): never => {
      throw new LogCorruptError({ segment, offset, seq: entry.first }, problem);
    };
    if (!present.has(entry.first)) fail(0, "a sealed segment is missing");
    const size = place.files.statSync(segmentPath(place, entry.first))?.size ?? 0;
    if (size !== entry.bytes) fail(Math.min(size, entry.bytes), `a sealed segment has ${size} bytes instead of ${entry.bytes}`);
  }
  const sealedTo = manifest.entries.at(-1)?.last ?? 0;
  if (!present.has(sealedTo + 1)) {
    throw new LogCorruptError({ segment: segmentFileName(sealedTo + 1), offset: 0, seq: sealedTo + 1 }, "the segment is missing");
  }
}
