import type { CheckpointManager } from "../../../src/checkpoints.js";
import { isDaybookError } from "../../../src/index.js";
import { aligned } from "../aligned.js";
import { coloursOf } from "../colours.js";
import { describeError } from "../errors.js";
import { flatten } from "../record-fields.js";
import { clean, shorten, showValue } from "../text.js";

const longestValue = 80;

/** The configuration of a hash as lines, or why it cannot be read. */
export async function configLines(manager: CheckpointManager, folder: string): Promise<readonly string[]> {
  try {
    const config = await manager.loadConfig(folder);
    return aligned(flatten(config ?? {}).map(([path, value]) => [clean(path), shorten(showValue(value), longestValue)]));
  } catch (error) {
    // The rest of what is known of the hash is worth showing.
    if (!isDaybookError(error, "ARTIFACT_CORRUPT") && !isDaybookError(error, "CHECKPOINT_NOT_FOUND") && !isDaybookError(error, "READ_FAILED")) throw error;
    return [coloursOf().red(clean(describeError(error)))];
  }
}
