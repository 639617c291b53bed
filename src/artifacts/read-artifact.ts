import { constants } from "node:buffer";
import { createHash } from "node:crypto";
import { ArtifactCorruptError, isDaybookError, ReadFailedError } from "../base/errors.js";
import type { ArtifactRef } from "../events/checkpoint-events.js";
import { isNothingThere, systemCode } from "./artifact-files.js";
import type { ArtifactStore } from "./artifact-store.js";
import { gunzipped } from "./gzip-streams.js";

/** How an artifact is read. */
export interface ReadArtifactOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * The whole content of a file, decompressed where it lies compressed. It is given once its size and SHA-256 are those of the event.
 * @throws ArtifactCorruptError when it is missing, truncated or altered, or something else stands in its place: a folder, a link out of the root @throws ReadFailedError
 */
export async function readArtifact(store: ArtifactStore, ref: ArtifactRef, options: ReadArtifactOptions = {}): Promise<Buffer> {
  if (ref.bytes > constants.MAX_LENGTH) throw new ReadFailedError(new Error(`${ref.bytes} bytes are more than fit into one buffer`), store.locate(ref.path));
  // Of this size there is nothing in memory before something is written into it: an event that lies of a size costs nothing.
  const whole = Buffer.allocUnsafe(ref.bytes);
  let filled = 0;
  for await (const chunk of streamArtifact(store, ref, options)) {
    whole.set(chunk, filled);
    filled += chunk.length;
  }
  return whole;
}

/** Reads a file and keeps nothing of it. @throws as {@link readArtifact} when it is not what the event says */
export async function checkArtifact(store: ArtifactStore, ref: ArtifactRef, options: ReadArtifactOptions & { readonly onRead?: (bytes: number) => void } = {}): Promise<void> {
  for await (const chunk of streamArtifact(store, ref, options)) options.onRead?.(chunk.length);
}

/**
 * As {@link readArtifact}, chunk by chunk. Only its end says that all was right: what came before has to be thrown away when it throws. Never gives more bytes
 * than the event says.
 */
export async function* streamArtifact(store: ArtifactStore, ref: ArtifactRef, { signal }: ReadArtifactOptions = {}): AsyncGenerator<Uint8Array, void, void> {
  const corrupt = (problem: string, cause?: unknown): ArtifactCorruptError => new ArtifactCorruptError(store.locate(ref.path), problem, cause);
  const replaced = (error: unknown): ArtifactCorruptError | undefined => {
    if (isDaybookError(error, "PATH_OUTSIDE_ROOT")) return corrupt("is altered: a link stands in its place or on the way to it, and leads out of the root", error);
    return isDaybookError(error, "READ_FAILED") && systemCode(error.cause) === "EISDIR" ? corrupt("is altered: what stands in its place is no file", error) : undefined;
  };
  const compressed = ref.codec !== undefined;
  const wanted = compressed ? ref.storedBytes : ref.bytes;
  const stored = await store.get(ref.path, signal === undefined ? {} : { signal }).catch((error: unknown) => {
    throw replaced(error) ?? error;
  });
  if (stored === undefined) throw corrupt("is missing");
  const seen = { bytes: 0 };
  const content = counted(stored, seen);
  const hash = createHash("sha256");
  let bytes = 0;
  try {
    for await (const chunk of compressed ? gunzipped(content) : content) {
      if (bytes + chunk.length > ref.bytes) throw corrupt(`is altered: it holds more than the ${ref.bytes} bytes that the log says`);
      bytes += chunk.length;
      hash.update(chunk);
      yield chunk;
    }
  } catch (error) {
    if (isDaybookError(error, "READ_FAILED") && isNothingThere(error.cause)) throw corrupt("is missing", error);
    const other = replaced(error);
    if (other !== undefined) throw other;
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (!code.startsWith("Z_") && code !== "ERR_PADDING_2" && code !== "ERR_TRAILING_JUNK_AFTER_STREAM_END") throw error;
    const truncated = code === "Z_BUF_ERROR" && (wanted === undefined || seen.bytes < wanted);
    throw corrupt(truncated ? `is truncated: what was compressed in it does not end${wanted === undefined ? "" : `; the file has ${seen.bytes} bytes, and the log says ${wanted}`}` : "is altered: it cannot be decompressed", error);
  }
  if (bytes < ref.bytes) throw corrupt(`is truncated: it holds ${bytes} bytes, and the log says ${ref.bytes}`);
  if (wanted !== undefined && seen.bytes !== wanted) throw corrupt(`is altered: the file has ${seen.bytes} bytes, and the log says ${wanted}`);
  if (hash.digest("hex") !== ref.sha256) throw corrupt(`is altered: it has the ${ref.bytes} bytes that the log says, with another SHA-256`);
}

async function* counted(content: AsyncIterable<Uint8Array>, seen: { bytes: number }): AsyncGenerator<Uint8Array, void, void> {
  for await (const chunk of content) {
    seen.bytes += chunk.length;
    yield chunk;
  }
}
