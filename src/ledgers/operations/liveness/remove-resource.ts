/** Removing what a session had registered as temporary. */
import { constants } from "node:fs";
import { lstat, open, readdir, readlink, realpath, rmdir, unlink } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { RemovalOutcome } from "../../../events/operation-events.js";
import { protection } from "./resource-path.js";
import type { ProtectedPaths } from "./resource-path.js";

/** What became of one. `problem`: why not, in words. */
export interface Removal {
  readonly outcome: RemovalOutcome;
  readonly problem?: string;
}

/** Something else stands in its place. */
class RefusedRemoval extends Error {}

const asFolder = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * Removes a file, or a folder with everything in it. A link in its place, or in place of a folder it lies in, is not followed: it is refused then. Links below it are removed
 * and what they point to stays; so does what is mounted below it. Never throws.
 */
export async function removeResource(path: string, guard: ProtectedPaths): Promise<Removal> {
  const problem = protection(path, guard);
  if (problem !== undefined) return { outcome: "refused", problem: `the path ${problem}` };
  try {
    return { outcome: (await removed(path)) ? "removed" : "missing" };
  } catch (error) {
    return { outcome: error instanceof RefusedRemoval ? "refused" : "failed", problem: error instanceof Error ? error.message : String(error) };
  }
}

async function removed(path: string): Promise<boolean> {
  const parent = await openFolder(dirname(path));
  if (parent === undefined) return false;
  try {
    if (!(await stands(parent, dirname(path)))) throw new RefusedRemoval(`${dirname(path)} lies behind a link`);
    const place = within(parent, dirname(path), basename(path));
    const stats = await lstat(place).catch(unlessMissing);
    if (stats === undefined) return false;
    if (stats.isSymbolicLink()) throw new RefusedRemoval(`${path} is a link`);
    await (stats.isDirectory() ? removeFolder(place, stats.dev) : unlink(place).catch(unlessGone));
    return true;
  } finally {
    await parent.close();
  }
}

async function removeFolder(path: string, device: number): Promise<void> {
  const folder = await open(path, asFolder).catch(unlessGone);
  // Somebody else is removing it as well.
  if (folder === undefined) return;
  try {
    // Opened without following a link, and read and emptied by the open folder: whatever is moved into its place meanwhile stays as it is.
    if ((await folder.stat()).dev !== device) throw new RefusedRemoval(`${basename(path)} is another file system`);
    for (const name of await readdir(within(folder, path, "."))) {
      const place = within(folder, path, name);
      const stats = await lstat(place).catch(unlessMissing);
      if (stats === undefined) continue;
      await (stats.isDirectory() ? removeFolder(place, device) : unlink(place).catch(unlessMissing));
    }
  } finally {
    await folder.close();
  }
  await rmdir(path).catch(unlessMissing);
}

/** Undefined when there is no such folder. @throws RefusedRemoval when a link stands there */
async function openFolder(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, asFolder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ELOOP") throw new RefusedRemoval(`${path} is a link`);
    return code === "ENOTDIR" && (await lstat(path).catch(unlessMissing))?.isSymbolicLink() === true ? refuse(path) : unlessMissing(error);
  }
}

function refuse(path: string): never {
  throw new RefusedRemoval(`${path} is a link`);
}

/** Whether the open folder is the one of that path: no link leads there. */
async function stands(folder: FileHandle, path: string): Promise<boolean> {
  return (process.platform === "linux" ? await readlink(`/proc/self/fd/${folder.fd}`) : await realpath(path)) === path;
}

/** A name in an open folder. Where the system has no paths by open folder, by the folder's own path. */
const within = (folder: FileHandle, path: string, name: string): string => (process.platform === "linux" ? `/proc/self/fd/${folder.fd}/${name}` : join(path, name));

/** As below, but a link or a file in place of a folder is an error. */
function unlessGone(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
}

/** @throws every error but that there is no such file */
function unlessMissing(error: unknown): undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOENT" || code === "ENOTDIR") return undefined;
  throw error;
}
