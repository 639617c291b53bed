import { closeSync, openSync, readFileSync } from "node:fs";
import { nodeFileSystem } from "../../src/log/file-system.js";
import type { SnapshotHeader } from "../../src/projections/snapshot-format.js";
import { writeSnapshot } from "../../src/projections/snapshot-writer.js";
import type { Json } from "../../src/index.js";

/** Changes what a snapshot says, header and rows as one text, and makes all of its hashes right again. */
export function forgeSnapshot(file: string, change: (text: string) => string): void {
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -3);
  const [header = "", ...rows] = change(lines.join("\n")).split("\n");
  const parsed = rows.map((row) => JSON.parse(row) as [string, Json, number]).sort((a, b) => a[2] - b[2]);
  const fd = openSync(file, "w");
  writeSnapshot(nodeFileSystem, fd, JSON.parse(header) as SnapshotHeader, parsed.map(([key, row]) => [key, row]));
  closeSync(fd);
}
