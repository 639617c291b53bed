import type { CheckpointContext } from "../context.js";
import { problemOf } from "./care-options.js";
import type { CareProgress, FileFailure } from "./care-options.js";

/** A file that is to go. */
export interface DoomedFile {
  readonly path: string;
  readonly bytes: number;
}

/** Deletes files, one after another; one that is gone is fine, one that cannot go is told. */
export async function deleteFiles(
  { artifacts }: CheckpointContext,
  files: readonly DoomedFile[],
  { signal, onProgress, isStill = () => Promise.resolve(true) }: {
    readonly signal: AbortSignal | undefined;
    readonly onProgress: ((progress: CareProgress) => void) | undefined;
    /** Asked just before each one goes. */
    readonly isStill?: (file: DoomedFile) => Promise<boolean>;
  },
): Promise<{ readonly deleted: DoomedFile[]; readonly failed: FileFailure[] }> {
  const totalBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const [deleted, failed]: [DoomedFile[], FileFailure[]] = [[], []];
  let bytes = 0;
  for (const file of files) {
    signal?.throwIfAborted();
    try {
      if ((await isStill(file)) && (await artifacts.delete(file.path))) deleted.push(file);
    } catch (error) {
      failed.push({ path: file.path, problem: problemOf(error) });
    }
    bytes += file.bytes;
    onProgress?.({ step: "deleting", bytes, totalBytes });
  }
  return { deleted, failed };
}
