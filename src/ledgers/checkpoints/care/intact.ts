import { checkArtifact } from "../../../artifacts/read-artifact.js";
import { isDaybookError } from "../../../base/errors.js";
import type { ArtifactRefs } from "../../../events/checkpoint-events.js";
import type { CheckpointContext } from "../context.js";

/** Reads all files of a save: true when each is what the log says. One that cannot be read is not counted upon. @throws the reason of an abort */
export async function isIntact({ artifacts }: CheckpointContext, files: ArtifactRefs, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    for (const file of Object.values(files)) await checkArtifact(artifacts, file, { signal });
    return true;
  } catch (error) {
    if (isDaybookError(error, "ARTIFACT_CORRUPT") || isDaybookError(error, "READ_FAILED") || isDaybookError(error, "PATH_OUTSIDE_ROOT")) return false;
    throw error;
  }
}
