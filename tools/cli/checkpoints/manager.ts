import type { CheckpointManager } from "../../../src/checkpoints.js";
import type { Daybook } from "../../../src/index.js";

/** Opens a manager on a daybook, which stays open. */
export async function withManager<T>(book: Daybook, use: (manager: CheckpointManager) => Promise<T>): Promise<T> {
  const { CheckpointManager } = await import("../../../src/checkpoints.js");
  await using manager = await CheckpointManager.open(book);
  return await use(manager);
}
