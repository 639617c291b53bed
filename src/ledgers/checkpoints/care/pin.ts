import { checkKnown, checkObject } from "../../../base/checks.js";
import { CheckpointNotFoundError, InvalidOptionError, NothingRegisteredError, preview } from "../../../base/errors.js";
import { checkpointStream, parseStep } from "../../../events/checkpoint-names.js";
import { problemOfPrintable } from "../../../events/text.js";
import { checkpointsProjection } from "../../../projections/views/checkpoints.js";
import { checkpointEventTypes } from "../../../projections/views/experiments.js";
import type { CheckpointContext } from "../context.js";
import { currentOf } from "./retention.js";

/** Which checkpoint, and why. */
export interface PinOptions {
  /** Its hash. Default: the one that the manager is at. */
  readonly hash?: string;
  readonly step: number;
  /** At most 1024 characters. */
  readonly reason?: string;
}

/**
 * Retention passes over the checkpoint from now on.
 * @returns false when it is pinned already, for that reason
 * @throws CheckpointNotFoundError also when all its saves are pruned @throws InvalidOptionError @throws NothingRegisteredError @throws LogReadOnlyError
 */
export const pin = (context: CheckpointContext, options: PinOptions): Promise<boolean> => changePin(context, options, true);

/** Retention decides about the checkpoint again. @returns false when it was not pinned @throws as {@link pin} */
export const unpin = (context: CheckpointContext, options: PinOptions): Promise<boolean> => changePin(context, options, false);

async function changePin(context: CheckpointContext, options: PinOptions, pinned: boolean): Promise<boolean> {
  checkObject(options);
  checkKnown(options, ["hash", "step", "reason"]);
  const { hash = context.position?.folder, reason } = options;
  const step = parseStep(options.step);
  if (hash === undefined) throw new NothingRegisteredError("hash", "The experiment has no hash yet, so none of its checkpoints can be pinned");
  if (typeof hash !== "string") throw new InvalidOptionError("hash", `must be an experiment hash, not ${preview(hash)}`);
  const problem = reason === undefined ? undefined : typeof reason === "string" ? problemOfPrintable(reason, 1024) : "is no text";
  if (problem !== undefined) throw new InvalidOptionError("reason", problem);
  const stream = checkpointStream(hash, step);
  const { result } = await context.host.transact(
    [checkpointsProjection],
    ({ checkpoints }) => {
      const row = checkpoints.get(stream);
      if (row === undefined || currentOf(row) === undefined) {
        throw new CheckpointNotFoundError(hash, step, row === undefined ? `There is no checkpoint of step ${step} of ${hash}` : `The checkpoint of step ${step} of ${hash} is pruned: its files are given up`);
      }
      const same = pinned ? row.pinned !== undefined && row.pinned.reason === reason : row.pinned === undefined;
      const data = reason === undefined ? {} : { reason };
      return { events: same ? [] : [{ stream, type: pinned ? "checkpoint.pinned" : "checkpoint.unpinned", data }], result: !same };
    },
    { types: checkpointEventTypes, ...(context.signal === undefined ? {} : { signal: context.signal }) },
  );
  return result;
}
