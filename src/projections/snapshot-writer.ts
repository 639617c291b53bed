import type { Json } from "../events/recorded-event.js";
import { writeBlocks } from "../log/blocks/block-writer.js";
import type { LogFileSystem } from "../log/file-system.js";
import { blockBytes, maxIndexBytes, maxSnapshotBytes } from "./snapshot-format.js";
import type { SnapshotHeader } from "./snapshot-format.js";

/** Writes a snapshot into an empty file, a block at a time. @throws RangeError when it would be too long */
export function writeSnapshot(files: LogFileSystem, fd: number, header: SnapshotHeader, rows: Iterable<[string, Json]>): void {
  const numbered = Array.from(rows, ([key, row], number) => ({ key, row, number }));
  numbered.sort((a, b) => (a.key < b.key ? -1 : 1));
  const limits = { block: blockBytes, index: maxIndexBytes, file: maxSnapshotBytes };
  writeBlocks(files, fd, header, linesOf(numbered), limits, "snapshot");
}

/** A line at a time: all of them at once would be a second copy of the view. */
function* linesOf(rows: readonly { readonly key: string; readonly row: Json; readonly number: number }[]): Generator<[string, string]> {
  for (const { key, row, number } of rows) yield [key, JSON.stringify([key, row, number])];
}
