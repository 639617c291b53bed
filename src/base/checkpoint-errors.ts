/** What becomes of experiment hashes, checkpoints and the files that belong to them. */
import { DaybookError, preview } from "./daybook-error.js";

/** There is no such hash, or no such checkpoint of it. `hash` and `step` are what was asked for. */
export class CheckpointNotFoundError extends DaybookError {
  readonly code = "CHECKPOINT_NOT_FOUND";
  constructor(
    readonly hash: string | undefined,
    readonly step: number | undefined,
    problem: string,
  ) {
    super(problem);
  }
}

/**
 * A file that the log speaks of is missing, or is not what the log says of it. `path` is absolute; `problem` says which. Nothing of it was
 * given out.
 */
export class ArtifactCorruptError extends DaybookError {
  readonly code = "ARTIFACT_CORRUPT";
  constructor(
    readonly path: string,
    readonly problem: string,
    cause?: unknown,
  ) {
    super(`${path} ${problem}`, cause);
  }
}

/** A text is no experiment hash of 24 characters. */
export class IncompatibleHashError extends DaybookError {
  readonly code = "INCOMPATIBLE_HASH";
  constructor(readonly hash: unknown) {
    super(
      `${preview(hash)} is no experiment hash of 24 characters (8 each for model, config and data)` +
        (typeof hash === "string" && hash.length === 16 ? "; hashes of 16 characters are of the former version, without a data part, and cannot be compared: generate them anew" : ""),
    );
  }
}

/** A part of an experiment hash cannot be hashed. `part` is `model`, `config` or `data`; `path` where in it the trouble lies, `$` being the part. */
export class UnhashablePartError extends DaybookError {
  readonly code = "UNHASHABLE_PART";
  constructor(
    readonly part: string,
    readonly path: string,
    problem: string,
    cause?: unknown,
  ) {
    super(`The ${part} cannot be hashed: ${path} ${problem}`, cause);
  }
}

/** A call was to use what is registered, and nothing is. `what` is `model`, `optimizer`, `config`, `data state`, or `hash`. */
export class NothingRegisteredError extends DaybookError {
  readonly code = "NOTHING_REGISTERED";
  constructor(
    readonly what: string,
    problem: string,
  ) {
    super(problem);
  }
}

/** A model or an optimizer is of a kind that nobody here can describe, save or restore; or what was saved does not fit the one it was to be put into. */
export class ModelUnsupportedError extends DaybookError {
  readonly code = "MODEL_UNSUPPORTED";
  constructor(problem: string, cause?: unknown) {
    super(problem, cause);
  }
}

/** Bytes are no safetensors file, or one that does not hold together. Nothing of it was given out. */
export class SafetensorsInvalidError extends DaybookError {
  readonly code = "SAFETENSORS_INVALID";
  constructor(readonly problem: string) {
    super(`No sound safetensors file: ${problem}`);
  }
}
