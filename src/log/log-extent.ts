import * as path from "node:path";
import type { LogFileSystem } from "./file-system.js";

/** A segment's name, whether it is compressed or not. */
const segmentFile = /^([0-9]{20})\.ndjson(\.[a-z]+)?$/;

/** The first seqs of the segments in a log folder, in order, and the bytes that they take on the disk. */
export function logExtent(files: LogFileSystem, folder: string): { readonly firsts: readonly number[]; readonly bytes: number } {
  const firsts = new Set<number>();
  let bytes = 0;
  for (const name of files.readdirSync(folder)) {
    const found = segmentFile.exec(name);
    if (found === null) continue;
    firsts.add(Number(found[1]));
    // Gone a moment later: somebody has compressed it.
    bytes += files.statSync(path.join(folder, name))?.size ?? 0;
  }
  return { firsts: [...firsts].sort((a, b) => a - b), bytes };
}
