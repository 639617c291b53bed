import * as path from "node:path";
import { parseSegmentForm } from "./compressed/codec.js";
import type { LogFileSystem } from "./file-system.js";

/** The first seqs of the segments in a log folder, in order, and the bytes that they take on the disk. */
export function logExtent(files: LogFileSystem, folder: string): { readonly firsts: readonly number[]; readonly bytes: number } {
  const firsts = new Set<number>();
  let bytes = 0;
  for (const name of files.readdirSync(folder)) {
    const segment = parseSegmentForm(name);
    if (segment === undefined) continue;
    firsts.add(segment.first);
    // Gone a moment later: somebody has compressed it.
    bytes += files.statSync(path.join(folder, name))?.size ?? 0;
  }
  return { firsts: [...firsts].sort((a, b) => a - b), bytes };
}
