import type { HashRow } from "../../../projections/views/hashes.js";
import type { CheckpointContext } from "../context.js";
import { dataRestoration } from "./load-data-state.js";
import { loadConfig } from "./load-parts.js";
import type { ResolvedLoad } from "./load-options.js";
import { configRestoration } from "./restore-config.js";
import type { NotApplied, Restoration } from "./restore-targets.js";

/** What puts the parts of a hash into what is registered: whoever stands at a hash goes on with what it is made of. */
export interface PreparedParts {
  readonly restorations: readonly Restoration[];
  readonly applied: { readonly config: boolean; readonly data: boolean };
  readonly notApplied: readonly NotApplied[];
}

/** Reads those parts that are wanted, where something is registered that they can be put into; nothing is changed yet. @throws ArtifactCorruptError */
export async function prepareParts(context: CheckpointContext, hash: HashRow, wanted: { readonly config: boolean; readonly data: boolean }, { fallback, signal }: Pick<ResolvedLoad, "fallback" | "signal">): Promise<PreparedParts> {
  const { registered } = context;
  const restorations: Restoration[] = [];
  const notApplied: NotApplied[] = [];
  const applied = { config: false, data: false };
  if (wanted.config && registered.config !== undefined) {
    const config = await loadConfig(context, hash.folder, { fallback, ...(signal === undefined ? {} : { signal }) });
    if (config !== undefined) {
      restorations.push(configRestoration(context, registered.config, config));
      applied.config = true;
    }
  }
  if (wanted.data && registered.dataState !== undefined && hash.parts.data !== undefined) {
    const restoration = await dataRestoration(context, hash, signal);
    if (restoration === undefined) notApplied.push({ what: "data", why: "what is registered is no DataState: a dataset is changed by its owner, and loadDataState() says to what" });
    else {
      restorations.push(restoration);
      applied.data = true;
    }
  }
  return { restorations, applied, notApplied };
}
