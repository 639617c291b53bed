/** The JSON Schemas of events about experiment hashes and checkpoints. */
import { hashParts } from "./checkpoint-events.js";
import type { ArtifactRef, ArtifactRefs, CheckpointEvents, PartContent, PartDigest, PartDigests } from "./checkpoint-events.js";
import { closed, integerFrom, printable } from "./closed-schema.js";
import type { ClosedSchema, ValueSchema } from "./closed-schema.js";

const part = { type: "string", enum: hashParts } as const;
const parts = { type: "array", items: part, uniqueItems: true } as const;
const folder = { type: "string", maxLength: 128, pattern: "^[0-9a-z]{24}(-[0-9]+)?$" } as const;
const digest = { type: "string", pattern: "^[0-9a-f]{32}$" } as const;
const partNames = { type: "string", enum: hashParts as readonly string[] } as const;

const partDigest: ClosedSchema<PartDigest> = { ...closed, required: ["digest", "algorithm"], properties: { digest, algorithm: printable(64) } };
const partDigests: ClosedSchema<PartDigests> = { ...closed, required: [], properties: { model: partDigest, config: partDigest, data: partDigest } };
/** A file that belongs to the log. */
export const artifactSchema: ClosedSchema<ArtifactRef> = {
  ...closed,
  required: ["path", "bytes", "sha256"],
  properties: {
    // No part begins with a dot, so none is `..`; relative, and without backslashes.
    path: { type: "string", minLength: 1, maxLength: 1024, pattern: "^[^\\u0000-\\u001f\\u007f-\\u009f\\\\/.][^\\u0000-\\u001f\\u007f-\\u009f\\\\/]*(/[^\\u0000-\\u001f\\u007f-\\u009f\\\\/.][^\\u0000-\\u001f\\u007f-\\u009f\\\\/]*)*$" },
    bytes: integerFrom(0),
    sha256: { type: "string", pattern: "^[0-9a-f]{64}$" },
    codec: { type: "string", enum: ["gzip"] },
    storedBytes: integerFrom(0),
  },
};
const artifacts: ValueSchema<ArtifactRefs> = { type: "object", minProperties: 1, propertyNames: printable(64), additionalProperties: artifactSchema };
const content: ClosedSchema<PartContent> = {
  ...closed,
  required: [],
  properties: {
    json: {},
    lines: { type: "array", items: { type: "string" } },
    removed: { type: "array", items: { type: "string" } },
    base: digest,
    file: artifactSchema,
  },
};
const reason = printable(1024);

/** The schema of each type's data, at its current version. */
export const checkpointSchemas: { readonly [Type in keyof CheckpointEvents]: ClosedSchema<CheckpointEvents[Type]> } = {
  "hash.updated": {
    ...closed,
    required: ["folder", "hash", "parts", "changed"],
    properties: {
      folder,
      hash: { type: "string", pattern: "^[0-9a-f]{24}$" },
      parts: partDigests,
      from: folder,
      changed: parts,
      contents: { type: "object", propertyNames: partNames, additionalProperties: content },
      excluded: { type: "array", items: { type: "string" }, uniqueItems: true },
      collides: { type: "object", propertyNames: partNames, additionalProperties: folder },
    },
  },
  "hash.dumped": { ...closed, required: ["folder", "parts", "files"], properties: { folder, parts, files: artifacts } },
  "hash.file-added": {
    ...closed,
    required: ["folder", "kind", "name", "file"],
    properties: { folder, kind: { type: "string", enum: ["architecture", "config", "data-backup", "data-state"] }, name: printable(128), file: artifactSchema },
  },
  "checkpoint.saved": {
    ...closed,
    required: ["experiment", "folder", "step", "save", "files"],
    properties: {
      experiment: printable(128),
      folder,
      step: integerFrom(0),
      save: integerFrom(1),
      files: artifacts,
      metadata: { type: "object" },
      modelName: printable(256),
      optimizerName: printable(256),
    },
  },
  "checkpoint.loaded": {
    ...closed,
    required: ["folder"],
    properties: { folder, step: integerFrom(0), save: integerFrom(1), parts: partDigests, from: folder, resumed: { type: ["boolean"] } },
  },
  "checkpoint.pinned": { ...closed, required: [], properties: { reason } },
  "checkpoint.unpinned": { ...closed, required: [], properties: { reason } },
  "checkpoint.pruned": {
    ...closed,
    required: ["saves", "reason"],
    properties: { saves: { type: "array", items: integerFrom(1), minItems: 1, uniqueItems: true }, reason },
  },
  "checkpoint.compressed": { ...closed, required: ["save", "files"], properties: { save: integerFrom(1), files: artifacts } },
};
