import { nodeFileSystem } from "../../src/log/file-system.js";
import type { LogFileSystem } from "../../src/log/file-system.js";

/** The real files; counts the bytes that are read of segments. */
export function countingFiles(): { readonly files: LogFileSystem; readonly read: () => number } {
  let bytes = 0;
  const segments = new Set<number>();
  const files: LogFileSystem = {
    ...nodeFileSystem,
    openSync: (path, flags, mode) => {
      const fd = nodeFileSystem.openSync(path, flags, mode);
      segments[String(path).includes("/log/0") ? "add" : "delete"](fd);
      return fd;
    },
    readSync: (fd, buffer, offset, length, position) => {
      const got = nodeFileSystem.readSync(fd, buffer, offset, length, position);
      if (segments.has(fd)) bytes += got;
      return got;
    },
  };
  return { files, read: () => bytes };
}
