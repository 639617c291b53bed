import { experimentStream } from "../../../events/checkpoint-names.js";
import { checkpointEventTypes, experimentsProjection } from "../../../projections/views/experiments.js";
import type { HashRow } from "../../../projections/views/hashes.js";
import { hashesProjection } from "../../../projections/views/hashes.js";
import type { CheckpointContext } from "../context.js";
import { positionOf } from "../manager/position.js";
import { decideLoaded } from "./decide-loaded.js";
import type { Loaded } from "./decide-loaded.js";

/**
 * Appends that something was loaded. Where it `moves`, and it is of another hash than the manager is at, the manager and its experiment stand there from now on. A hash itself (without
 * a step) is gone to also by the experiment alone, where another process has moved it away from the manager's.
 * A daybook that is read-only, or as of a moment, is only read: the manager moves, and nothing is recorded.
 */
export async function recordLoaded(context: CheckpointContext, hash: HashRow, loaded: Loaded, { moves, signal }: { readonly moves: boolean; readonly signal?: AbortSignal | undefined }): Promise<void> {
  const { host, experiment, position } = context;
  const elsewhere = moves && position?.folder !== hash.folder;
  if (!host.readOnly && !host.past) {
    await host.transact(
      [experimentsProjection, hashesProjection],
      ({ experiments, hashes }) => {
        const stands = positionOf(experiments.get(experimentStream(experiment)));
        const left = moves && !elsewhere && loaded.step === undefined && stands?.folder !== hash.folder;
        return { events: decideLoaded(experiment, hashes.get(hash.folder) ?? hash, left ? stands : position, loaded, elsewhere || left), result: undefined };
      },
      { types: checkpointEventTypes, ...(signal === undefined ? {} : { signal }) },
    );
  }
  if (elsewhere) context.position = { folder: hash.folder, parts: hash.parts };
}
