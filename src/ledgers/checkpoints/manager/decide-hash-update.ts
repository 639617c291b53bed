import { NothingRegisteredError } from "../../../base/errors.js";
import { experimentStream } from "../../../events/checkpoint-names.js";
import { hashParts } from "../../../events/checkpoint-events.js";
import type { CheckpointEvents, HashPart, PartContent, PartDigests } from "../../../events/checkpoint-events.js";
import type { Decision } from "../../../projections/engine.js";
import type { Rows } from "../../../projections/projection.js";
import { differingParts } from "../../../projections/views/experiments.js";
import type { ExperimentRow } from "../../../projections/views/experiments.js";
import { knownPart, partKey } from "../../../projections/views/hash-parts.js";
import type { HashPartsRow } from "../../../projections/views/hash-parts.js";
import type { HashRow } from "../../../projections/views/hashes.js";
import type { Position } from "../context.js";
import { collisionsOf, folderOfParts } from "../hashing/collisions.js";
import { inTermsOf } from "../hashing/hash-experiment.js";
import type { HashedExperiment } from "../hashing/hash-experiment.js";
import { hashOfParts } from "../hashing/part-digests.js";
import { positionOf } from "./position.js";

/** What a hash update is decided on. */
export interface HashStates {
  readonly experiments: Pick<Rows<ExperimentRow>, "get">;
  readonly hashes: Pick<Rows<HashRow>, "get">;
  readonly "hash-parts": Pick<Rows<HashPartsRow>, "get">;
}

/** The parts of an experiment that somebody says are so by now; the others are as they were. */
export interface HashWish {
  readonly experiment: string;
  /** Where the manager stands. Undefined: where the experiment does. */
  readonly position: Position | undefined;
  readonly hashed: HashedExperiment;
  /** Parts that there are no more. */
  readonly gone: readonly HashPart[];
  /** What the hashed parts are, as it is to be told in the event. */
  readonly contents: { readonly [part in HashPart]?: PartContent };
}

/** What became of it. */
export interface HashDecision {
  readonly position: Position;
  readonly changed: readonly HashPart[];
  /** Of the parts that changed: those whose 8 digits stand for another digest too, and a folder where that one is used. */
  readonly collides: { readonly [part in HashPart]?: string };
}

/** Nothing where no part is another one; else `hash.updated`, with what the log does not know yet. @throws NothingRegisteredError when no part is left */
export function decideHashUpdate(states: HashStates, { experiment, position, hashed, gone, contents }: HashWish): Decision<HashDecision> {
  const stream = experimentStream(experiment);
  const from = position ?? positionOf(states.experiments.get(stream));
  const parts = partsAfter(from?.parts ?? {}, hashed, gone);
  const changed = differingParts(from?.parts ?? {}, parts);
  if (from !== undefined && changed.length === 0) return { events: [], result: { position: from, changed, collides: {} } };
  if (Object.keys(parts).length === 0) throw new NothingRegisteredError("hash", `The experiment ${experiment} would be made of nothing: a model, a configuration or a data state has to be there`);
  const folder = folderOfParts(parts, (one) => states.hashes.get(one)?.parts);
  const collides = collisionsOf(parts, (part, digest) => states["hash-parts"].get(partKey(part, digest))?.known ?? []);
  const told = Object.fromEntries(
    hashParts.flatMap((part) => {
      const [digest, content] = [parts[part]?.digest, contents[part]];
      if (digest === undefined || content === undefined || digest !== hashed.parts[part]?.digest) return [];
      return knownPart(states["hash-parts"], part, digest)?.content === undefined ? [[part, content]] : [];
    }),
  );
  // A configuration that stays keeps what was left out of it.
  const excluded = hashed.parts.config === undefined ? (from === undefined || parts.config === undefined ? undefined : states.hashes.get(from.folder)?.excluded) : hashed.excluded;
  const data: CheckpointEvents["hash.updated"] = {
    folder,
    hash: hashOfParts(parts),
    parts,
    ...(from === undefined ? {} : { from: from.folder }),
    changed,
    ...(Object.keys(told).length === 0 ? {} : { contents: told }),
    ...(excluded === undefined || excluded.length === 0 ? {} : { excluded }),
    ...(Object.keys(collides).length === 0 ? {} : { collides }),
  };
  return { events: [{ stream, type: "hash.updated", data }], result: { position: { folder, parts }, changed, collides } };
}

/** The parts as they are then, in terms of the digests that they had: a new algorithm alone is no change. */
export function partsAfter(before: PartDigests, hashed: HashedExperiment, gone: readonly HashPart[]): PartDigests {
  const merged = { ...before, ...inTermsOf(hashed, before).parts };
  return Object.fromEntries(hashParts.flatMap((part) => (merged[part] === undefined || gone.includes(part) ? [] : [[part, merged[part]]])));
}
