import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openDaybookOn } from "../../../src/open-daybook.js";
import type { DaybookSystem } from "../../../src/engine-core.js";
import type { AppendEvent } from "../../../src/log/port.js";
import { nodeFileSystem } from "../../../src/log/file-system.js";
import { SnapshotFiles } from "../../../src/projections/snapshot-files.js";
import { runsProjection } from "../../../src/projections/views/runs.js";
import { readLog } from "../../format/independent-reader.js";
import type { Commit } from "../../format/independent-reader.js";
import type { JsonObject } from "../../format/independent-files.js";
import type { SegmentLog } from "../../../src/log/segment-log.js";
import { unsyncedFiles } from "../data/unsynced.js";
import { durably, openRawLog } from "../../support/raw-log.js";

/** Files of a root by their path in it. */
export type RootFiles = ReadonlyMap<string, Buffer>;

/** The log that is damaged, as it was before. */
export interface Original {
  readonly files: RootFiles;
  readonly events: readonly JsonObject[];
  readonly commits: readonly Commit[];
  /** Paths of the segments, in order; the last one is active, the one before is closed but not sealed. */
  readonly segments: readonly string[];
}

export const unsynced: DaybookSystem = { files: unsyncedFiles };

export const manifestPath = "log/manifest.ndjson";
const segmentBytes = 900;

/**
 * Makes a small log of four segments: two sealed, one closed, and an active one with commits that vouch for those before them, commits of several
 * events, and one that waits for no disk. With snapshots of a place in the middle.
 */
export async function makeOriginal(root: string): Promise<Original> {
  const small = await openRawLog(root, { segmentBytes, files: unsynced.files });
  let number = 0;
  const commit = async (log: SegmentLog, events: number, durability: "fsync" | "os" = "fsync"): Promise<void> => {
    await log.append(Array.from({ length: events }, () => someEvent((number += 1))), { ...durably, durability });
  };
  const segmentCount = (): number => segmentPaths(root).length;
  while (segmentCount() < 2) await commit(small, 1 + (number % 2));
  await saveSnapshots(root);
  while (segmentCount() < 4) await commit(small, 1 + (number % 3));
  await small.seal();
  await small.close();
  const last = await openRawLog(root, { files: unsynced.files });
  for (const [events, durability] of [[1, "fsync"], [2, "fsync"], [1, "os"], [1, "os"], [1, "fsync"]] as const) await commit(last, events, durability);
  await last.close();
  // As if the process had ended before it could seal the newest closed segment.
  const manifest = readFileSync(join(root, manifestPath));
  writeFileSync(join(root, manifestPath), manifest.subarray(0, manifest.lastIndexOf(0x0a, manifest.length - 2) + 1));
  const { events, commits, damage, torn } = readLog(root);
  const segments = segmentPaths(root);
  if (damage !== undefined || torn !== undefined || segments.length !== 4) throw new Error("the log to be damaged is not as it should be");
  return { files: readFiles(root), events, commits, segments };
}

function someEvent(number: number): AppendEvent {
  const stream = `run/train/${String(number).padStart(4, "0")}`;
  return number % 3 === 0
    ? { stream: `note/${number}`, type: "note.taken", v: 1, data: { number, text: "grün \u2028 🌱" } }
    : { stream, type: "run.allocated", v: 1, data: { uid: String(number).padStart(4, "0"), params: { number } } };
}

async function saveSnapshots(root: string): Promise<void> {
  await using book = await openDaybookOn(unsynced, root, { readOnly: true });
  const { root: id } = JSON.parse(readFileSync(join(root, "daybook.json"), "utf8")) as { root: string };
  const snapshots = new SnapshotFiles(nodeFileSystem, join(root, "snapshots"), id);
  for (const { name, version } of [runsProjection]) {
    const state = await book.core.engine.query(name);
    const at = await book.log.head();
    snapshots.save({ projection: name, version, at: { seq: at.seq, token: at.token }, unknown: state.unknown }, state.rows.entries());
  }
}

function segmentPaths(root: string): string[] {
  return readdirSync(join(root, "log"))
    .filter((name) => /^[0-9]{20}\.ndjson$/.test(name))
    .sort()
    .map((name) => `log/${name}`);
}

/** Every file of a root but the lock, which is empty. */
export function readFiles(root: string): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name === "lock") continue;
    const path = join(entry.parentPath, entry.name);
    files.set(path.slice(root.length + 1), readFileSync(path));
  }
  return files;
}
