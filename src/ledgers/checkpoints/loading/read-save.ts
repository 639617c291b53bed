import { readArtifact } from "../../../artifacts/read-artifact.js";
import { ArtifactCorruptError } from "../../../base/errors.js";
import type { ArtifactRef } from "../../../events/checkpoint-events.js";
import type { CheckpointContext } from "../context.js";
import { decodeSafetensors } from "../models/safetensors/read-safetensors.js";
import type { Tensors } from "../models/tensors.js";
import { checkpointRow } from "./checkpoint-rows.js";
import type { Candidate } from "./choose-checkpoint.js";

/** A file of a checkpoint, read whole and verified. */
export interface ReadFile {
  /** Where it is: an absolute path, or as the artifact store says it. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** What is in it, where it is a safetensors file: views of `bytes`. */
  readonly tensors?: Tensors;
}

/** What a save consists of. */
export interface ReadSave {
  readonly weights?: ReadFile;
  readonly optimizer?: ReadFile;
}

/** A checkpoint that was passed over because its files are not what the log says. */
export interface SkippedCheckpoint {
  readonly hash: string;
  readonly step: number;
  readonly save: number;
  readonly error: ArtifactCorruptError;
}

/** The first save that can be read, what is in it, and what was passed over. Undefined where there was nothing to choose from. */
export interface IntactSave {
  readonly candidate: Candidate;
  readonly read: ReadSave;
  readonly skipped: readonly SkippedCheckpoint[];
}

/**
 * Reads and verifies the first of the candidates; with `fallback` the next one where its files are damaged, and so on. Where a save was given up or compressed by
 * somebody else meanwhile, its row tells, and it is looked at anew before its files are called damaged.
 * @param candidates gives them as the log knows them now
 * @throws ArtifactCorruptError of the first one, when none of those that may be taken is intact
 */
export async function firstIntact(context: CheckpointContext, candidates: () => Promise<readonly Candidate[]>, { fallback, optimizer, signal }: { readonly fallback: boolean; readonly optimizer: boolean; readonly signal?: AbortSignal | undefined }): Promise<IntactSave | undefined> {
  const skipped = new Map<string, SkippedCheckpoint>();
  const keyOf = ({ row, save }: Candidate): string => `${row.folder}/${row.step}/${save.save}`;
  for (;;) {
    const now = await candidates();
    const candidate = now.find((one) => !skipped.has(keyOf(one)));
    const [first] = skipped.values();
    if (candidate === undefined || (first !== undefined && !fallback)) {
      if (first !== undefined) throw first.error;
      return undefined;
    }
    const { row, save } = candidate;
    try {
      return { candidate, read: await readSave(context, candidate, { optimizer, signal }), skipped: [...skipped.values()] };
    } catch (error) {
      if (!(error instanceof ArtifactCorruptError)) throw error;
      if (await hasMoved(context, candidate)) continue;
      skipped.set(keyOf(candidate), { hash: row.folder, step: row.step, save: save.save, error });
    }
  }
}

/** The log says otherwise of its files by now than it did when they were chosen. */
async function hasMoved(context: CheckpointContext, { row, save }: Candidate): Promise<boolean> {
  const now = (await checkpointRow(context, row.folder, row.step))?.saves.find((one) => one.save === save.save);
  return now?.pruned !== undefined || JSON.stringify(now?.files) !== JSON.stringify(save.files);
}

async function readSave(context: CheckpointContext, { save }: Candidate, { optimizer, signal }: { readonly optimizer: boolean; readonly signal?: AbortSignal | undefined }): Promise<ReadSave> {
  const { weights, optimizer: state } = save.files;
  return {
    ...(weights === undefined ? {} : { weights: await readFile(context, weights, signal) }),
    ...(state === undefined || !optimizer ? {} : { optimizer: await readFile(context, state, signal) }),
  };
}

/** Reads a file of a checkpoint whole. @throws ArtifactCorruptError */
async function readFile(context: CheckpointContext, ref: ArtifactRef, signal: AbortSignal | undefined): Promise<ReadFile> {
  const { artifacts } = context;
  const bytes = await readAsThen(context, ref, signal);
  const path = artifacts.locate(ref.path);
  if (!plainPath(ref).endsWith(".safetensors")) return { path, bytes };
  try {
    return { path, bytes, tensors: decodeSafetensors(bytes) };
  } catch (error) {
    throw new ArtifactCorruptError(path, "is no safetensors file, although it is as it was saved", error);
  }
}

/** A file that the log of then knows as plain may be compressed by now: its content is the same, and is checked as such. */
export async function readAsThen(context: CheckpointContext, ref: ArtifactRef, signal?: AbortSignal): Promise<Uint8Array> {
  const { artifacts, host } = context;
  const options = signal === undefined ? {} : { signal };
  try {
    return await readArtifact(artifacts, ref, options);
  } catch (error) {
    if (!host.past || ref.codec !== undefined || !(error instanceof ArtifactCorruptError) || error.problem !== "is missing") throw error;
    for (const path of await compressedPaths(context, ref.path)) {
      const bytes = await readArtifact(artifacts, { path, bytes: ref.bytes, sha256: ref.sha256, codec: "gzip" }, options).catch((problem: unknown) => {
        if (!(problem instanceof ArtifactCorruptError)) throw problem;
      });
      if (bytes !== undefined) return bytes;
    }
    throw error;
  }
}

/** What a file was called before it was compressed: `x.gz`, or `x.2.gz` where somebody had left that name behind. */
const plainPath = ({ path, codec }: ArtifactRef): string => (codec === undefined ? path : path.replace(/(\.[0-9]+)?\.gz$/, ""));

/** Files that may be compressed forms of one, by their names. */
async function compressedPaths({ artifacts }: CheckpointContext, plain: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { path } of artifacts.list(plain.slice(0, plain.lastIndexOf("/")))) {
    if (path.startsWith(plain) && /^(\.[0-9]+)?\.gz$/.test(path.slice(plain.length))) found.push(path);
  }
  return found.sort();
}
