import type { HashPart, PartDigests } from "../../../events/checkpoint-events.js";
import type { JsonObject } from "../../../events/recorded-event.js";
import { differingParts } from "../../../projections/views/experiments.js";
import { compareModels } from "./compare-models.js";
import type { ModelDiff } from "./compare-models.js";
import { compareSamples } from "./compare-samples.js";
import type { ComparedSample, DataDiff } from "./compare-samples.js";
import { ancestorsOf } from "./ancestors.js";
import type { Lineage } from "./lineage.js";
import { pathChanges } from "./path-changes.js";
import type { PathChange } from "./path-changes.js";

/** A hash with what its parts were; a part whose content nobody knows any more is undefined although its digest is there. */
export interface ComparedExperiment {
  readonly folder: string;
  readonly parts: PartDigests;
  /** The architecture as it was hashed. */
  readonly model?: JsonObject | undefined;
  readonly config?: JsonObject | undefined;
  /** The data state's lines. */
  readonly data?: Iterable<string> | undefined;
  /** Of its newest checkpoint. */
  readonly metadata?: JsonObject | undefined;
}

/** How two experiments differ. */
export interface HashDiff {
  /** The folders of both hashes. */
  readonly before: string;
  readonly after: string;
  /** The parts that differ, by their whole digests. */
  readonly changed: readonly HashPart[];
  /** Parts that only one of both has. */
  readonly added: readonly HashPart[];
  readonly removed: readonly HashPart[];
  /** Parts that differ and of which nobody knows how: what one of them was is not in the log. */
  readonly unknown: readonly HashPart[];
  /** What differs of each part that does, where both have it and it is known. */
  readonly model?: ModelDiff;
  readonly config?: readonly PathChange[];
  readonly data?: DataDiff;
  /** What differs in the metadata of the newest checkpoints. */
  readonly metadata: readonly PathChange[];
  /** The hash that both came from, which may be one of them; undefined where they have none in common. */
  readonly ancestor?: string;
}

/** How much is told. */
export interface DiffOptions {
  /** Takes a line of a data state apart. */
  readonly parseLine: (line: string) => ComparedSample;
  /** Where the common ancestor is looked up. Default: nowhere. */
  readonly lineage?: Lineage;
  /** How many samples are named of each kind of change. Default 20. */
  readonly mostSamples?: number;
}

/** How one experiment became another: by part, and of each part what differs. */
export function compareExperiments(before: ComparedExperiment, after: ComparedExperiment, { parseLine, lineage, mostSamples }: DiffOptions): HashDiff {
  const changed = differingParts(before.parts, after.parts).filter((part) => !isOnlyRenamed(part, before, after));
  const both = changed.filter((part) => before.parts[part] !== undefined && after.parts[part] !== undefined);
  const known = new Set(both.filter((part) => before[part] !== undefined && after[part] !== undefined));
  const ancestor = lineage === undefined ? undefined : commonAncestor(lineage, before.folder, after.folder);
  return {
    before: before.folder,
    after: after.folder,
    changed,
    added: changed.filter((part) => before.parts[part] === undefined),
    removed: changed.filter((part) => after.parts[part] === undefined),
    unknown: both.filter((part) => !known.has(part)),
    ...(known.has("model") ? { model: compareModels(before.model ?? {}, after.model ?? {}) } : {}),
    ...(known.has("config") ? { config: pathChanges(before.config ?? {}, after.config ?? {}) } : {}),
    ...(known.has("data") ? { data: compareSamples(before.data ?? [], after.data ?? [], parseLine, mostSamples) } : {}),
    metadata: before.metadata === undefined || after.metadata === undefined ? [] : pathChanges(before.metadata, after.metadata),
    ...(ancestor === undefined ? {} : { ancestor }),
  };
}

/** The same configuration may have digests by two algorithms. */
const isOnlyRenamed = (part: HashPart, before: ComparedExperiment, after: ComparedExperiment): boolean =>
  part === "config" &&
  before.parts.config?.algorithm !== after.parts.config?.algorithm &&
  before.config !== undefined &&
  after.config !== undefined &&
  pathChanges(before.config, after.config, 1).length === 0;

/** The nearest hash that both came from. */
function commonAncestor(lineage: Lineage, one: string, other: string): string | undefined {
  const above = new Set(ancestorsOf(lineage, one));
  return ancestorsOf(lineage, other).find((folder) => above.has(folder));
}
