import { readFile, rm, stat } from "node:fs/promises";
import { WorkerFailedError } from "../../../base/errors.js";

/** What tells a file from one that was written later under its name; undefined: there is none. */
export type FileMark = string | undefined;

/** The mark of what is there now. A link counts as what it leads to. @throws WorkerFailedError when that cannot be told */
export async function markOf(path: string): Promise<FileMark> {
  try {
    const found = await stat(path, { bigint: true });
    return found.isFile() ? `${found.dev}/${found.ino}/${found.size}/${found.mtimeNs}` : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw failed(path, "read", error);
  }
}

/** The text of a file, provided that it was not written to meanwhile; undefined when it was, or is gone. @throws WorkerFailedError when it cannot be read */
export async function readUnchanged(path: string, mark: FileMark): Promise<string | undefined> {
  try {
    const text = await readFile(path, "utf8");
    return (await markOf(path)) === mark ? text : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw failed(path, "read", error);
  }
}

/** Takes a file away, if it is there. @throws WorkerFailedError */
export async function removeFile(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
  } catch (error) {
    throw failed(path, "deleted", error);
  }
}

function failed(path: string, what: "read" | "deleted", cause: unknown): Error {
  if (cause instanceof WorkerFailedError) return cause;
  return new WorkerFailedError(`${path} cannot be ${what}: ${cause instanceof Error ? cause.message : String(cause)}`, undefined, undefined, undefined, cause);
}

const isMissing = (error: unknown): boolean => ["ENOENT", "ENOTDIR"].includes(String((error as NodeJS.ErrnoException).code));
