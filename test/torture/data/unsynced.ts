import { nodeFileSystem } from "../../../src/log/file-system.js";
import type { LogFileSystem } from "../../../src/log/file-system.js";

/** Real files, but nobody waits for the disk: for suites in which no power is cut. */
export const unsyncedFiles: LogFileSystem = {
  ...nodeFileSystem,
  fsyncSync: () => undefined,
  fdatasyncSync: () => undefined,
  fdatasync: ((_fd: number, done: (error: Error | null) => void) => void setImmediate(done, null)) as typeof nodeFileSystem.fdatasync,
};
