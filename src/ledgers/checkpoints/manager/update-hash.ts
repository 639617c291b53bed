import { replaceArtifact, putArtifact } from "../../../artifacts/put-artifact.js";
import { checkArtifact } from "../../../artifacts/read-artifact.js";
import { isDaybookError, LogReadOnlyError } from "../../../base/errors.js";
import { canonicalJson } from "../../../events/canonical-json.js";
import { hashParts } from "../../../events/checkpoint-events.js";
import type { ArtifactRef, HashPart, PartContent, PartDigest } from "../../../events/checkpoint-events.js";
import { checkpointEventTypes, differingParts, experimentsProjection } from "../../../projections/views/experiments.js";
import { hashPartsProjection, partKey } from "../../../projections/views/hash-parts.js";
import { hashesProjection } from "../../../projections/views/hashes.js";
import type { HashedExperiment } from "../hashing/hash-experiment.js";
import { sha256Hex } from "../../runs/param-hash.js";
import { decideHashUpdate, partsAfter } from "./decide-hash-update.js";
import type { HashDecision } from "./decide-hash-update.js";
import type { ManagerContext } from "./open-context.js";

/** Longer contents than this, in bytes of their JSON, go into a file. */
const maxInlineBytes = 32 * 1024;

/** Parts of an experiment, hashed; and those that there are no more. */
export interface HashedUpdate {
  readonly hashed: HashedExperiment;
  readonly gone: readonly HashPart[];
}

/** Brings the manager and its experiment to the hash of these parts. Appends nothing where nothing is another one. */
export async function updateHash(context: ManagerContext, { hashed, gone }: HashedUpdate): Promise<HashDecision> {
  const { host, experiment, position, signal } = context;
  if (host.readOnly || host.past) throw new LogReadOnlyError();
  if (position !== undefined && differingParts(position.parts, partsAfter(position.parts, hashed, gone)).length === 0) return { position, changed: [], collides: {} };
  const contents = await contentsOf(context, hashed);
  const { result } = await host.transact(
    [experimentsProjection, hashesProjection, hashPartsProjection],
    (states) => decideHashUpdate(states, { experiment, position, hashed, gone, contents }),
    { types: checkpointEventTypes, ...(signal === undefined ? {} : { signal }) },
  );
  context.position = result.position;
  return result;
}

/** What the parts are that the log does not know yet, as it is told in an event. What is long is in its file when this resolves, durably. */
async function contentsOf(context: ManagerContext, { parts, contents }: HashedExperiment): Promise<{ readonly [part in HashPart]?: PartContent }> {
  const told: { [part in HashPart]?: PartContent } = {};
  for (const part of hashParts) {
    const digest = parts[part];
    if (digest === undefined || part === "data" || (await isKnown(context, part, digest))) continue;
    const content = contents[part];
    if (content?.json === undefined) continue;
    const text = canonicalJson(content.json);
    told[part] = Buffer.byteLength(text) <= maxInlineBytes ? content : { file: await putContent(context, `checkpoints/parts/${part}-${digest.digest}.json`, text) };
  }
  return told;
}

async function isKnown({ host }: ManagerContext, part: HashPart, { digest }: PartDigest): Promise<boolean> {
  const [row] = await host.lookUp(hashPartsProjection, [partKey(part, digest)]);
  return row?.known.some((one) => one.digest === digest && one.content !== undefined) ?? false;
}

/** A file that is named by its content: one that is there is the same, or damaged. */
export async function putContent({ artifacts, signal }: ManagerContext, path: string, text: string): Promise<ArtifactRef> {
  const ref = { path, bytes: Buffer.byteLength(text), sha256: sha256Hex(text) };
  const put = await putArtifact(artifacts, path, text, { signal });
  if (put !== undefined) return put;
  try {
    await checkArtifact(artifacts, ref, { signal });
    return ref;
  } catch (error) {
    if (!isDaybookError(error, "ARTIFACT_CORRUPT")) throw error;
    return await replaceArtifact(artifacts, path, text, { signal });
  }
}
