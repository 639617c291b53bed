import * as fs from "node:fs";
import * as path from "node:path";
import { UsageError } from "./errors.js";

/** The root as an absolute path: as given, else DAYBOOK_ROOT, else the nearest folder upwards that is one, else ./results. */
export function resolveRoot(given: string | undefined, env: NodeJS.ProcessEnv = process.env, cwd = process.cwd()): string {
  if (given === "") throw new UsageError("--root needs the name of a folder");
  const named = given ?? (env["DAYBOOK_ROOT"] === "" ? undefined : env["DAYBOOK_ROOT"]);
  if (named !== undefined) return path.resolve(cwd, named);
  for (let folder = cwd; ; folder = path.dirname(folder)) {
    if (isRoot(folder)) return folder;
    if (folder === path.dirname(folder)) return path.join(cwd, "results");
  }
}

/** True for a folder with a daybook.json. */
export function isRoot(folder: string): boolean {
  return fs.statSync(path.join(folder, "daybook.json"), { throwIfNoEntry: false })?.isFile() ?? false;
}
