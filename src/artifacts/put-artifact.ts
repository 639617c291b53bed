import type { ArtifactRef } from "../events/checkpoint-events.js";
import type { ArtifactSource, ArtifactStore } from "./artifact-store.js";

/**
 * Puts a file that is not there yet, and gives what an event says of it; undefined where the name is taken: then nothing has changed.
 * @throws as `ArtifactStore.put`
 */
export async function putArtifact(store: ArtifactStore, path: string, content: ArtifactSource, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<ArtifactRef | undefined> {
  const stored = await store.put(path, content, { ...(signal === undefined ? {} : { signal }) });
  return stored === undefined ? undefined : { path, bytes: stored.bytes, sha256: stored.sha256 };
}

/** Puts a file in the place of whatever is there, and gives what an event says of it. @throws as `ArtifactStore.put` */
export async function replaceArtifact(store: ArtifactStore, path: string, content: ArtifactSource, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<ArtifactRef> {
  const stored = await store.put(path, content, { replace: true, ...(signal === undefined ? {} : { signal }) });
  if (stored === undefined) throw new TypeError("The artifact store has not replaced what it was to replace");
  return { path, bytes: stored.bytes, sha256: stored.sha256 };
}
