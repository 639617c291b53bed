import type { LogFileSystem } from "../../src/log/file-system.js";

/** What has gone through a file system so far. */
export interface Counts {
  calls: number;
  bytesWritten: number;
  bytesRead: number;
}

/** A file system that counts its calls and bytes. The lock's calls are not among them. */
export function countingFiles(files: LogFileSystem): { readonly files: LogFileSystem; readonly counts: Counts } {
  const counts: Counts = { calls: 0, bytesWritten: 0, bytesRead: 0 };
  const counted = new Proxy(files, {
    get: (target, key: keyof LogFileSystem) => {
      return (...values: unknown[]): unknown => {
        counts.calls += 1;
        const result: unknown = Reflect.apply(Reflect.get(target, key) as () => unknown, target, values);
        if (key === "writeSync") counts.bytesWritten += result as number;
        if (key === "readSync") counts.bytesRead += result as number;
        return result;
      };
    },
  });
  return { files: counted, counts };
}
