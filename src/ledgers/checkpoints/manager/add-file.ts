import { createHash } from "node:crypto";
import type { ArtifactSource } from "../../../artifacts/artifact-store.js";
import { putArtifact } from "../../../artifacts/put-artifact.js";
import { LogReadOnlyError } from "../../../base/errors.js";
import { experimentStream } from "../../../events/checkpoint-names.js";
import type { ArtifactRef, CheckpointEvents } from "../../../events/checkpoint-events.js";
import { only } from "../../ledger-host.js";
import { checkpointEventTypes } from "../../../projections/views/experiments.js";
import { hashesProjection } from "../../../projections/views/hashes.js";
import { isIntact } from "./dump-pending.js";
import type { ManagerContext } from "./open-context.js";

/** A file that is put into a hash's folder by itself. */
export interface AddedContent {
  readonly kind: CheckpointEvents["hash.file-added"]["kind"];
  readonly name: string;
  /** Gone through more than once. */
  readonly content: () => ArtifactSource;
  readonly pathOf: (number: number) => string;
}

/**
 * Puts a file into a hash's folder, durably, and says so in the log. Each content has a file of its own, so what an earlier event names stays what it was. The
 * same content again, while its file is intact, appends nothing.
 */
export async function addFile(context: ManagerContext, folder: string, { kind, name, content, pathOf }: AddedContent): Promise<ArtifactRef> {
  const { host, artifacts, experiment, signal } = context;
  if (host.readOnly || host.past) throw new LogReadOnlyError();
  const [row] = await host.lookUp(hashesProjection, [folder]);
  const there = row?.added.find((one) => one.kind === kind && one.name === name)?.file;
  if (there !== undefined && (await hasContent(content(), there)) && (await isIntact(context, there))) return there;
  for (let number = 1; ; number += 1) {
    const file = await putArtifact(artifacts, pathOf(number), content(), { signal });
    if (file === undefined) continue;
    const data: CheckpointEvents["hash.file-added"] = { folder, kind, name, file };
    await host.transact([], () => only([{ stream: experimentStream(experiment), type: "hash.file-added", data }]), { types: checkpointEventTypes, ...(signal === undefined ? {} : { signal }) });
    return file;
  }
}

async function hasContent(content: ArtifactSource, { bytes, sha256 }: ArtifactRef): Promise<boolean> {
  const hash = createHash("sha256");
  let length = 0;
  for await (const chunk of typeof content === "string" || content instanceof Uint8Array ? [Buffer.from(content as Uint8Array)] : content) {
    length += chunk.length;
    if (length > bytes) return false;
    hash.update(chunk);
  }
  return length === bytes && hash.digest("hex") === sha256;
}
