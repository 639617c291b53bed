import type { LogFileSystem } from "../file-system.js";

/** Bytes of a file that are known to have been others. */
export interface Patch {
  readonly offset: number;
  readonly bytes: Buffer;
}

/** The same files, but what is read of one of them is as it was before the damage that `patches` mend. For that one file only. */
export function patchedFiles(files: LogFileSystem, patches: readonly Patch[]): LogFileSystem {
  if (patches.length === 0) return files;
  return {
    ...files,
    readSync: (fd, buffer, offset, length, position) => {
      const got = files.readSync(fd, buffer, offset, length, position);
      for (const patch of patches) {
        const from = Math.max(position, patch.offset);
        const to = Math.min(position + got, patch.offset + patch.bytes.length);
        if (from < to) patch.bytes.copy(buffer, offset + from - position, from - patch.offset, to - patch.offset);
      }
      return got;
    },
  };
}
