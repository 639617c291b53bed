import { nodeFileSystem } from "../../src/log/file-system.js";
import type { LogFileSystem } from "../../src/log/file-system.js";

/** The real files; counts the bytes that are read of those whose path has that part. Default: of segments. */
export function countingFiles(part = "/log/0"): { readonly files: LogFileSystem; readonly read: () => number } {
  let bytes = 0;
  const counted = new Set<number>();
  const files: LogFileSystem = {
    ...nodeFileSystem,
    openSync: (path, flags, mode) => {
      const fd = nodeFileSystem.openSync(path, flags, mode);
      counted[String(path).includes(part) ? "add" : "delete"](fd);
      return fd;
    },
    readSync: (fd, buffer, offset, length, position) => {
      const got = nodeFileSystem.readSync(fd, buffer, offset, length, position);
      if (counted.has(fd)) bytes += got;
      return got;
    },
  };
  return { files, read: () => bytes };
}
