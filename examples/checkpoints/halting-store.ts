/** Artifacts in the root's folder; in the middle of one of them, everything stops. */
import { once } from "node:events";
import { type ArtifactStore, FolderArtifactStore } from "../../src/checkpoints.js";

async function* bytesOf(content: Parameters<ArtifactStore["put"]>[1]): AsyncIterable<Uint8Array> {
  if (typeof content === "string") yield Buffer.from(content);
  else if (content instanceof Uint8Array) yield content;
  else yield* content;
}

/** Gives half of the bytes, tells the parent process, and then waits for it: to be killed. */
async function* halfOf(content: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  const all = Buffer.concat(chunks);
  yield all.subarray(0, all.length / 2);
  process.send?.({ halfWritten: all.length });
  // Its answer never comes; a parent that is gone is an end, too.
  await once(process, "disconnect");
  process.exit(1);
}

/** A folder store that halts in the middle of the file that is chosen by its path. */
export function haltingStore(root: string, halts: (path: string) => boolean): ArtifactStore {
  const store = new FolderArtifactStore(root);
  return {
    put: (path, content, options) => store.put(path, halts(path) ? halfOf(bytesOf(content)) : content, options),
    get: (path, options) => store.get(path, options),
    list: (prefix) => store.list(prefix),
    delete: (path) => store.delete(path),
    locate: (path) => store.locate(path),
  };
}
