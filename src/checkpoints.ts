/**
 * daybook/checkpoints: experiment hashes, which say what an experiment is made of, and checkpoints of its models, whose files the log vouches for.
 */
export type { ArtifactEntry, ArtifactSource, ArtifactStore, PutOptions, StoredArtifact } from "./artifacts/artifact-store.js";
export type { ArtifactRef, ArtifactRefs, HashPart, PartContent, PartDigest, PartDigests } from "./events/checkpoint-events.js";
export type { Architecture, ModelAdapter, OptimizerAdapter } from "./ledgers/checkpoints/models/model-adapter.js";
export type { Tensor, TensorDtype, Tensors } from "./ledgers/checkpoints/models/tensors.js";
export type { CheckpointRow, SaveRow } from "./projections/views/checkpoints.js";
export type { ExperimentRow } from "./projections/views/experiments.js";
export type { AddedFile, HashOrigin, HashRow } from "./projections/views/hashes.js";
