import { CheckpointNotFoundError } from "../../../base/errors.js";
import type { HashRow } from "../../../projections/views/hashes.js";
import type { CheckpointContext } from "../context.js";
import { checkpointRows, wantedHash } from "./checkpoint-rows.js";
import { preferred } from "./choose-checkpoint.js";
import type { Candidate, Choice } from "./choose-checkpoint.js";
import { entryOf } from "./list-checkpoints.js";
import type { CheckpointEntry } from "./list-checkpoints.js";
import { bestChoice, choiceOf, resolveLoad } from "./load-options.js";
import type { LoadBestOptions, LoadCheckpointOptions, LoadOptions, ResolvedLoad } from "./load-options.js";
import { noneSuch } from "./none-such.js";
import { firstIntact } from "./read-save.js";
import type { IntactSave, ReadSave, SkippedCheckpoint } from "./read-save.js";
import { recordLoaded } from "./record-loaded.js";
import { prepareParts } from "./restore-parts.js";
import { applyAll, prepareRestoration, restoreTarget } from "./restore-targets.js";
import type { NotApplied, Restoration } from "./restore-targets.js";

/** A checkpoint that was loaded: what the log says of it, what was in its files, and what was put where. */
export interface LoadedCheckpoint extends CheckpointEntry, ReadSave {
  /** What was put back. */
  readonly applied: { readonly model: boolean; readonly optimizer: boolean; readonly config: boolean; readonly data: boolean };
  /** What was not, and why. */
  readonly notApplied: readonly NotApplied[];
  /** Checkpoints that would have been taken before this one, whose files are damaged. */
  readonly skipped: readonly SkippedCheckpoint[];
}

/**
 * Loads the newest checkpoint of a hash; undefined when there is none. Everything is read and verified first; then all of it is applied and recorded as
 * `checkpoint.loaded`, or nothing is.
 * @throws CheckpointNotFoundError for an unknown hash @throws ArtifactCorruptError for files that are missing or altered, unless `fallback` finds others
 * @throws ModelUnsupportedError when what was saved does not fit @throws NothingRegisteredError @throws InvalidOptionError
 */
export async function loadLatestCheckpoint(context: CheckpointContext, options: LoadOptions = {}): Promise<LoadedCheckpoint | undefined> {
  return (await loadChosen(context, { kind: "latest" }, resolveLoad(context, options)))?.loaded;
}

/** As {@link loadLatestCheckpoint}, of a certain step, or of the nearest. @throws CheckpointNotFoundError also when that step was not saved, and as there */
export async function loadCheckpoint(context: CheckpointContext, options: LoadCheckpointOptions = {}): Promise<LoadedCheckpoint> {
  return await loadOrThrow(context, choiceOf(options), resolveLoad(context, options, ["step", "nearest"]));
}

/** As {@link loadLatestCheckpoint}, of the best by a number in the metadata. @throws CheckpointNotFoundError also when none has that number, and as there */
export async function loadBestCheckpoint(context: CheckpointContext, options: LoadBestOptions): Promise<LoadedCheckpoint> {
  return await loadOrThrow(context, bestChoice(options), resolveLoad(context, options, ["by", "goal"]));
}

async function loadOrThrow(context: CheckpointContext, choice: Choice, options: ResolvedLoad): Promise<LoadedCheckpoint> {
  const found = await loadChosen(context, choice, options);
  if (found !== undefined) return found.loaded;
  const hash = await wantedHash(context, options.hash);
  if (hash === undefined) throw new CheckpointNotFoundError(undefined, undefined, `The experiment ${context.experiment} has no hash yet, and no checkpoint`);
  throw noneSuch(hash.folder, choice, await checkpointRows(context, hash.folder));
}

async function loadChosen(context: CheckpointContext, choice: Choice, options: ResolvedLoad): Promise<{ readonly loaded: LoadedCheckpoint } | undefined> {
  const hash = await wantedHash(context, options.hash);
  if (hash === undefined) return undefined;
  const { fallback, loadOptimizer: optimizer, signal } = options;
  const intact = await firstIntact(context, async () => preferred(await checkpointRows(context, hash.folder), choice), { fallback, optimizer, signal });
  if (intact === undefined) return undefined;
  return { loaded: await applyIntact(context, hash, intact, options, { resumed: false }) };
}

/** Applies what was read, records that, and says what became of it; or leaves everything as it was. */
export async function applyIntact(context: CheckpointContext, hash: HashRow, { candidate, read, skipped }: IntactSave, options: ResolvedLoad, { resumed, restoreConfig = false, restoreDataState = false }: { readonly resumed: boolean; readonly restoreConfig?: boolean; readonly restoreDataState?: boolean }): Promise<LoadedCheckpoint> {
  const { row, save } = candidate;
  const moves = options.apply && !resumed;
  const prepared = options.apply ? await prepare(context, candidate, read, options) : { restorations: [], applied: { model: false, optimizer: false }, notApplied: [] };
  const { restorations, applied, notApplied } = prepared;
  const elsewhere = moves && context.position?.folder !== hash.folder;
  const parts = await prepareParts(context, hash, { config: elsewhere || (options.apply && restoreConfig), data: elsewhere || (options.apply && restoreDataState) }, options);
  options.signal?.throwIfAborted();
  const loaded = { folder: row.folder, step: row.step, save: save.save, ...(resumed ? { resumed } : {}) };
  await applyAll([...restorations, ...parts.restorations], () => recordLoaded(context, hash, loaded, { moves, signal: options.signal }));
  return { ...entryOf(context, row, save), ...read, applied: { ...applied, ...parts.applied }, notApplied: [...notApplied, ...parts.notApplied], skipped };
}

interface Prepared {
  readonly restorations: readonly Restoration[];
  readonly applied: { readonly model: boolean; readonly optimizer: boolean };
  readonly notApplied: readonly NotApplied[];
}

async function prepare(context: CheckpointContext, { save }: Candidate, read: ReadSave, options: ResolvedLoad): Promise<Prepared> {
  const restorations: Restoration[] = [];
  const notApplied: NotApplied[] = [];
  const applied = { model: false, optimizer: false };
  const model = restoreTarget(context, "model", options.model, options.modelName, save.modelName);
  // Where nothing of an optimizer was saved, it does not matter which of several is meant.
  const noMatter = read.optimizer === undefined && (options.optimizer ?? options.optimizerName) === undefined && context.registered.optimizers.size > 1;
  const optimizer = options.loadOptimizer && !noMatter ? restoreTarget(context, "optimizer", options.optimizer, options.optimizerName, save.optimizerName) : undefined;
  for (const [kind, target, file] of [["model", model, read.weights], ["optimizer", optimizer, read.optimizer]] as const) {
    if (target === undefined) continue;
    const restoration = file === undefined ? undefined : await prepareRestoration(context, kind, target, file.tensors, file.path);
    if (restoration === undefined) {
      notApplied.push({ what: kind, why: file === undefined ? `nothing of the ${kind} was saved` : `the ${kind} given is a description, without state to restore` });
      continue;
    }
    restorations.push(restoration);
    applied[kind] = true;
  }
  return { restorations, applied, notApplied };
}
