import { checkedFlag, checkObject } from "../../../base/checks.js";
import { InvalidOptionError } from "../../../base/errors.js";
import type { CheckpointContext } from "../context.js";
import { checkpointRows, hashRows, requireHash } from "./checkpoint-rows.js";
import { preferred } from "./choose-checkpoint.js";
import type { Candidate } from "./choose-checkpoint.js";
import { lineOf } from "./line-of-hash.js";
import { applyIntact } from "./load-checkpoint.js";
import type { LoadedCheckpoint } from "./load-checkpoint.js";
import { resolveLoad } from "./load-options.js";
import type { LoadOptions } from "./load-options.js";
import { firstIntact } from "./read-save.js";

/** How training is taken up again. */
export interface ResumeOptions extends Omit<LoadOptions, "hash" | "expHash" | "fallback"> {
  /** Also put the hash's configuration into the registered one. Default false: a configuration that was edited before the start stays as it is edited. */
  readonly restoreConfig?: boolean;
  /** Also put the hash's data state into the registered one, which has to be a `DataState`. Default false. */
  readonly restoreDataState?: boolean;
}

/** Where training goes on. */
export interface ResumePoint {
  /** The hash that it goes on under, which may be pending; undefined before the experiment's first. */
  readonly hash: string | undefined;
  /** The step to go on with: the one after the checkpoint's; 0 where there is none. */
  readonly nextStep: number;
  /** What it goes on from; undefined where nothing was saved yet. Its `hash` is another one where the present hash has no checkpoint of its own. */
  readonly checkpoint: LoadedCheckpoint | undefined;
}

/**
 * Says which step to go on with, and restores what is given or registered from the newest intact checkpoint: of the hash that the manager is at, else of those it came from
 * whose model is the same. The hash stays what it is, pending or not: after a change of the configuration, training goes on under the new one from the weights of the
 * one before. Recorded as `checkpoint.loaded`.
 * @throws ArtifactCorruptError when there are checkpoints and none of them is intact: it never begins anew by itself @throws ModelUnsupportedError
 * @throws NothingRegisteredError @throws InvalidOptionError
 */
export async function resume(context: CheckpointContext, options: ResumeOptions = {}): Promise<ResumePoint> {
  checkObject(options);
  for (const field of ["hash", "expHash", "fallback"]) {
    if (Object.hasOwn(options, field)) throw new InvalidOptionError(field, "is not for resume, which goes on where the experiment is, from what is intact: loadCheckpoint({ hash, step }) goes to another hash");
  }
  const resolved = { ...resolveLoad(context, options, ["restoreConfig", "restoreDataState"]), hash: undefined, fallback: true };
  const restoreConfig = checkedFlag("restoreConfig", options.restoreConfig);
  const restoreDataState = checkedFlag("restoreDataState", options.restoreDataState);
  const { position, experiment } = context;
  if (position === undefined) return { hash: undefined, nextStep: 0, checkpoint: undefined };
  const own = await requireHash(context, position.folder);
  const candidates = async (): Promise<Candidate[]> => {
    const found: Candidate[] = [];
    for (const { folder } of lineOf(await hashRows(context), own, experiment)) found.push(...preferred(await checkpointRows(context, folder), { kind: "latest" }));
    return found;
  };
  const intact = await firstIntact(context, candidates, { fallback: true, optimizer: resolved.loadOptimizer, signal: resolved.signal });
  if (intact === undefined) return { hash: own.folder, nextStep: 0, checkpoint: undefined };
  const checkpoint = await applyIntact(context, own, intact, resolved, { resumed: true, restoreConfig, restoreDataState });
  return { hash: own.folder, nextStep: checkpoint.step + 1, checkpoint };
}
