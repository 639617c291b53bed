import { checkKnown, checkObject } from "../../../base/checks.js";
import type { PartDigests } from "../../../events/checkpoint-events.js";
import type { JsonObject } from "../../../events/recorded-event.js";
import type { CheckpointContext } from "../context.js";
import type { DataState } from "../data-state/data-state.js";
import { requireHash } from "./checkpoint-rows.js";
import { loadDataState } from "./load-data-state.js";
import { resolveLoad } from "./load-options.js";
import type { LoadOptions } from "./load-options.js";
import { loadArchitecture, loadConfig } from "./load-parts.js";
import { recordLoaded } from "./record-loaded.js";
import { prepareParts } from "./restore-parts.js";
import { applyAll } from "./restore-targets.js";
import type { NotApplied } from "./restore-targets.js";

/** How a hash is loaded. */
export type LoadHashOptions = Pick<LoadOptions, "fallback" | "apply" | "signal">;

/** What a hash is made of. A part that it does not have is undefined. */
export interface LoadedHash {
  readonly hash: string;
  readonly parts: PartDigests;
  readonly config: JsonObject | undefined;
  readonly dataState: DataState | undefined;
  readonly architecture: JsonObject | undefined;
  /** What was put into what is registered. */
  readonly applied: { readonly config: boolean; readonly data: boolean };
  readonly notApplied: readonly NotApplied[];
}

/**
 * Goes to a hash without loading weights: reads and verifies its parts, puts configuration and data state into the registered ones, and moves the manager and its experiment
 * there, recorded as `checkpoint.loaded`. A hash that was never dumped has pending again what it had pending then. With `apply: false` it is only read.
 * @throws CheckpointNotFoundError for an unknown hash @throws ArtifactCorruptError @throws InvalidOptionError
 */
export async function loadHash(context: CheckpointContext, hash: string, options: LoadHashOptions = {}): Promise<LoadedHash> {
  checkObject(options);
  checkKnown(options, ["fallback", "apply", "signal"]);
  const { fallback, apply, signal } = resolveLoad(context, options);
  const row = await requireHash(context, hash);
  const reading = { fallback, ...(signal === undefined ? {} : { signal }) };
  const config = await loadConfig(context, row.folder, reading);
  const architecture = await loadArchitecture(context, row.folder, reading);
  const dataState = await loadDataState(context, row.folder, signal === undefined ? {} : { signal });
  const { restorations, applied, notApplied } = await prepareParts(context, row, { config: apply, data: apply }, { fallback, signal });
  await applyAll(restorations, () => recordLoaded(context, row, { folder: row.folder }, { moves: apply, signal }));
  return { hash: row.folder, parts: structuredClone(row.parts), config, dataState, architecture, applied, notApplied };
}
