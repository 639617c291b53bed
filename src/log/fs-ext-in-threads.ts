import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const build = join("build", "Release", "fs_ext.node");

/**
 * fs-ext for a worker thread. Its build keeps handles of the thread that loaded it last in variables of the whole process, and throws those of the
 * thread before away: where several threads load it, the process dies (SIGSEGV). A copy under another name has variables of its own.
 * Undefined where none can be made or loaded (no room, a temporary folder without programs, another layout of fs-ext).
 */
export function loadCopyOfFsExt(): unknown {
  let folder: string | undefined;
  try {
    const main = createRequire(import.meta.url).resolve("fs-ext");
    folder = mkdtempSync(join(tmpdir(), "daybook-fs-ext-"));
    mkdirSync(dirname(join(folder, build)), { recursive: true });
    copyFileSync(main, join(folder, "fs-ext.cjs"));
    copyFileSync(join(dirname(main), build), join(folder, build));
    return createRequire(import.meta.url)(join(folder, "fs-ext.cjs"));
  } catch {
    return undefined;
  } finally {
    // What is loaded stays in memory.
    if (folder !== undefined) removeFolder(folder);
  }
}

function removeFolder(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // It lies in the temporary folder of the system, which is emptied now and then.
  }
}
