import assert from "node:assert/strict";
import type { ArtifactEntry, ArtifactStore } from "../../artifacts/artifact-store.js";

/** Registers one test, which gets an empty store. */
export type DefineStoreTest = (title: string, body: (store: ArtifactStore) => Promise<void>) => void;

/** Bytes that do not repeat soon, the same ones for the same seed. */
export function bytesOf(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed >>> 0 || 1;
  for (let at = 0; at < length; at += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

/** The whole content of a file; undefined when there is none. */
export async function contentOf(store: ArtifactStore, path: string): Promise<Buffer | undefined> {
  const content = await store.get(path);
  if (content === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Everything at or below a path, sorted. */
export async function entriesOf(store: ArtifactStore, prefix: string): Promise<ArtifactEntry[]> {
  const entries: ArtifactEntry[] = [];
  for await (const entry of store.list(prefix)) entries.push(entry);
  return entries.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The error with which `work` rejects. */
export async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    (value) => assert.fail(`expected a rejection, got ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
}
