import { createHash } from "node:crypto";
import type { Clock } from "../base/clock.js";
import { checkSignal } from "../base/checks.js";
import { parseArtifactPath, parseWholePath } from "./artifact-path.js";
import type { ArtifactEntry, ArtifactSource, ArtifactStore, PutOptions, StoredArtifact } from "./artifact-store.js";
import { checkContent, slicesOf } from "./content.js";

const readBytes = 256 * 1024;

/** Artifacts in memory, for tests and for daybooks in memory: gone with the process. */
export class MemoryArtifactStore implements ArtifactStore {
  readonly #stored = new Map<string, { readonly content: Buffer; readonly modifiedMs: number }>();
  readonly #clock: Clock;

  /** @param clock tells when each was written. Default: the system's */
  constructor(clock: Clock = Date.now) {
    this.#clock = clock;
  }

  /** @throws InvalidIdError @throws InvalidOptionError, and as the port says */
  async put(artifact: string, content: ArtifactSource, { replace = false, signal }: PutOptions = {}): Promise<StoredArtifact | undefined> {
    const path = parseWholePath(artifact);
    checkContent(content);
    checkSignal(signal);
    signal?.throwIfAborted();
    const taken = (): boolean => !replace && this.#stored.has(path);
    if (taken()) return undefined;
    const slices: Buffer[] = [];
    for await (const slice of slicesOf(content, signal)) slices.push(Buffer.from(slice));
    if (taken()) return undefined;
    const whole = Buffer.concat(slices);
    this.#stored.set(path, { content: whole, modifiedMs: this.#clock() });
    return { bytes: whole.length, sha256: createHash("sha256").update(whole).digest("hex") };
  }

  /** @throws InvalidIdError, and as the port says */
  async get(artifact: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<AsyncIterable<Uint8Array> | undefined> {
    const stored = this.#stored.get(parseArtifactPath(artifact));
    checkSignal(signal);
    signal?.throwIfAborted();
    return await Promise.resolve(stored === undefined ? undefined : { [Symbol.asyncIterator]: () => piecesOf(stored.content, signal) });
  }

  /** @throws InvalidIdError */
  async *list(prefix: string): AsyncGenerator<ArtifactEntry, void, void> {
    const at = parseArtifactPath(prefix);
    for (const [path, { content, modifiedMs }] of [...this.#stored]) {
      if (path === at || path.startsWith(`${at}/`)) yield await Promise.resolve({ path, bytes: content.length, modifiedMs, unfinished: false });
    }
  }

  /** @throws InvalidIdError */
  async delete(artifact: string): Promise<boolean> {
    return await Promise.resolve(this.#stored.delete(parseArtifactPath(artifact)));
  }

  /** `memory:` and the path. @throws InvalidIdError */
  locate(artifact: string): string {
    return `memory:${parseArtifactPath(artifact)}`;
  }
}

/** Copies: whoever gets them may do with them what he likes. */
async function* piecesOf(content: Buffer, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array, void, void> {
  for (let from = 0; from < content.length; from += readBytes) {
    signal?.throwIfAborted();
    yield await Promise.resolve(Buffer.from(content.subarray(from, from + readBytes)));
  }
}
