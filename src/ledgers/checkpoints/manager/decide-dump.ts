import { experimentStream } from "../../../events/checkpoint-names.js";
import type { ArtifactRefs, CheckpointEvents, HashPart } from "../../../events/checkpoint-events.js";
import type { Decision } from "../../../projections/engine.js";
import type { Position } from "../context.js";
import type { HashStates } from "./decide-hash-update.js";
import { pendingParts } from "./position.js";

/** The files of a hash are in its folder. */
export interface DumpWish {
  readonly experiment: string;
  readonly position: Position;
  readonly files: ArtifactRefs;
  /** Files were written that the log knew, since they were damaged: say so, also where nothing is pending. */
  readonly mended: boolean;
}

/** `hash.dumped` with what had been pending; nothing where somebody else was faster. The result is whether there is an event. */
export function decideDump({ experiments, hashes }: Pick<HashStates, "experiments" | "hashes">, { experiment, position, files, mended }: DumpWish): Decision<{ readonly dumped: boolean; readonly parts: readonly HashPart[] }> {
  const stream = experimentStream(experiment);
  const { folder } = position;
  const parts = pendingParts(position, experiments.get(stream), hashes.get(folder));
  if (parts.length === 0 && !mended) return { events: [], result: { dumped: false, parts } };
  const data: CheckpointEvents["hash.dumped"] = { folder, parts, files };
  return { events: [{ stream, type: "hash.dumped", data }], result: { dumped: true, parts } };
}
