import { randomBytes } from "node:crypto";
import type { WarmStartRow } from "../../projections/views/warm-starts.js";
import type { WarmStartContext } from "./context.js";

/** The folder of the root in which keys have theirs. */
export const warmStartsFolder = "warm-starts";

const ownFile = /^[A-Za-z0-9_][A-Za-z0-9_-]*\.[1-9]\d*(-[0-9a-f]+)?\.bin$/;
const ownUnfinished = /^[A-Za-z0-9_][\w.-]*\.[0-9a-f]{16}\.new$/;

/**
 * A name for a payload that no file has or will have again: `warm-starts/KEY/RUN.SAVE-8HEX.bin`. Whoever deletes a file that the log has given up, however late, so never
 * meets one that was saved since.
 */
export const newEntryPath = (key: string, run: string, save: number): string => `${warmStartsFolder}/${key}/${run}.${save}-${randomBytes(4).toString("hex")}.bin`;

/** True for what daybook has written itself, going by place and name. */
export function isOwnFile(path: string): boolean {
  const [folder, key = "", name = "", ...rest] = path.split("/");
  return folder === warmStartsFolder && rest.length === 0 && /^[0-9a-f]{64}$/.test(key) && (ownFile.test(name) || ownUnfinished.test(name));
}

/** The slot that a file of a payload is of; undefined for what is no whole one. */
export function slotOfFile(path: string): { readonly key: string; readonly run: string } | undefined {
  const [, key = "", name = ""] = path.split("/");
  return isOwnFile(path) && ownFile.test(name) ? { key, run: name.slice(0, name.indexOf(".")) } : undefined;
}

/** Deletes the files of entries that the log has given up. What cannot go is told, and found by `gc`. */
export async function deleteFiles({ artifacts, report }: WarmStartContext, rows: Iterable<Pick<WarmStartRow, "file" | "key" | "run">>): Promise<void> {
  for (const { key, run, file } of rows) {
    // An event of somebody else's may name any file of the root, the log itself too.
    if (slotOfFile(file.path)?.key !== key) continue;
    try {
      await artifacts.delete(file.path);
    } catch (error) {
      report(error, { key, run, doing: "delete" });
    }
  }
}

/** True while there is a file at a path. */
export async function isThere({ artifacts }: WarmStartContext, path: string): Promise<boolean> {
  for await (const entry of artifacts.list(path)) if (entry.path === path) return true;
  return false;
}
