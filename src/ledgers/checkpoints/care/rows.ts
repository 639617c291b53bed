import type { ArtifactRef } from "../../../events/checkpoint-events.js";
import type { Projection, StateOf } from "../../../projections/projection.js";
import { checkpointsProjection } from "../../../projections/views/checkpoints.js";
import type { CheckpointRow, SaveRow } from "../../../projections/views/checkpoints.js";
import { hashPartsProjection } from "../../../projections/views/hash-parts.js";
import type { HashPartsRow } from "../../../projections/views/hash-parts.js";
import { hashesProjection } from "../../../projections/views/hashes.js";
import type { HashRow } from "../../../projections/views/hashes.js";
import type { CheckpointContext } from "../context.js";

/** What the log says of hashes and checkpoints. */
export interface CareRows {
  readonly checkpoints: readonly CheckpointRow[];
  readonly hashes: readonly HashRow[];
  readonly parts: readonly HashPartsRow[];
}

/** Reads the views that speak of files. */
export async function readRows({ host }: CheckpointContext): Promise<CareRows> {
  const rowsOf = async <P extends Projection>(projection: P): Promise<StateOf<P>> => (await host.query(projection)).state as StateOf<P>;
  // One after another: the first one folds what was appended since for all of them.
  const checkpoints = await rowsOf(checkpointsProjection);
  const hashes = await rowsOf(hashesProjection);
  const parts = await rowsOf(hashPartsProjection);
  const values = <Row>(rows: { entries(): IterableIterator<[string, Row]> }): Row[] => Array.from(rows.entries(), ([, row]) => row);
  return { checkpoints: values(checkpoints), hashes: values(hashes), parts: values(parts) };
}

/** A file that the log speaks of. */
export interface NamedFile {
  readonly file: ArtifactRef;
  /** What it is: `weights`, `config`, `contents of data`, `data-backup before`. */
  readonly role: string;
  /** The hash's folder. */
  readonly hash: string;
  readonly step?: number;
  readonly save?: number;
}

/** The files that have to be there. Of what was pruned none has to. */
export function* namedFiles({ checkpoints, hashes, parts }: CareRows): Generator<NamedFile, void, void> {
  for (const row of checkpoints) for (const save of row.saves) if (save.pruned === undefined) yield* filesOfSave(row, save);
  for (const { folder: hash, dumped, added } of hashes) {
    for (const [role, file] of Object.entries(dumped?.files ?? {})) yield { file, role, hash };
    for (const { kind, name, file } of added) yield { file, role: `${kind} ${name}`, hash };
  }
  for (const { known } of parts) for (const { content, folder: hash, digest } of known) if (content?.file !== undefined) yield { file: content.file, role: `contents of ${digest}`, hash };
}

/** The files of a save. */
export const filesOfSave = ({ folder: hash, step }: CheckpointRow, { save, files }: SaveRow): NamedFile[] => Object.entries(files).map(([role, file]) => ({ file, role, hash, step, save }));

/** How many bytes a file takes in the store. */
export const bytesInStore = ({ bytes, storedBytes }: ArtifactRef): number => storedBytes ?? bytes;
