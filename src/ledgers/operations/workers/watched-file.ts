import { readFile, stat } from "node:fs/promises";

/** What tells a file from one that was written later under its name; undefined: there is none. */
export type FileMark = string | undefined;

/** The mark of what is there now. A link counts as what it leads to. @throws what the file system does, but for a file that is not there */
export async function markOf(path: string): Promise<FileMark> {
  try {
    const found = await stat(path, { bigint: true });
    return found.isFile() ? `${found.dev}/${found.ino}/${found.size}/${found.mtimeNs}` : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** The text of a file, provided that it was not written to meanwhile; undefined when it was, or is gone. */
export async function readUnchanged(path: string, mark: FileMark): Promise<string | undefined> {
  try {
    const text = await readFile(path, "utf8");
    return (await markOf(path)) === mark ? text : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

const isMissing = (error: unknown): boolean => ["ENOENT", "ENOTDIR"].includes(String((error as NodeJS.ErrnoException).code));
