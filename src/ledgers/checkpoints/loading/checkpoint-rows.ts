import { CheckpointNotFoundError, InvalidOptionError, preview } from "../../../base/errors.js";
import { checkpointStream, experimentStream } from "../../../events/checkpoint-names.js";
import { checkpointsProjection } from "../../../projections/views/checkpoints.js";
import type { CheckpointRow } from "../../../projections/views/checkpoints.js";
import { experimentsProjection } from "../../../projections/views/experiments.js";
import { hashesProjection } from "../../../projections/views/hashes.js";
import type { HashRow } from "../../../projections/views/hashes.js";
import type { Rows } from "../../../projections/projection.js";
import type { CheckpointContext } from "../context.js";

/** All hashes, oldest first. */
export async function hashRows({ host }: CheckpointContext): Promise<Rows<HashRow>> {
  return (await host.query(hashesProjection)).state as Rows<HashRow>;
}

/** The hash that a call means: the one given, else the one that the manager is at; undefined before the first one. @throws CheckpointNotFoundError @throws InvalidOptionError */
export async function wantedHash(context: CheckpointContext, hash: unknown): Promise<HashRow | undefined> {
  if (hash !== undefined) return await requireHash(context, hash);
  const { position } = context;
  return position === undefined ? undefined : await requireHash(context, position.folder);
}

/** @throws CheckpointNotFoundError for one that no experiment ever came to @throws InvalidOptionError */
export async function requireHash({ host }: CheckpointContext, hash: unknown): Promise<HashRow> {
  if (typeof hash !== "string") throw new InvalidOptionError("hash", `must be an experiment hash, not ${preview(hash)}`);
  const [row] = await host.lookUp(hashesProjection, [hash]);
  if (row !== undefined) return row;
  throw new CheckpointNotFoundError(hash, undefined, `No experiment in ${host.root} ever came to the hash ${preview(hash)}`);
}

/** The steps of a hash, in the order in which they were first saved. */
export async function checkpointRows({ host }: CheckpointContext, folder: string): Promise<CheckpointRow[]> {
  const found: CheckpointRow[] = [];
  for (const row of (await allCheckpoints(host)).values()) if (row.folder === folder) found.push(row);
  return found;
}

/** Every checkpoint, by stream, in the order in which they were first saved. */
export async function allCheckpoints(host: CheckpointContext["host"]): Promise<Map<string, CheckpointRow>> {
  return new Map(((await host.query(checkpointsProjection)).state as Rows<CheckpointRow>).entries());
}

/** A step of a hash, as it is now; undefined where it was never saved. */
export async function checkpointRow({ host }: CheckpointContext, folder: string, step: number): Promise<CheckpointRow | undefined> {
  return (await host.lookUp(checkpointsProjection, [checkpointStream(folder, step)]))[0];
}

/** Where the experiment stands now, whoever brought it there: its folder. Undefined before its first hash. */
export async function experimentFolder({ host, experiment }: CheckpointContext): Promise<string | undefined> {
  return (await host.lookUp(experimentsProjection, [experimentStream(experiment)]))[0]?.folder;
}
