/** The demo's folder: made by the demo, marked as such, and only then ever deleted by it. */
import { lstat, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { openDaybook } from "../../src/index.js";

const MARKER = ".penguins-demo";
const MARKER_TEXT = "Made by daybook's penguins demo, which may delete this folder when it is called with --fresh.\n";

/** True when some process is at work on a run in there. A folder that cannot be opened has no one at work in it. */
async function isInUse(root: string): Promise<boolean> {
  try {
    const book = await openDaybook(root, { readOnly: true });
    try {
      return (await book.runs.list()).some((record) => record.liveness === "live");
    } finally {
      await book.close();
    }
  } catch {
    return false;
  }
}

/** Deletes what an earlier call made. Refuses anything that the demo did not make itself. */
async function deleteDemoFolder(root: string): Promise<void> {
  const isFolder = (await lstat(root)).isDirectory();
  if (!isFolder || !existsSync(join(root, MARKER)) || !existsSync(join(root, "daybook.json"))) {
    throw new Error(`--fresh deletes only a folder that this demo made, and ${root} is none: delete it yourself or choose another --root`);
  }
  if (await isInUse(root)) throw new Error(`a process is at work on a run in ${root}: --fresh does not delete it under its feet`);
  await rm(root, { recursive: true });
}

/** Makes the folder when there is none, starts over when `fresh`. Refuses a folder with other things in it. */
export async function prepareFolder(root: string, fresh: boolean): Promise<void> {
  // Nothing but the marker: an earlier call was ended before it recorded anything.
  const isEmpty = async (): Promise<boolean> => (await readdir(root)).every((name) => name === MARKER);
  if (fresh && existsSync(root) && !(await isEmpty())) await deleteDemoFolder(root);
  await mkdir(root, { recursive: true });
  if (await isEmpty()) await writeFile(join(root, MARKER), MARKER_TEXT);
  else if (!existsSync(join(root, "daybook.json"))) throw new Error(`${root} holds other things and no daybook: choose another --root`);
}
