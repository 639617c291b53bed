import * as path from "node:path";
import { syncFolder } from "./file-system.js";
import type { LogFileSystem } from "./file-system.js";

/**
 * Makes a folder and what is missing above it, from the top, each durable before anything is made in it. So a folder that is there needs no
 * further care but for its own name: whoever made it may have been killed, or be just about to sync it.
 */
export function makeFoldersDurably(files: LogFileSystem, folder: string): void {
  if (files.statSync(folder)?.isDirectory() === true) return;
  const parent = path.dirname(folder);
  makeFoldersDurably(files, parent);
  syncIfPossible(files, path.dirname(parent));
  files.mkdirSync(folder);
  syncFolder(files, parent);
}

/** Errors of a folder that is not ours to open, or that cannot be synced at all. */
const beyondUs = new Set(["EACCES", "EPERM", "EINVAL", "ENOTSUP", "EROFS"]);

/** A folder above the ones that were made. Its owner may not let us open it; then its names are its owner's care. */
function syncIfPossible(files: LogFileSystem, folder: string): void {
  try {
    syncFolder(files, folder);
  } catch (error) {
    if (!beyondUs.has((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}
