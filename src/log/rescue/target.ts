import * as fs from "node:fs";
import * as path from "node:path";
import { TargetRefusedError } from "../../base/errors.js";
import type { LogFileSystem } from "../file-system.js";

/** What is in a folder that is to take a copy: nothing, or the names that are there. @throws TargetRefusedError for a place that cannot take one */
export function namesInTarget(files: LogFileSystem, root: string, to: string): readonly string[] {
  const [source, target] = [realFolder(root), realFolder(to)];
  if (source === target) throw new TargetRefusedError(to, "it is the daybook itself");
  if (isInside(target, source)) throw new TargetRefusedError(to, `it lies in the daybook that is to be copied (${root})`);
  if (isInside(source, target)) throw new TargetRefusedError(to, `the daybook that is to be copied lies in it (${root})`);
  const stat = files.statSync(to);
  if (stat === undefined) return [];
  if (!stat.isDirectory()) throw new TargetRefusedError(to, "it is no folder");
  return files.readdirSync(to);
}

const isInside = (one: string, other: string): boolean => {
  const relative = path.relative(other, one);
  return relative !== "" && relative !== ".." && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
};

/** The real folder, whatever links lead there; the part that does not exist yet as it is spelt. */
function realFolder(folder: string): string {
  const absolute = path.resolve(folder);
  let existing = absolute;
  while (!fs.existsSync(existing) && path.dirname(existing) !== existing) existing = path.dirname(existing);
  return path.join(fs.realpathSync.native(existing), path.relative(existing, absolute));
}
