/**
 * daybook/checkpoints: experiment hashes, which say what an experiment is made of, and checkpoints of its models, whose files the log vouches for.
 */
export type { ArtifactEntry, ArtifactSource, ArtifactStore, PutOptions, StoredArtifact } from "./artifacts/artifact-store.js";
export type { ArtifactRef, ArtifactRefs, HashPart, PartContent, PartDigest, PartDigests } from "./events/checkpoint-events.js";
export type { Architecture, ModelAdapter, OptimizerAdapter } from "./ledgers/checkpoints/models/model-adapter.js";
export type { Tensor, TensorDtype, Tensors } from "./ledgers/checkpoints/models/tensors.js";
export { architectureText } from "./ledgers/checkpoints/models/architecture-text.js";
export { describeSafetensors } from "./ledgers/checkpoints/models/safetensors/safetensors-models.js";
export { decodeSafetensors } from "./ledgers/checkpoints/models/safetensors/read-safetensors.js";
export { encodeSafetensors } from "./ledgers/checkpoints/models/safetensors/write-safetensors.js";
export type { SafetensorsContent } from "./ledgers/checkpoints/models/safetensors/write-safetensors.js";
export { describeModelFile } from "./ledgers/checkpoints/models/describe-model-file.js";
export { describeOnnx } from "./ledgers/checkpoints/models/onnx/describe-onnx.js";
