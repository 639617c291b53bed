import type { ArtifactEntry, ArtifactStore } from "../../../artifacts/artifact-store.js";
import { filesOfSave, namedFiles } from "./rows.js";
import type { CareRows } from "./rows.js";

/** The folder of the root in which hashes have theirs. */
export const checkpointsFolder = "checkpoints";
/** Below it, the contents of parts that are too long for events. */
export const partsFolder = "parts";

/** A file that no event speaks of, or that is given up. */
export interface Orphan {
  readonly path: string;
  readonly bytes: number;
  readonly modifiedMs: number;
  /** `unnamed`: no event names it; a process died before it could. `pruned`: its checkpoint was given up. `unfinished`: nobody has finished writing it. */
  readonly why: "pruned" | "unfinished" | "unnamed";
}

/** What the store has that the log does not want. */
export interface Leftovers {
  readonly orphans: readonly Orphan[];
  /** Files below `checkpoints/` that are not daybook's own by their place and name, such as another program's. They are never touched. */
  readonly foreign: readonly string[];
}

/** All files of the store. To be read before the rows: whatever is named by then is no orphan. */
export async function filesInStore(artifacts: ArtifactStore, signal: AbortSignal | undefined): Promise<ArtifactEntry[]> {
  const entries: ArtifactEntry[] = [];
  for await (const entry of artifacts.list(checkpointsFolder)) {
    signal?.throwIfAborted();
    entries.push(entry);
  }
  return entries;
}

/** Tells the files apart that the log speaks of, those it gave up, and those it never knew. Pure. */
export function leftoversOf(entries: readonly ArtifactEntry[], rows: CareRows): Leftovers {
  const named = new Set(Array.from(namedFiles(rows), ({ file }) => file.path));
  const pruned = new Set(rows.checkpoints.flatMap((row) => row.saves.filter((save) => save.pruned !== undefined).flatMap((save) => filesOfSave(row, save).map(({ file }) => file.path))));
  const folders = new Set(rows.hashes.map(({ folder }) => folder));
  const [orphans, foreign]: [Orphan[], string[]] = [[], []];
  for (const { path, bytes, modifiedMs, unfinished } of entries) {
    if (named.has(path)) continue;
    if (pruned.has(path)) orphans.push({ path, bytes, modifiedMs, why: "pruned" });
    else if (isOwn(path, folders)) orphans.push({ path, bytes, modifiedMs, why: unfinished ? "unfinished" : "unnamed" });
    else foreign.push(path);
  }
  return { orphans, foreign };
}

/**
 * True for what daybook has written itself, going by place and name: below the folder of a hash that the log knows, a name that begins with that folder's; contents of
 * parts, named by their digests. A log comes to a hash before anything is put into its folder.
 */
function isOwn(path: string, folders: ReadonlySet<string>): boolean {
  const [, folder = "", ...rest] = path.split("/");
  const name = rest.at(-1) ?? "";
  if (folder === partsFolder) return rest.length === 1 && /^(model|config|data)-[0-9a-f]{32}[.]/.test(name);
  return folders.has(folder) && name.startsWith(`${folder}_`);
}
