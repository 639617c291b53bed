/** Which paths may be registered as temporary, and in which form the log names them. */
import { realpath } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { basename, dirname, join, resolve, sep } from "node:path";
import { checkedPath } from "../../../base/checks.js";
import { InvalidOptionError } from "../../../base/errors.js";

/** The longest path that the log takes. */
const longestPath = 4096;

/** What is never removed, however it got into the log. */
export interface ProtectedPaths {
  /** Neither these nor what they lie in. */
  readonly folders: readonly string[];
  /** Nor anything in here: the daybook. */
  readonly daybook: readonly string[];
}

/** The home, the folder of temporary files and the daybook; each also as it is without links. */
export async function protectedPaths(daybook: string): Promise<ProtectedPaths> {
  const both = async (path: string): Promise<string[]> => [...new Set([resolve(path), await withoutLinks(resolve(path))])];
  const home = homeOrNone();
  return { folders: [...(home === undefined ? [] : await both(home)), ...(await both(tmpdir()))], daybook: await both(daybook) };
}

/** Undefined where the user has none: an id without an account, as in containers. */
function homeOrNone(): string | undefined {
  try {
    return homedir();
  } catch {
    return undefined;
  }
}

/** Why an absolute path may not be removed; undefined when it may. Pure. */
export function protection(path: string, { folders, daybook }: ProtectedPaths): string | undefined {
  if (!path.startsWith(sep) || resolve(path) !== path) return "must be an absolute path without . and .. in it";
  if (dirname(dirname(path)) === dirname(path)) return "must not be / or a folder directly in it";
  const above = [...folders, ...daybook].find((folder) => isWithin(folder, path));
  if (above !== undefined) return `must not be ${above}, or hold it`;
  return daybook.some((root) => isWithin(path, root)) ? "must not lie in the daybook" : undefined;
}

/** Whether a path is a folder, or lies in it. Pure. */
export const isWithin = (path: string, folder: string): boolean => path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

/** A path as it is registered: absolute, and without links in what it lies in. @throws InvalidOptionError when it may not be registered */
export async function checkedResource(value: unknown, guard: ProtectedPaths): Promise<string> {
  const given = resolve(checkedPath("path", value));
  const path = given === sep ? given : join(await withoutLinks(dirname(given)), basename(given));
  const problem = path.length > longestPath ? `must not be longer than ${longestPath} characters` : (protection(given, guard) ?? protection(path, guard));
  if (problem !== undefined) throw new InvalidOptionError("path", `${problem}, but is ${path.slice(0, 200)}`);
  return path;
}

/** The path with the links resolved in as much of it as exists. */
async function withoutLinks(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(await withoutLinks(parent), basename(path));
  }
}
