import { ChangeSignal } from "../base/change-signal.js";
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
  /** The last seq that this process knows of. */
  head(): number;
}

/** Whoever has appended nothing for so long has time for an index. */
const quietMs = 50;
/** So many sealed segments at most wait for their index while their writer is at work; closing makes up for them. */
const mostWaiting = 16;

/**
 * Seals closed segments and gives them their indices, in the background, one at a time. An index takes longer than sealing, and who imports
 * in bulk has no use for it yet: it waits until nothing is appended, or until many are waiting.
 */
export class SegmentSealer {
  #running: Promise<void> | undefined;
  /** Asked for again since the work began: a segment may have been closed behind its back. */
  #again = false;
  #closed = false;
  readonly #closing = new ChangeSignal();
  /** Sealed here, and not indexed yet. */
  #waiting: ManifestEntry[] = [];
  /** Whether every sealed segment has an index was looked at: whoever was here before may have been killed. */
  #lookedAtAll = false;
  /** Segments whose index turned out to be useless, and those for which a new one was tried. */
  readonly #doubted = new Set<number>();
  readonly #tried = new Set<number>();

  constructor(readonly log: SealedLog) {}

  /** Seals what is closed; resolves when there is nothing left to do. */
  run(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#again = this.#running !== undefined;
    this.#running ??= this.#work().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #work(): Promise<void> {
    do {
      this.#again = false;
      await this.#sealAll();
      if (this.#waiting.length <= mostWaiting) await this.#untilQuiet();
      if (this.#again) continue;
      await this.#makeIndices();
    } while (this.#again);
  }

  /** Resolves once nothing was appended for a while, at closing, or when there is something to seal. */
  async #untilQuiet(): Promise<void> {
    for (let before = -1; this.#waiting.length > 0 && this.log.head() !== before && !this.#closed && !this.#again; ) {
      before = this.log.head();
      await this.#closing.wait(quietMs);
    }
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

  /** What is under way is finished, with the indices of what was sealed here. Those that others have left are not made any more: a cache can wait. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#closing.raise();
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
        return;
      }
      await this.#seal(first, next);
    }
  }

  async #seal(first: number, next: number): Promise<void> {
    const { place, root } = this.log;
    const digest = await digestSegment(place, first, next);
    // The digest is taken without the lock; the line goes in under it, unless somebody else was faster.
    await this.log.exclusively(() => {
      const manifest = this.#manifest();
      if ((manifest.entries.at(-1)?.last ?? 0) + 1 !== first) return;
      const entry = sealLine({ ...digest, prev: manifest.chain }, this.log.signer);
      appendManifest(place.files, rootPaths(root).manifest, manifest, entry);
      this.#waiting.push(entry);
    });
  }

  async #makeIndices(): Promise<void> {
    if (this.#lookedAtAll && this.#doubted.size === 0 && this.#waiting.length === 0) return;
    const { keepIndexes } = await import("./index/keep-indexes.js");
    await keepIndexes(this.log.place, this.#waiting.splice(0), { stopped: () => false });
    const { entries } = this.#manifest();
    const stopped = (): boolean => this.#closed || this.#again;
    if (!this.#lookedAtAll) await keepIndexes(this.log.place, entries, { stopped });
    this.#lookedAtAll = !this.#again;
    const doubted = entries.filter(({ first }) => this.#doubted.delete(first));
    await keepIndexes(this.log.place, doubted, { thorough: true, stopped });
  }
}
