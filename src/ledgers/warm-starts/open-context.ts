import { FolderArtifactStore } from "../../artifacts/folder-store.js";
import { InvalidOptionError, preview } from "../../base/errors.js";
import type { Daybook } from "../../daybook.js";
import { openDaybook } from "../../open-daybook.js";
import { isDaybook } from "../is-daybook.js";
import type { WarmStartContext } from "./context.js";
import { resolveStore } from "./store-options.js";
import type { WarmStartStoreOptions } from "./store-options.js";

/** A context in a daybook. `owns`: that was opened for it, and has to be closed. */
export interface OpenedWarmStarts {
  readonly owns: boolean;
  readonly context: WarmStartContext;
}

/** A context in an open daybook, or in the daybook of a folder, which is opened for it. @throws InvalidOptionError and what `openDaybook` throws */
export async function openWarmStarts(place: Daybook | string, options: WarmStartStoreOptions = {}): Promise<OpenedWarmStarts> {
  const owns = typeof place === "string";
  const { artifacts, clock, ...settings } = resolveStore(options, owns);
  if (!owns && !isDaybook(place)) throw new InvalidOptionError("place", `must be an open daybook or the path of a folder, not ${preview(place)}`);
  const book = owns ? await openDaybook(place, options.daybook) : place;
  try {
    book.log.assertOpen();
    const { host } = book.runs;
    return { owns, context: { book, host, artifacts: artifacts ?? new FolderArtifactStore(host.root), clock: clock ?? host.clock, ownClock: clock !== undefined, ...settings, saves: 0 } };
  } catch (error) {
    if (owns) await book.close();
    throw error;
  }
}
