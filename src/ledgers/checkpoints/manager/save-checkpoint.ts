import type { ArtifactSource } from "../../../artifacts/artifact-store.js";
import { putArtifact } from "../../../artifacts/put-artifact.js";
import { isDaybookError, LogReadOnlyError, WriteFailedError } from "../../../base/errors.js";
import { checkpointStream } from "../../../events/checkpoint-names.js";
import type { ArtifactRef } from "../../../events/checkpoint-events.js";
import type { Rows } from "../../../projections/projection.js";
import { checkpointsProjection } from "../../../projections/views/checkpoints.js";
import type { CheckpointRow } from "../../../projections/views/checkpoints.js";
import { checkpointEventTypes } from "../../../projections/views/experiments.js";
import { decideSave, followingStep } from "./decide-save.js";
import { optimizerPath, weightsPath } from "./folder-paths.js";
import type { ManagerContext } from "./open-context.js";
import type { PreparedSave } from "./prepare-save.js";

/** A checkpoint that was saved. */
export interface SavedCheckpoint {
  readonly folder: string;
  readonly step: number;
  readonly save: number;
  readonly weights: ArtifactRef;
}

/**
 * Puts the files of a checkpoint into a hash's folder, durably, each under a name of its own, and then says so in the log. Where something fails on the way,
 * they are deleted again, unless the log may name them.
 */
export async function saveCheckpoint(context: ManagerContext, folder: string, prepared: PreparedSave): Promise<SavedCheckpoint> {
  const { host, experiment } = context;
  if (host.readOnly || host.past) throw new LogReadOnlyError();
  const signal = prepared.signal ?? context.signal;
  const step = prepared.step ?? followingStep(((await host.query(checkpointsProjection)).state as Rows<CheckpointRow>).entries(), folder);
  const [row] = await host.lookUp(checkpointsProjection, [checkpointStream(folder, step)]);
  const put: ArtifactRef[] = [];
  try {
    // Names of earlier saves are not used again, not even those of files that are gone: somebody may be about to delete them.
    let number = (row?.saves.length ?? 0) + 1;
    const place = async (content: ArtifactSource, pathOf: (number: number) => string): Promise<ArtifactRef> => {
      const ref = await putUnderFreeName(context, content, () => pathOf(number), () => (number += 1), signal);
      put.push(ref);
      return ref;
    };
    const { extension, content } = await prepared.weights;
    const weights = await place(content, (at) => weightsPath(folder, step, at, extension));
    const state = await prepared.optimizer;
    const optimizer = state === undefined ? undefined : await place(state, (at) => optimizerPath(folder, step, at));
    const { metadata, modelName, optimizerName } = prepared;
    const saved = {
      experiment, folder, step,
      files: { weights, ...(optimizer === undefined ? {} : { optimizer }) },
      ...(metadata === undefined ? {} : { metadata }),
      ...(modelName === undefined ? {} : { modelName }),
      ...(optimizerName === undefined || optimizer === undefined ? {} : { optimizerName }),
    };
    const { result: save } = await host.transact([checkpointsProjection], (states) => decideSave(states, saved), { types: checkpointEventTypes, ...(signal === undefined ? {} : { signal }) });
    return { folder, step, save, weights };
  } catch (error) {
    await takeBack(context, checkpointStream(folder, step), put, error);
    throw error;
  }
}

/** Puts a file under the first name that is free. */
async function putUnderFreeName({ artifacts }: ManagerContext, content: ArtifactSource, path: () => string, next: () => void, signal: AbortSignal | undefined): Promise<ArtifactRef> {
  const source = new OnceMore(content);
  for (;;) {
    const ref = await putArtifact(artifacts, path(), source.content(), { signal });
    if (ref !== undefined) return ref;
    if (source.spent) throw new WriteFailedError(artifacts.locate(path()), new Error("another process has taken the name meanwhile, and the stream that was given is spent; save again"));
    next();
  }
}

/** A content that may be needed again: bytes and lists of them can be, a stream only as long as nobody has begun to read it. */
class OnceMore {
  readonly #given: ArtifactSource;
  spent = false;

  constructor(given: ArtifactSource) {
    this.#given = given;
  }

  content(): ArtifactSource {
    const given = this.#given;
    if (typeof given === "string" || given instanceof Uint8Array || Array.isArray(given)) return given;
    const begin = (): void => void (this.spent = true);
    return (async function* () {
      begin();
      yield* given;
    })();
  }
}

/** Deletes files that no event names; one that may be named stays: at worst it is an orphan, which `gc` finds. */
async function takeBack({ host, artifacts }: ManagerContext, stream: string, put: readonly ArtifactRef[], error: unknown): Promise<void> {
  if (put.length === 0 || isDaybookError(error, "SYNC_FAILED")) return;
  try {
    const [row] = await host.lookUp(checkpointsProjection, [stream]);
    const named = new Set(row?.saves.flatMap(({ files }) => Object.values(files).map(({ path }) => path)));
    for (const { path } of put) if (!named.has(path)) await artifacts.delete(path);
  } catch {
    // What made the save fail is what the caller has to hear of.
  }
}
