import { constants } from "node:fs";
import * as fsp from "node:fs/promises";
import * as path from "node:path";
import type { RescueOptions } from "./rescue-options.js";

/** Folders of a root that are no part of the log, and cannot be made from it again. */
export const artifactFolders = ["runs", "checkpoints", "warm-starts", "quarantine"] as const;

/** How files are copied. */
interface CopyOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told of each file that was copied, with its size. */
  readonly onCopied: (bytes: number) => void;
  /** What becomes of a file that cannot be copied; one that is gone by now is none. Throw to give up. */
  readonly onFailure: (file: string, error: unknown) => void;
}

/** Copies the artifact folders of a root as {@link copyFolder} does, and tells how far it is. @returns how many files were copied */
export async function copyArtifacts(from: string, to: string, { signal, onProgress }: RescueOptions, onFailure: CopyOptions["onFailure"]): Promise<number> {
  let [files, bytes] = [0, 0];
  const onCopied = (size: number): void => {
    files += 1;
    bytes += size;
    onProgress?.({ step: "copying files", bytes, totalBytes: bytes });
  };
  for (const name of artifactFolders) await copyFolder(path.join(from, name), path.join(to, name), { signal, onCopied, onFailure });
  return files;
}

/**
 * Copies a folder with everything in it, whole file by whole file, sharing the disk's blocks where the file system can. A file that is
 * there already with the same size and time is left alone. Links are copied as links, what is neither file, folder nor link is left out.
 */
async function copyFolder(from: string, to: string, options: CopyOptions): Promise<void> {
  let entries;
  try {
    entries = await fsp.readdir(from, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") options.onFailure(from, error);
    return;
  }
  await fsp.mkdir(to, { recursive: true });
  for (const entry of entries) {
    options.signal?.throwIfAborted();
    // Unfinished, and whoever is writing it finishes or removes it.
    if (entry.name.endsWith(".new") && entry.isFile()) continue;
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (entry.isDirectory()) {
      await copyFolder(source, target, options);
      continue;
    }
    try {
      if (entry.isSymbolicLink()) await copyLink(source, target);
      else if (entry.isFile()) await copyFile(source, target, options);
    } catch (error) {
      if (!(await isGone(source))) options.onFailure(source, error);
    }
  }
  await syncNames(to);
}

async function copyFile(source: string, target: string, { onCopied }: CopyOptions): Promise<void> {
  const wanted = await fsp.stat(source);
  const known = await fsp.stat(target).catch(() => undefined);
  if (known?.isFile() === true && known.size === wanted.size && Math.abs(known.mtimeMs - wanted.mtimeMs) < 1) return;
  const temporary = `${target}.new`;
  await fsp.rm(temporary, { force: true });
  await fsp.copyFile(source, temporary, constants.COPYFILE_FICLONE);
  await fsp.chmod(temporary, wanted.mode | 0o200);
  const file = await fsp.open(temporary, "r+");
  try {
    await file.utimes(wanted.atime, wanted.mtime);
    await file.sync();
  } finally {
    await file.close();
  }
  await fsp.chmod(temporary, wanted.mode);
  await fsp.rename(temporary, target);
  onCopied(wanted.size);
}

async function copyLink(source: string, target: string): Promise<void> {
  const points = await fsp.readlink(source);
  if ((await fsp.readlink(target).catch(() => undefined)) === points) return;
  await fsp.rm(target, { force: true });
  await fsp.symlink(points, target);
}

const isGone = (file: string): Promise<boolean> => fsp.lstat(file).then(() => false, (error: NodeJS.ErrnoException) => error.code === "ENOENT");

async function syncNames(folder: string): Promise<void> {
  const handle = await fsp.open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
