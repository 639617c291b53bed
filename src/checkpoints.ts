/**
 * daybook/checkpoints: experiment hashes, which say what an experiment is made of, and checkpoints of its models, whose files the log vouches for.
 */
export type { ArtifactEntry, ArtifactSource, ArtifactStore, PutOptions, StoredArtifact } from "./artifacts/artifact-store.js";
export { FolderArtifactStore } from "./artifacts/folder-store.js";
export { MemoryArtifactStore } from "./artifacts/memory-store.js";
export type { ArtifactRef, ArtifactRefs, HashPart, PartContent, PartDigest, PartDigests } from "./events/checkpoint-events.js";
export type { CareOptions, CareProgress, FileFailure } from "./ledgers/checkpoints/care/care-options.js";
export type { CompressCheckpointsOptions, CompressCheckpointsReport, CompressedCheckpointFile } from "./ledgers/checkpoints/care/compress.js";
export type { GcOptions, GcReport } from "./ledgers/checkpoints/care/gc.js";
export type { Orphan } from "./ledgers/checkpoints/care/orphans.js";
export type { PinOptions } from "./ledgers/checkpoints/care/pin.js";
export type { BestRule, RetentionPolicy } from "./ledgers/checkpoints/care/policy.js";
export type { JudgedSave, PruneOptions, PruneReport } from "./ledgers/checkpoints/care/prune.js";
export type { ArtifactFault, CheckpointsVerification } from "./ledgers/checkpoints/care/verify-checkpoints.js";
export type { Architecture, ModelAdapter, OptimizerAdapter } from "./ledgers/checkpoints/models/model-adapter.js";
export type { Tensor, TensorDtype, Tensors } from "./ledgers/checkpoints/models/tensors.js";
