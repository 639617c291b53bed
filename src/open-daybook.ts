import { InvalidOptionError, preview } from "./base/errors.js";
import { Daybook } from "./daybook.js";
import { resolveOptions } from "./daybook-options.js";
import type { DaybookOptions } from "./daybook-options.js";
import { acquireCore, realSystem } from "./engine-core.js";
import type { DaybookSystem } from "./engine-core.js";

/**
 * Opens the daybook in a folder, and makes it where there is none (not with `readOnly`). Opening one root twice in a process
 * shares the engine; each handle has its own participant, durability and clock, and is closed for itself.
 * @throws InvalidOptionError @throws LogNotFoundError @throws LogCorruptError @throws FormatTooNewError
 * @throws LockTimeoutError @throws WriteFailedError @throws ReadFailedError @throws FileSystemUnsafeError @throws NativeAddonMissingError
 * @throws MetadataForeignError when `materialize` names a file that holds what this daybook does not have
 */
export function openDaybook(root: string, options: DaybookOptions = {}): Promise<Daybook> {
  return openDaybookOn(realSystem, root, options);
}

/** @internal As {@link openDaybook}, on a system that a test provides. */
export async function openDaybookOn(system: DaybookSystem, root: string, options: DaybookOptions = {}): Promise<Daybook> {
  if (typeof root !== "string" || root.includes("\0")) throw new InvalidOptionError("root", `must be the path of a folder, not ${preview(root)}`);
  const resolved = resolveOptions(options);
  const core = await acquireCore(root, resolved, system);
  const book = new Daybook(core, resolved);
  if (book.damage !== undefined) {
    process.emitWarning(`${core.root} is damaged and served only up to there: ${book.damage.message}`, { code: "DAYBOOK_DAMAGE" });
  }
  try {
    await book.materialize();
  } catch (error) {
    await book.close();
    throw error;
  }
  return book;
}
