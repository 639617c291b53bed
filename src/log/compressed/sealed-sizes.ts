import { maxSegmentBytes } from "../../events/limits.js";
import { readSmallFile } from "../file-system.js";
import type { LogFileSystem } from "../file-system.js";

/**
 * The sizes of sealed segments, by their first seq, as the lines of a manifest say; read when first asked for, and again when the file has
 * changed. Nothing is checked: who opens a log, or verifies it, does that.
 */
export function sealedSizes(files: LogFileSystem, manifest: string): (first: number) => number | undefined {
  let known: { readonly stamp: string; readonly sizes: ReadonlyMap<number, number> } | undefined;
  return (first) => {
    const stat = files.statSync(manifest);
    if (stat === undefined) return undefined;
    const stamp = `${stat.ino} ${stat.size} ${stat.mtimeMs}`;
    if (known?.stamp !== stamp) known = { stamp, sizes: sizesIn(readSmallFile(files, manifest, maxSegmentBytes)?.toString("utf8") ?? "") };
    return known.sizes.get(first);
  };
}

function sizesIn(text: string): Map<number, number> {
  const sizes = new Map<number, number>();
  for (const line of text.split("\n")) {
    try {
      const { first, bytes } = JSON.parse(line) as Readonly<Record<string, unknown>>;
      if (typeof first === "number" && typeof bytes === "number" && Number.isSafeInteger(bytes) && bytes > 0) sizes.set(first, bytes);
    } catch {
      // The end of the file, or a line that its reader finds to be damaged.
    }
  }
  return sizes;
}
