/**
 * daybook/checkpoints: experiment hashes, which say what an experiment is made of, and checkpoints of its models, whose files the log vouches for.
 */
export type { ArtifactEntry, ArtifactSource, ArtifactStore, PutOptions, StoredArtifact } from "./artifacts/artifact-store.js";
export type { ArtifactRef, ArtifactRefs, HashPart, PartContent, PartDigest, PartDigests } from "./events/checkpoint-events.js";
export type { Architecture, ModelAdapter, OptimizerAdapter } from "./ledgers/checkpoints/models/model-adapter.js";
export type { Tensor, TensorDtype, Tensors } from "./ledgers/checkpoints/models/tensors.js";
export { DataState } from "./ledgers/checkpoints/data-state/data-state.js";
export type { DataDelta, Sample, SampleUids } from "./ledgers/checkpoints/data-state/data-state.js";
export { hashDataState } from "./ledgers/checkpoints/data-state/hash-data-state.js";
export type { DataStateSource, DatasetLike, PlainDataState, SampleUid } from "./ledgers/checkpoints/data-state/source.js";
export { parseDataStateYaml } from "./ledgers/checkpoints/data-state/read-yaml.js";
export type { DataStateFile } from "./ledgers/checkpoints/data-state/read-yaml.js";
