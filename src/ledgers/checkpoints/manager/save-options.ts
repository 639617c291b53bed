import type { ArtifactSource } from "../../../artifacts/artifact-store.js";
import type { JsonObject } from "../../../events/recorded-event.js";
import type { Tensor, Tensors } from "../models/tensors.js";

/** What is saved as a model's weights: tensors by name, or the bytes of a file in a form of their own, as such or as a stream. */
export type Weights = Tensors | Readonly<Record<string, Tensor>> | ArtifactSource;

/** How a checkpoint is saved. */
export interface SaveCheckpointOptions {
  /** The model whose weights are saved. Default: the one registered under `modelName`, or the only one that is registered. */
  readonly model?: unknown;
  readonly modelName?: string | undefined;
  /** What is saved in the place of the model's own weights. They are given, so no model has to be there. They are not copied: what changes in them before the call resolves may be saved or not. */
  readonly weights?: Weights | undefined;
  /** The end of the file's name. Default `safetensors` for tensors, `bin` for bytes. */
  readonly extension?: string | undefined;
  /** The optimizer whose state is saved too. Default: the one registered under `optimizerName`, or the only one that is registered. */
  readonly optimizer?: unknown;
  readonly optimizerName?: string | undefined;
  /** Default true. */
  readonly saveOptimizer?: boolean | undefined;
  /** A whole number from 0 on. Default: one more than the last step saved under the hash; 0 at first. */
  readonly step?: number | undefined;
  /** What there is to say of it, such as `{ loss: 0.21 }`. */
  readonly metadata?: JsonObject | undefined;
  /** Also look at the files of the hash's folder where nothing is pending, and write them anew when they are damaged. Default false. */
  readonly forceDumpPending?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}
