import { keepChecked } from "./checked-manifest.js";
import { appendManifest, readManifest } from "./manifest.js";
import type { ManifestEntry } from "./manifest.js";
import type { Signer } from "./proof/keys.js";
import { sealLine } from "./proof/seal-line.js";
import { rootPaths } from "./root.js";
import type { RootInfo } from "./root.js";
import { digestSegment } from "./sealing.js";
import { listSegments } from "./segment-list.js";
import type { LogPlace } from "./segment-walker.js";

/** What sealing needs of the log. */
export interface SealedLog {
  readonly root: string;
  readonly info: RootInfo;
  readonly place: LogPlace;
  /** Signs what is sealed, where there is one. */
  readonly signer: Signer | undefined;
  /** Runs something under the lock. */
  exclusively(run: () => void): Promise<void>;
}

/** Seals closed segments and gives them their indices, in the background, one at a time. */
export class SegmentSealer {
  #running: Promise<void> | undefined;
  #closed = false;
  /** Whether every sealed segment has an index was looked at: whoever was here before may have been killed. */
  #lookedAtAll = false;
  /** Segments whose index turned out to be useless, and those for which a new one was tried. */
  readonly #doubted = new Set<number>();
  readonly #tried = new Set<number>();

  constructor(readonly log: SealedLog) {}

  /** Seals what is closed; resolves when there is nothing left to do. */
  run(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#running ??= this.#sealAll().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** A sealed segment has no index that can be used: it gets one, in the background. */
  wants({ first }: ManifestEntry): void {
    if (this.#tried.has(first) || this.#closed) return;
    this.#tried.add(first);
    this.#doubted.add(first);
    setImmediate(() => void this.run().catch(() => undefined));
  }

  /** Makes all indices that are missing or not as they should be; every byte of them is looked at. */
  async reindex(signal?: AbortSignal): Promise<void> {
    await this.run();
    const { keepIndexes } = await import("./index/keep-indexes.js");
    await keepIndexes(this.log.place, this.#manifest().entries, { thorough: true, stopped: () => this.#closed || signal?.aborted === true });
    signal?.throwIfAborted();
  }

  /** What is under way is finished, but for indices that are made anew: a cache can wait. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running?.catch(() => undefined);
  }

  #manifest(): ReturnType<typeof readManifest> {
    const { place, root, info } = this.log;
    return readManifest(place.files, rootPaths(root).manifest, info.root, info.bytes);
  }

  async #sealAll(): Promise<void> {
    const { place, root, info } = this.log;
    for (let appended = false; ; appended = true) {
      const segments = listSegments(place);
      const known = this.#manifest();
      const sealed = known.entries.at(-1)?.last ?? 0;
      const at = segments.indexOf(sealed + 1);
      const [first, next] = [segments[at], segments[at + 1]];
      if (first === undefined || next === undefined) {
        if (appended) keepChecked(place.files, root, info.bytes, known);
        return this.#makeIndices(known.entries);
      }
      await this.#seal(first, next);
    }
  }

  async #seal(first: number, next: number): Promise<void> {
    const { place, root } = this.log;
    const { NewIndex } = await import("./index/write-index.js");
    const index = new NewIndex(place);
    const digest = await digestSegment(place, first, next, index.add);
    // The digest is taken without the lock; the line goes in under it, unless somebody else was faster.
    await this.log.exclusively(() => {
      const manifest = this.#manifest();
      if ((manifest.entries.at(-1)?.last ?? 0) + 1 !== first) return;
      appendManifest(place.files, rootPaths(root).manifest, manifest, sealLine({ ...digest, prev: manifest.chain }, this.log.signer));
    });
    // Behind the line: who is killed before it leaves no index that nobody asks for.
    index.write(digest);
  }

  async #makeIndices(entries: readonly ManifestEntry[]): Promise<void> {
    if (this.#lookedAtAll && this.#doubted.size === 0) return;
    const { keepIndexes } = await import("./index/keep-indexes.js");
    const stopped = (): boolean => this.#closed;
    if (!this.#lookedAtAll) await keepIndexes(this.log.place, entries, { stopped });
    this.#lookedAtAll = true;
    const doubted = entries.filter(({ first }) => this.#doubted.delete(first));
    await keepIndexes(this.log.place, doubted, { thorough: true, stopped });
  }
}
