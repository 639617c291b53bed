import { nodeFileSystem } from "../file-system.js";
import type { BackupReport } from "./backup-log.js";
import type { RepairReport } from "./repair-log.js";
import type { RescueOptions } from "./rescue-options.js";

/**
 * Salvages every event of a damaged log that is as it was written into a new root, and says what it could not, by seq. The damaged root is
 * only read, and need not be one that can be opened. Every event keeps its seq and its line; the new root has the same root id, opens for
 * writing, and passes `verify --full`. `to` must not be there, or be empty; before everything is in it, it has no daybook.json, and is refused by opening.
 * @throws InvalidOptionError @throws TargetRefusedError @throws LogNotFoundError @throws FormatTooNewError @throws WriteFailedError
 * @throws LogCorruptError when nothing says whose log it is @throws LockTimeoutError @throws NativeAddonMissingError
 */
export async function repairLog(root: string, to: string, options: RescueOptions = {}): Promise<RepairReport> {
  const { repairOn } = await import("./repair-log.js");
  return repairOn(nodeFileSystem, root, to, options);
}

/**
 * Copies a daybook to another folder while others may go on writing it. The copy is a daybook as of one moment, with every commit that was
 * whole then, durable and checked byte by byte, and with the files of the runs; snapshots and other things that are made from the log are left out. Copied to
 * the same folder again, only what is new is written. A backup that is killed leaves a copy as of its last moment, or of a moment between, or, at the first time, one
 * without a daybook.json, which is refused by opening; the same call finishes it.
 * @throws InvalidOptionError @throws TargetRefusedError @throws LogForkedError for a copy that went its own way
 * @throws LogNotFoundError @throws LogCorruptError: the original is damaged; repair it @throws LockTimeoutError while another backup goes to the same folder
 * @throws WriteFailedError @throws ReadFailedError @throws FormatTooNewError @throws NativeAddonMissingError
 */
export async function backupLog(root: string, to: string, options: RescueOptions = {}): Promise<BackupReport> {
  const { backupOn } = await import("./backup-log.js");
  return backupOn(nodeFileSystem, root, to, options);
}
