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

/** How long an index may wait. */
export interface IndexPace {
  /** Whoever has appended nothing for so long has time for an index. */
  readonly quietMs: number;
  /** However busy the writer is, after so long the indices are made. */
  readonly longestMs: number;
  /** So many sealed segments at most wait for theirs. */
  readonly most: number;
}

const usualPace: IndexPace = { quietMs: 50, longestMs: 10_000, most: 16 };

/**
 * Seals closed segments, and gives them their indices, in the background. An index takes longer than sealing, and who imports in bulk has no
 * use for it yet: it waits until nothing is appended, until somebody asks for one that is missing, or until it has waited long enough.
 */
export class SegmentSealer {
  #sealing: Promise<void> | undefined;
  /** Indices are made one after another. */
  #indexing: Promise<void> = Promise.resolve();
  #running: Promise<void> | undefined;
  /** Started again since the work began: a segment may have been closed behind its back. */
  #again = false;
  #closed = false;
  readonly #closing = new ChangeSignal();
  /** Sealed here, and not indexed yet; and since when there are some. */
  #waiting: ManifestEntry[] = [];
  #waitingSince = 0;
  /** Whether every sealed segment has an index was looked at: whoever was here before may have been killed. */
  #lookedAtAll = false;
  /** Segments whose index turned out to be useless, and those for which a new one was tried. */
  readonly #doubted = new Set<number>();
  readonly #tried = new Set<number>();

  constructor(
    readonly log: SealedLog,
    readonly pace = usualPace,
  ) {}

  /** Seals and indexes in the background. What goes wrong shows in `verify`, or costs a scan; nobody waits for it. */
  start(): void {
    if (this.#closed) return;
    this.#again = this.#running !== undefined;
    this.#running ??= this.#work()
      .catch(() => undefined)
      .finally(() => {
        this.#running = undefined;
      });
  }

  /** Seals what is closed; resolves when that is done. Indices come later. @throws LogCorruptError for a closed segment that is damaged */
  seal(): Promise<void> {
    return this.#closed ? Promise.resolve() : this.#sealOnce();
  }

  #sealOnce(): Promise<void> {
    this.#sealing ??= this.#sealAll().finally(() => {
      this.#sealing = undefined;
    });
    return this.#sealing;
  }

  /** Seals what is closed, and makes the indices that are missing or known to be useless; waits for no quiet. @throws as {@link seal} */
  async settle(): Promise<void> {
    await this.seal();
    await this.#inTurn(() => this.#makeIndices(() => this.#closed));
  }

  /** Makes all indices that are missing or not as they should be; every byte of them is looked at. @throws as {@link seal} */
  async reindex(signal?: AbortSignal): Promise<void> {
    await this.seal();
    await this.#inTurn(async () => {
      const { keepIndexes } = await import("./index/keep-indexes.js");
      await keepIndexes(this.log.place, this.#manifest().entries, { thorough: true, stopped: () => this.#closed || signal?.aborted === true });
    });
    signal?.throwIfAborted();
  }

  /** A sealed segment has no index that can be used: it gets one, in the background. */
  wants({ first }: ManifestEntry): void {
    if (this.#tried.has(first) || this.#closed) return;
    this.#tried.add(first);
    this.#doubted.add(first);
    setImmediate(() => this.start());
  }

  /** What is under way is finished, with the indices of what was sealed here. Those that others have left are not made any more: a cache can wait. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#closing.raise();
    await this.#sealing?.catch(() => undefined);
    await this.#running;
    // Also where the work in the background has failed.
    await this.#inTurn(() => this.#indexWaiting()).catch(() => undefined);
  }

  async #work(): Promise<void> {
    do {
      this.#again = false;
      // A segment that cannot be sealed keeps nobody from looking things up in those that are.
      await this.#sealOnce().catch(() => undefined);
      await this.#untilTimely();
      if (this.#again) continue;
      await this.#inTurn(() => this.#makeIndices(() => this.#closed || this.#again));
    } while (this.#again);
  }

  /** Resolves when it is time for indices, or when there is something to seal. */
  async #untilTimely(): Promise<void> {
    const { quietMs, longestMs, most } = this.pace;
    for (let before = -1; this.#waiting.length > 0 && this.log.head() !== before; ) {
      if (this.#waiting.length > most || this.#doubted.size > 0 || performance.now() - this.#waitingSince >= longestMs) return;
      if (this.#closed || this.#again) return;
      before = this.log.head();
      await this.#closing.wait(quietMs);
    }
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#indexing.then(work);
    this.#indexing = done.catch(() => undefined);
    return done;
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
      if (this.#waiting.length === 0) this.#waitingSince = performance.now();
      this.#waiting.push(entry);
    });
  }

  async #makeIndices(stopped: () => boolean): Promise<void> {
    await this.#indexWaiting();
    if (this.#lookedAtAll && this.#doubted.size === 0) return;
    const { keepIndexes } = await import("./index/keep-indexes.js");
    const { entries } = this.#manifest();
    if (!this.#lookedAtAll) await keepIndexes(this.log.place, entries, { stopped });
    this.#lookedAtAll ||= !stopped();
    for (const entry of entries.filter(({ first }) => this.#doubted.has(first))) {
      await keepIndexes(this.log.place, [entry], { thorough: true, stopped });
      if (stopped()) return;
      this.#doubted.delete(entry.first);
    }
  }

  /** Not to be stopped: what was sealed here gets its indices from here. */
  async #indexWaiting(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const { keepIndexes } = await import("./index/keep-indexes.js");
    await keepIndexes(this.log.place, this.#waiting.splice(0), { stopped: () => false });
  }
}
