/** Where a manager stands, and what of it is not in its hash's folder yet. Pure. */
import type { HashPart } from "../../../events/checkpoint-events.js";
import { differingParts } from "../../../projections/views/experiments.js";
import type { ExperimentRow } from "../../../projections/views/experiments.js";
import type { HashRow } from "../../../projections/views/hashes.js";
import type { Position } from "../context.js";

/** Where an experiment stands; undefined before its first hash. */
export const positionOf = (row: ExperimentRow | undefined): Position | undefined => (row === undefined ? undefined : { folder: row.folder, parts: row.parts });

/**
 * The parts that are not in the folder of `position` yet. A manager may stand elsewhere than its experiment, which another process has moved: then nothing is
 * pending once its hash was dumped, and before that what differs from the experiment's last dump.
 */
export function pendingParts(position: Position | undefined, experiment: ExperimentRow | undefined, hash: HashRow | undefined): readonly HashPart[] {
  if (position === undefined) return [];
  if (experiment?.folder === position.folder) return experiment.pending;
  return hash?.dumped === undefined ? differingParts(experiment?.dumped?.parts ?? {}, position.parts) : [];
}
