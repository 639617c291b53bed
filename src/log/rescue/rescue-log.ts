import { nodeFileSystem } from "../file-system.js";
import type { RepairOptions, RepairReport } from "./repair-log.js";

/**
 * Salvages every event of a damaged log that is as it was written into a new root, and says what it could not, by seq. The damaged root is
 * only read, and need not be one that can be opened. Every event keeps its seq and its line; the new root has the same root id, opens for
 * writing, and passes `verify --full`. `to` must not be there, or be empty; before everything is in it, it has no daybook.json, and is refused by opening.
 * @throws InvalidOptionError @throws TargetRefusedError @throws LogNotFoundError @throws FormatTooNewError @throws WriteFailedError
 * @throws LogCorruptError when nothing says whose log it is @throws LockTimeoutError @throws NativeAddonMissingError
 */
export async function repairLog(root: string, to: string, options: RepairOptions = {}): Promise<RepairReport> {
  const { repairOn } = await import("./repair-log.js");
  return repairOn(nodeFileSystem, root, to, options);
}
