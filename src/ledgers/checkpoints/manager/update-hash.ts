import { replaceArtifact, putArtifact } from "../../../artifacts/put-artifact.js";
import { LogReadOnlyError } from "../../../base/errors.js";
import { canonicalJson } from "../../../events/canonical-json.js";
import { hashParts } from "../../../events/checkpoint-events.js";
import type { ArtifactRef, HashPart, PartContent, PartDigest } from "../../../events/checkpoint-events.js";
import { checkpointEventTypes, differingParts, experimentsProjection } from "../../../projections/views/experiments.js";
import { hashPartsProjection, partKey } from "../../../projections/views/hash-parts.js";
import { hashesProjection } from "../../../projections/views/hashes.js";
import { fitsInEvent, inlineContent } from "../data-state/data-content.js";
import type { DataContent } from "../data-state/data-content.js";
import type { HashedExperiment } from "../hashing/hash-experiment.js";
import { decideHashUpdate, partsAfter } from "./decide-hash-update.js";
import type { HashDecision } from "./decide-hash-update.js";
import type { ManagerContext } from "./open-context.js";

/** Longer contents than this, in bytes of their JSON, go into a file. */
const maxInlineBytes = 32 * 1024;

/** Parts of an experiment, hashed; and those that there are no more. */
export interface HashedUpdate {
  readonly hashed: HashedExperiment;
  readonly gone: readonly HashPart[];
  /** What the data state is, where the log does not know it yet. */
  readonly data?: DataContent;
}

/** Brings the manager and its experiment to the hash of these parts. Appends nothing where nothing is another one. */
export async function updateHash(context: ManagerContext, { hashed, gone, data }: HashedUpdate): Promise<HashDecision> {
  const { host, experiment, position, signal } = context;
  if (host.readOnly || host.past) throw new LogReadOnlyError();
  if (position !== undefined && differingParts(position.parts, partsAfter(position.parts, hashed, gone)).length === 0) return { position, changed: [], collides: {} };
  const contents = await contentsOf(context, hashed, data);
  const { result } = await host.transact(
    [experimentsProjection, hashesProjection, hashPartsProjection],
    (states) => decideHashUpdate(states, { experiment, position, hashed, gone, contents }),
    { types: checkpointEventTypes, ...(signal === undefined ? {} : { signal }) },
  );
  context.position = result.position;
  return result;
}

/** What the parts are that the log does not know yet, as it is told in an event. What is long is in its file when this resolves, durably. */
async function contentsOf(context: ManagerContext, { parts, contents }: HashedExperiment, data: DataContent | undefined): Promise<{ readonly [part in HashPart]?: PartContent }> {
  const told: { [part in HashPart]?: PartContent } = {};
  for (const part of hashParts) {
    const digest = parts[part];
    if (digest === undefined || (await isKnown(context, part, digest))) continue;
    const content = part === "data" ? (data === undefined ? undefined : await dataTold(context, digest, data)) : await jsonTold(context, part, digest, contents[part]);
    if (content !== undefined) told[part] = content;
  }
  return told;
}

async function jsonTold(context: ManagerContext, part: HashPart, { digest }: PartDigest, content: PartContent | undefined): Promise<PartContent | undefined> {
  if (content?.json === undefined) return undefined;
  const bytes = Buffer.from(canonicalJson(content.json));
  return bytes.length <= maxInlineBytes ? content : { file: await putContent(context, partPath(part, digest, "json"), () => [bytes]) };
}

async function dataTold(context: ManagerContext, { digest }: PartDigest, data: DataContent): Promise<PartContent> {
  if (fitsInEvent(data, maxInlineBytes)) return inlineContent(data);
  const { base } = data;
  const file = await putContent(context, partPath("data", base === undefined ? digest : `${digest}.${base}`, "txt"), () => data.text());
  return { ...(base === undefined ? {} : { base }), file };
}

const partPath = (part: HashPart, name: string, extension: string): string => `checkpoints/parts/${part}-${name}.${extension}`;

async function isKnown({ host }: ManagerContext, part: HashPart, { digest }: PartDigest): Promise<boolean> {
  const [row] = await host.lookUp(hashPartsProjection, [partKey(part, digest)]);
  return row?.known.some((one) => one.digest === digest && one.content !== undefined) ?? false;
}

/** A file that is named by its content. One that is there is put anew: it may be damaged, and is young again, so that `gc` leaves it alone until the log names it. */
async function putContent({ artifacts, signal }: ManagerContext, path: string, content: () => Iterable<Uint8Array>): Promise<ArtifactRef> {
  return (await putArtifact(artifacts, path, content(), { signal })) ?? (await replaceArtifact(artifacts, path, content(), { signal }));
}

/** Says of each part whose 8 digits stand for another digest too. */
export function tellCollisions({ onCollision }: ManagerContext, hash: string, collides: HashDecision["collides"]): void {
  for (const part of hashParts) {
    const other = collides[part];
    if (other !== undefined) onCollision({ part, hash, other });
  }
}
