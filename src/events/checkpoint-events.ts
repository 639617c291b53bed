/** The data of events about experiment hashes and checkpoints. */
import type { Json, JsonObject } from "./recorded-event.js";

/** The parts of an experiment hash, in the order in which they stand in it. */
export const hashParts = ["model", "config", "data"] as const;

/** A part of an experiment hash. */
export type HashPart = (typeof hashParts)[number];

/** The whole digest of a part, 32 hex digits (128 bits), and the algorithm that made it, such as `config-1`. The hash shows the first 8 digits. */
export type PartDigest = { readonly digest: string; readonly algorithm: string };

/** The digests of an experiment's parts. A part that there is not is missing here, and `00000000` in the hash. */
export type PartDigests = { readonly model?: PartDigest; readonly config?: PartDigest; readonly data?: PartDigest };

/**
 * A file that belongs to the log: `path` is relative to the root, its parts joined by `/`. `bytes` and `sha256` (hex) are of its content; where
 * `codec` is there, the file holds that content compressed, in `storedBytes` bytes.
 */
export type ArtifactRef = {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly codec?: "gzip";
  readonly storedBytes?: number;
};

/** Files of one checkpoint or of one dump, by what they are: `weights`, `optimizer`; `config`, `architecture`, `architecture-text`, `data-state`. */
export type ArtifactRefs = { readonly [role: string]: ArtifactRef };

/**
 * What a part was when it was hashed, fixed at that time. Model and config: `json`. Data: its sample lines as `lines` (sorted); where it is told as
 * what differs from another state, `base` is that one's digest, `lines` the samples that are new or otherwise, and `removed` the uids that are gone.
 * What is too long for an event stands in `file` instead: the canonical JSON, or the lines.
 */
export type PartContent = {
  readonly json?: Json;
  readonly lines?: readonly string[];
  readonly removed?: readonly string[];
  readonly base?: string;
  readonly file?: ArtifactRef;
};

/** Type aliases, not interfaces: so each is a JSON object to the compiler. */
export type CheckpointEvents = {
  /**
   * An experiment came to another hash: parts of it changed. `folder` is the hash, with a suffix where another experiment has the same 24 digits by
   * chance; `from` is the folder it was at. `contents` has those parts that the log did not know yet. `excluded`: the names of configuration
   * keys that were left out. `collides`: parts whose 8 digits stand for another digest too, and a folder where that one is used.
   */
  readonly "hash.updated": {
    readonly folder: string;
    readonly hash: string;
    readonly parts: PartDigests;
    readonly from?: string;
    readonly changed: readonly HashPart[];
    readonly contents?: { readonly [part: string]: PartContent };
    readonly excluded?: readonly string[];
    readonly collides?: { readonly [part: string]: string };
  };
  /** What was pending is in the hash's folder now: all of its files, and which `parts` had been pending. */
  readonly "hash.dumped": { readonly folder: string; readonly parts: readonly HashPart[]; readonly files: ArtifactRefs };
  /** A file was put into a hash's folder by itself: another configuration, an architecture, a backup of data. A later one of the same kind and name replaces it. */
  readonly "hash.file-added": { readonly folder: string; readonly kind: "architecture" | "config" | "data-backup" | "data-state"; readonly name: string; readonly file: ArtifactRef };
  /** A checkpoint's files are there. `save` counts the saves of this step under this hash, from 1 on. */
  readonly "checkpoint.saved": {
    readonly experiment: string;
    readonly folder: string;
    readonly step: number;
    readonly save: number;
    readonly files: ArtifactRefs;
    readonly metadata?: JsonObject;
    readonly modelName?: string;
    readonly optimizerName?: string;
  };
  /**
   * A checkpoint was loaded, or (without `step`) a hash. With `parts` the experiment stands at that hash from now on, and `from` is where it was; without,
   * it stays where it is: it only goes on from those weights. `resumed`: by `resume()`.
   */
  readonly "checkpoint.loaded": {
    readonly folder: string;
    readonly step?: number;
    readonly save?: number;
    readonly parts?: PartDigests;
    readonly from?: string;
    readonly resumed?: boolean;
  };
  /** Retention passes over the checkpoint, until it is unpinned. */
  readonly "checkpoint.pinned": { readonly reason?: string };
  readonly "checkpoint.unpinned": { readonly reason?: string };
  /** The files of those saves are given up, and deleted after this event. `reason`: the rule that did not keep them. */
  readonly "checkpoint.pruned": { readonly saves: readonly number[]; readonly reason: string };
  /** Files of a save are stored otherwise now; their content is the same. */
  readonly "checkpoint.compressed": { readonly save: number; readonly files: ArtifactRefs };
};
