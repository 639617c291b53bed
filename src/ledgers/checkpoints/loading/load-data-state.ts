import { checkKnown, checkObject, checkSignal } from "../../../base/checks.js";
import { hashPartsProjection, knownPart } from "../../../projections/views/hash-parts.js";
import type { HashPartsRow } from "../../../projections/views/hash-parts.js";
import type { HashRow } from "../../../projections/views/hashes.js";
import type { Rows } from "../../../projections/projection.js";
import type { CheckpointContext } from "../context.js";
import { DataState } from "../data-state/data-state.js";
import { resolveDataState } from "../data-state/resolve-data-state.js";
import { wantedHash } from "./checkpoint-rows.js";
import { unknownContent } from "./load-parts.js";
import { readAsThen } from "./read-save.js";
import type { Restoration } from "./restore-targets.js";

/** How a data state is loaded. */
export interface LoadDataStateOptions {
  readonly signal?: AbortSignal;
}

/**
 * The data state of a hash, by default of the one that the manager is at: put together from what the log keeps of it, and verified by its digest. A new one each time. Undefined
 * where the hash has none. @throws CheckpointNotFoundError for an unknown hash @throws ArtifactCorruptError
 */
export async function loadDataState(context: CheckpointContext, hash?: string, options: LoadDataStateOptions = {}): Promise<DataState | undefined> {
  checkObject(options);
  checkKnown(options, ["signal"]);
  const { signal = context.signal } = options;
  checkSignal(signal);
  const row = await wantedHash(context, hash);
  return row === undefined ? undefined : await dataStateOf(context, row, signal);
}

async function dataStateOf(context: CheckpointContext, row: HashRow, signal: AbortSignal | undefined): Promise<DataState | undefined> {
  const { host, artifacts } = context;
  const { data } = row.parts;
  if (data === undefined) return undefined;
  const rows = (await host.query(hashPartsProjection)).state as Rows<HashPartsRow>;
  const state = await resolveDataState(data.digest, {
    known: (digest) => knownPart(rows, "data", digest)?.content,
    read: (file) => readAsThen(context, file, signal),
    locate: (file) => (file === undefined ? `${host.root}: the log` : artifacts.locate(file.path)),
  });
  if (state === undefined) throw unknownContent(row, "data");
  return state;
}

/** What brings a registered data state to that of a hash. Undefined for what could not be changed: a dataset is the caller's own. */
export async function dataRestoration(context: CheckpointContext, row: HashRow, signal: AbortSignal | undefined): Promise<Restoration | undefined> {
  const live = context.registered.dataState;
  if (!(live instanceof DataState)) return undefined;
  const wanted = await dataStateOf(context, row, signal);
  if (wanted === undefined) return undefined;
  const before = new DataState(live);
  return { apply: async () => void (await Promise.resolve(live.become(wanted))), undo: async () => void (await Promise.resolve(live.become(before))) };
}
