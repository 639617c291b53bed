import { replaceArtifact } from "../../../artifacts/put-artifact.js";
import { checkArtifact } from "../../../artifacts/read-artifact.js";
import { isDaybookError, LogReadOnlyError } from "../../../base/errors.js";
import { experimentStream } from "../../../events/checkpoint-names.js";
import type { ArtifactRef, ArtifactRefs, HashPart } from "../../../events/checkpoint-events.js";
import { checkpointEventTypes, experimentsProjection } from "../../../projections/views/experiments.js";
import { hashesProjection } from "../../../projections/views/hashes.js";
import type { CheckpointContext } from "../context.js";
import { decideDump } from "./decide-dump.js";
import { dumpFiles } from "./dump-files.js";
import type { ManagerContext } from "./open-context.js";
import { pendingParts } from "./position.js";

/** The parts that are not in the folder of the manager's hash yet. */
export async function pendingOf({ host, experiment, position }: CheckpointContext): Promise<readonly HashPart[]> {
  if (position === undefined) return [];
  const [[row], [hash]] = await Promise.all([host.lookUp(experimentsProjection, [experimentStream(experiment)]), host.lookUp(hashesProjection, [position.folder])]);
  return pendingParts(position, row, hash);
}

/**
 * Puts what is pending into the folder of the manager's hash: all files of the folder, durably, and then the event. With `force` the files are also looked
 * at where nothing is pending, and written anew when they are damaged. @returns whether there was something to do
 */
export async function dumpPending(context: ManagerContext, { force = false }: { readonly force?: boolean } = {}): Promise<boolean> {
  const { host, experiment, position, signal } = context;
  if (host.readOnly || host.past) throw new LogReadOnlyError();
  if (position === undefined || (position === context.settled && !force)) return false;
  const pending = await pendingOf(context);
  if (pending.length === 0) context.settled = position;
  if (pending.length === 0 && !force) return false;
  const { files, written } = await filesOf(context, position.folder);
  if (Object.keys(files).length === 0 || (pending.length === 0 && !written)) return false;
  const { result } = await host.transact(
    [experimentsProjection, hashesProjection],
    (states) => decideDump(states, { experiment, position, files, mended: written && pending.length === 0 }),
    { types: checkpointEventTypes, ...(signal === undefined ? {} : { signal }) },
  );
  context.settled = position;
  return result.dumped;
}

/** The files of the folder. One that the log names already and that is intact stays as it is. */
async function filesOf(context: CheckpointContext, folder: string): Promise<{ readonly files: ArtifactRefs; readonly written: boolean }> {
  const { host, artifacts, signal } = context;
  const [hash] = await host.lookUp(hashesProjection, [folder]);
  const files: { [role: string]: ArtifactRef } = {};
  let written = false;
  for (const { role, path, content } of dumpFiles(context)) {
    const known = hash?.dumped?.files[role];
    if (known !== undefined && (await isIntact(context, known))) {
      files[role] = known;
      continue;
    }
    files[role] = await replaceArtifact(artifacts, path, await content(), { signal });
    written = true;
  }
  return { files, written };
}

/** @throws what reading a file throws, other than that it is damaged */
export async function isIntact({ artifacts, signal }: CheckpointContext, ref: ArtifactRef): Promise<boolean> {
  try {
    await checkArtifact(artifacts, ref, { signal });
    return true;
  } catch (error) {
    if (isDaybookError(error, "ARTIFACT_CORRUPT")) return false;
    throw error;
  }
}

/** Where a file of the folder of the manager's hash is; undefined where it was not dumped. */
export async function dumpedFile({ host, artifacts, position }: CheckpointContext, role: string): Promise<string | undefined> {
  const [row] = position === undefined ? [] : await host.lookUp(hashesProjection, [position.folder]);
  const file = row?.dumped?.files[role];
  return file === undefined ? undefined : artifacts.locate(file.path);
}
