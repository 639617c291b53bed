import type { PartDigests } from "../../../events/checkpoint-events.js";
import type { JsonObject } from "../../../events/recorded-event.js";
import type { CheckpointContext } from "../context.js";
import { requireHash } from "./checkpoint-rows.js";
import { registeredConfigOf } from "./load-checkpoint.js";
import { resolveLoad } from "./load-options.js";
import type { LoadOptions } from "./load-options.js";
import { loadArchitecture, loadConfig } from "./load-parts.js";
import { recordLoaded } from "./record-loaded.js";
import { applyAll } from "./restore-targets.js";

/** How a hash is loaded. */
export type LoadHashOptions = Pick<LoadOptions, "fallback" | "apply" | "signal">;

/** What a hash is made of. A part that it does not have is undefined. */
export interface LoadedHash {
  readonly hash: string;
  readonly parts: PartDigests;
  readonly config: JsonObject | undefined;
  readonly architecture: JsonObject | undefined;
  readonly applied: { readonly config: boolean };
}

/**
 * Goes to a hash without loading weights: reads and verifies its parts, puts the configuration into the registered one, and moves the manager and its experiment
 * there, recorded as `checkpoint.loaded`. A hash that was never dumped has pending again what it had pending then. With `apply: false` it is only read.
 * @throws CheckpointNotFoundError for an unknown hash @throws ArtifactCorruptError @throws InvalidOptionError
 */
export async function loadHash(context: CheckpointContext, hash: string, options: LoadHashOptions = {}): Promise<LoadedHash> {
  const { fallback, apply, signal } = resolveLoad(context, options);
  const row = await requireHash(context, hash);
  const reading = { fallback, ...(signal === undefined ? {} : { signal }) };
  const config = await loadConfig(context, row.folder, reading);
  const architecture = await loadArchitecture(context, row.folder, reading);
  const restoration = apply ? await registeredConfigOf(context, row, { fallback, signal }) : undefined;
  await applyAll(restoration === undefined ? [] : [restoration], () => recordLoaded(context, row, { folder: row.folder }, { moves: apply, signal }));
  return { hash: row.folder, parts: structuredClone(row.parts), config, architecture, applied: { config: restoration !== undefined } };
}
