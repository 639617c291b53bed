import type { Json } from "../events/recorded-event.js";
import { writeFully } from "../log/file-system.js";
import type { LogFileSystem } from "../log/file-system.js";
import { xxh3 } from "../log/xxh3.js";
import { blockBytes, maxIndexBytes, maxSnapshotBytes, trailerLine } from "./snapshot-format.js";
import type { BlockEntry, SnapshotHeader, SnapshotIndex } from "./snapshot-format.js";

/** Writes a snapshot into an empty file, a block at a time. @throws RangeError when it would be too long */
export function writeSnapshot(files: LogFileSystem, fd: number, header: SnapshotHeader, rows: Iterable<[string, Json]>): void {
  let position = 0;
  const write = (bytes: Buffer): void => {
    if (position + bytes.length > maxSnapshotBytes) throw new RangeError("the snapshot is too long");
    writeFully(files, fd, bytes, position);
    position += bytes.length;
  };
  const headerLine = Buffer.from(`${JSON.stringify(header)}\n`, "utf8");
  write(headerLine);
  const numbered = Array.from(rows, ([key, row], number) => ({ key, row, number }));
  numbered.sort((a, b) => (a.key < b.key ? -1 : 1));
  const blocks: BlockEntry[] = [];
  let firstKey = "";
  let lines = "";
  const endBlock = (): void => {
    const block = Buffer.from(lines, "utf8");
    blocks.push([position, firstKey, xxh3(block)]);
    write(block);
    lines = "";
  };
  for (const { key, row, number } of numbered) {
    if (lines === "") firstKey = key;
    lines += `${JSON.stringify([key, row, number])}\n`;
    if (lines.length >= blockBytes) endBlock();
  }
  if (lines !== "") endBlock();
  const indexAt = position;
  const indexLine = Buffer.from(`${JSON.stringify({ rows: numbered.length, blocks } satisfies SnapshotIndex)}\n`, "utf8");
  if (indexLine.length > maxIndexBytes) throw new RangeError("the index of the snapshot is too long");
  write(indexLine);
  write(Buffer.from(trailerLine(indexAt, xxh3(Buffer.concat([headerLine, indexLine]))), "latin1"));
}
