import { experimentStream } from "../../../events/checkpoint-names.js";
import type { AppendEvent } from "../../../log/port.js";
import { differingParts } from "../../../projections/views/experiments.js";
import type { HashRow } from "../../../projections/views/hashes.js";
import type { Position } from "../context.js";

/** What was loaded: a checkpoint, or (without a step) a hash. */
export interface Loaded {
  readonly folder: string;
  readonly step?: number;
  readonly save?: number;
  readonly resumed?: boolean;
}

/**
 * The events of a load. Where it moves, the experiment stands at that hash from now on. A hash that was never dumped is come to as by an update: what it is made
 * of is pending there, as it was, and the next save puts it into its folder.
 */
export function decideLoaded(experiment: string, hash: HashRow, position: Position | undefined, loaded: Loaded, moves: boolean): AppendEvent[] {
  const stream = experimentStream(experiment);
  const from = position === undefined ? {} : { from: position.folder };
  const { folder, parts } = hash;
  if (!moves) return [{ stream, type: "checkpoint.loaded", data: { ...loaded } }];
  if (hash.dumped !== undefined) return [{ stream, type: "checkpoint.loaded", data: { ...loaded, parts, ...from } }];
  const changed = differingParts(position?.parts ?? {}, parts);
  return [
    { stream, type: "hash.updated", data: { folder, hash: hash.hash, parts, ...from, changed } },
    { stream, type: "checkpoint.loaded", data: { ...loaded } },
  ];
}
