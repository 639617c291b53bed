import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** From any file of the package, published or not, to the folder that `src` stands in. */
const levels = 4;

/** The program that threads run; undefined where it is not installed as a file of its own, as in somebody's bundle: then there are no threads. */
export function workerEntry(): URL | undefined {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (let level = 0; level < levels; level += 1, folder = dirname(folder)) {
    const file = join(folder, "src", "replay", "threads", "fold-worker.js");
    if (existsSync(file)) return pathToFileURL(file);
  }
  return undefined;
}
