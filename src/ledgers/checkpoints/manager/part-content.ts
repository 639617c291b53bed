import { readArtifact } from "../../../artifacts/read-artifact.js";
import { ArtifactCorruptError, CheckpointNotFoundError } from "../../../base/errors.js";
import type { PartDigest } from "../../../events/checkpoint-events.js";
import type { Json } from "../../../events/recorded-event.js";
import { hashPartsProjection, partKey } from "../../../projections/views/hash-parts.js";
import type { CheckpointContext } from "../context.js";
import { isSamePart } from "../hashing/algorithms.js";

/**
 * What a model or a configuration was when it was hashed, from the log, and checked against its digest.
 * @throws ArtifactCorruptError where it is in a file that is damaged @throws CheckpointNotFoundError where the log does not have it
 */
export async function readPartJson(context: CheckpointContext, part: "model" | "config", digest: PartDigest, folder: string): Promise<Json> {
  const { host, artifacts, signal } = context;
  const [row] = await host.lookUp(hashPartsProjection, [partKey(part, digest.digest)]);
  const content = row?.known.find((one) => one.digest === digest.digest)?.content;
  if (content?.json !== undefined) return content.json;
  if (content?.file === undefined) throw new CheckpointNotFoundError(folder, undefined, `The log does not have what the ${part} of hash ${folder} was`);
  const text = (await readArtifact(artifacts, content.file, { signal })).toString("utf8");
  const corrupt = (problem: string, cause?: unknown): ArtifactCorruptError => new ArtifactCorruptError(artifacts.locate(content.file?.path ?? ""), problem, cause);
  let json: Json;
  try {
    json = JSON.parse(text) as Json;
  } catch (error) {
    throw corrupt("holds no JSON, although it is as it was written", error);
  }
  if (!isSamePart(part, digest, { json }, digest)) throw corrupt(`holds another ${part} than its digest says`);
  return json;
}
