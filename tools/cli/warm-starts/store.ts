import type { Daybook } from "../../../src/index.js";
import type { WarmStartStore } from "../../../src/warm-starts.js";
import { messageOf } from "../errors.js";
import { say } from "../output.js";
import { clean } from "../text.js";

/** What entries are given up by; the package's defaults where nothing is said. */
export interface EvictionLimits {
  readonly sizeBudgetBytes?: number;
  readonly ttlMs?: number;
}

/** Opens a store on a daybook, which stays open. What goes wrong beside the work itself is said on stderr; `faults` counts it. */
export async function withStore<T>(book: Daybook, use: (store: WarmStartStore, faults: () => number) => Promise<T>, limits: EvictionLimits = {}): Promise<T> {
  const { WarmStartStore } = await import("../../../src/warm-starts.js");
  let faults = 0;
  await using store = await WarmStartStore.open(book, {
    ...limits,
    onError: (error, { key, run, doing }) => {
      faults += 1;
      say(`daybook: ${key}${run === undefined ? "" : `/${clean(run)}`}, ${doing}: ${clean(messageOf(error))}`);
    },
  });
  return await use(store, () => faults);
}
