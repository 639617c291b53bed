import { onTestFinished } from "vitest";
import type { Daybook } from "../../../../src/index.js";
import { CheckpointManager } from "../../../../src/checkpoints.js";
import type { CheckpointManagerOptions } from "../../../../src/checkpoints.js";
import { temporaryBook } from "../../runs/temporary-book.js";

export const modelA = { layers: [{ name: "dense", units: 4 }] };
export const modelB = { layers: [{ name: "dense", units: 8 }] };

/** A manager, in a daybook of its own unless one is given. */
export async function manager(book?: Daybook, options: CheckpointManagerOptions = {}): Promise<CheckpointManager> {
  const opened = await CheckpointManager.open(book ?? (await temporaryBook()), options);
  onTestFinished(() => opened.close());
  return opened;
}
