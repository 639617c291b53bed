/**
 * daybook/checkpoints: experiment hashes, which say what an experiment is made of, and checkpoints of its models, whose files the log vouches for.
 */
export type { ArtifactEntry, ArtifactSource, ArtifactStore, PutOptions, StoredArtifact } from "./artifacts/artifact-store.js";
export { FolderArtifactStore } from "./artifacts/folder-store.js";
export { MemoryArtifactStore } from "./artifacts/memory-store.js";
export type { ArtifactRef, ArtifactRefs, HashPart, PartContent, PartDigest, PartDigests } from "./events/checkpoint-events.js";
export { AutomaticCheckpointSystem } from "./ledgers/checkpoints/automatic-checkpoint-system.js";
export type { ChangeOptions, CheckpointSystemOptions, CheckpointSystemStatus, StepOptions } from "./ledgers/checkpoints/automatic-checkpoint-system.js";
export { CheckpointManager, CheckpointManager as CheckpointManagerV2 } from "./ledgers/checkpoints/checkpoint-manager.js";
export type { HashUpdate, UpdateHashOptions } from "./ledgers/checkpoints/checkpoint-manager.js";
export { checkpointOnConfigChange, checkpointOnDataChange, checkpointOnModelChange, checkpointOnStep, getCheckpointSystem } from "./ledgers/checkpoints/checkpoint-system.js";
export type { CheckpointManagerOptions, HashCollision } from "./ledgers/checkpoints/manager/manager-options.js";
export type { DataBackupOptions } from "./ledgers/checkpoints/manager/save-files.js";
export type { SaveCheckpointOptions, Weights } from "./ledgers/checkpoints/manager/save-options.js";
export type { HashDiff } from "./ledgers/checkpoints/compare/compare-experiments.js";
export type { LayerChange, ModelDiff } from "./ledgers/checkpoints/compare/compare-models.js";
export type { DataDiff, Samples, TagChange } from "./ledgers/checkpoints/compare/compare-samples.js";
export type { Lineage, LineageNode } from "./ledgers/checkpoints/compare/lineage.js";
export { lineageMermaid } from "./ledgers/checkpoints/compare/lineage-mermaid.js";
export { lineageLabel, lineageText, spacedHash } from "./ledgers/checkpoints/compare/lineage-text.js";
export type { LineageLabel } from "./ledgers/checkpoints/compare/lineage-text.js";
export type { PathChange } from "./ledgers/checkpoints/compare/path-changes.js";
export { compareHashes } from "./ledgers/checkpoints/hashing/compare-hashes.js";
export { ExperimentHashGenerator } from "./ledgers/checkpoints/hashing/experiment-hash-generator.js";
export type { ComponentHashes } from "./ledgers/checkpoints/hashing/experiment-hash-generator.js";
export type { NamedInputs } from "./ledgers/checkpoints/hashing/hash-arguments.js";
export type { ExperimentInputs } from "./ledgers/checkpoints/hashing/hash-experiment.js";
export type { ExperimentHashOptions } from "./ledgers/checkpoints/hashing/hash-options.js";
export type { RestoredHashes } from "./ledgers/checkpoints/hashing/last-hash.js";
export type { Architecture, ModelAdapter, OptimizerAdapter } from "./ledgers/checkpoints/models/model-adapter.js";
export type { Tensor, TensorDtype, Tensors } from "./ledgers/checkpoints/models/tensors.js";
export { DataState } from "./ledgers/checkpoints/data-state/data-state.js";
export type { DataDelta, Sample, SampleUids } from "./ledgers/checkpoints/data-state/data-state.js";
export { hashDataState } from "./ledgers/checkpoints/data-state/hash-data-state.js";
export type { DataStateSource, DatasetLike, PlainDataState, SampleUid } from "./ledgers/checkpoints/data-state/source.js";
