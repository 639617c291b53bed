import * as path from "node:path";
import { isDaybookError } from "../../base/errors.js";
import { lastIndex } from "../bisect.js";
import { checkedPart } from "../checked-manifest.js";
import { asReadFailure, reading } from "../file-system.js";
import { readManifest } from "../manifest.js";
import type { ManifestEntry } from "../manifest.js";
import type { Cursor } from "../port.js";
import { readRoot, rootPaths } from "../root.js";
import type { LogPlace } from "../segment-walker.js";
import { indexFileName, indexFolder } from "./index-names.js";
import { IndexDamage, openSegmentIndex } from "./segment-index.js";
import type { SegmentIndex } from "./segment-index.js";

/** So many indices stay open, that is: with where their blocks lie. */
const keptOpen = 128;

/** The sealed segments of a log, and their indices as far as there are any. For one handle. */
export class SegmentIndexes {
  readonly #root: string;
  readonly #open = new Map<number, { readonly index: SegmentIndex; readonly mark: string }>();
  /** Indices that turned out to be wrong, and how to know their files again. */
  readonly #distrusted = new Map<number, string>();
  #manifest: { readonly size: number; readonly entries: readonly ManifestEntry[] } = { size: 0, entries: [] };

  constructor(readonly place: LogPlace) {
    this.#root = path.dirname(place.folder);
  }

  /** The manifest's lines. None where it is damaged: it says nothing of the segments, which are scanned then. */
  entries(): readonly ManifestEntry[] {
    const { files } = this.place;
    const { manifest } = rootPaths(this.#root);
    const size = reading(() => files.statSync(manifest)?.size ?? 0);
    // Lines are only ever added.
    if (size !== this.#manifest.size) this.#manifest = { size, entries: this.#read(manifest) };
    return this.#manifest.entries;
  }

  /** The line of the sealed segment that has a seq, or would. */
  entryOf(seq: number): ManifestEntry | undefined {
    const entries = this.entries();
    const at = lastIndex(entries, ({ first }) => first <= seq);
    const entry = entries[at];
    return entry !== undefined && entry.last >= seq ? entry : undefined;
  }

  /** The index of a sealed segment; undefined when there is none that can be used. */
  of(entry: ManifestEntry): SegmentIndex | undefined {
    const known = this.#open.get(entry.first);
    if (known !== undefined) return known.index;
    const mark = this.#mark(entry);
    if (mark === undefined || this.#distrusted.get(entry.first) === mark) return undefined;
    const index = openSegmentIndex(this.place, entry);
    if (index === undefined) return undefined;
    if (this.#open.size >= keptOpen) this.#open.delete(this.#open.keys().next().value as number);
    this.#open.set(entry.first, { index, mark });
    return index;
  }

  /** Asks the index of a segment; undefined where there is none that can answer. */
  ask<T>(entry: ManifestEntry, question: (index: SegmentIndex) => T): T | undefined {
    for (let index = this.of(entry); index !== undefined; index = this.of(entry)) {
      try {
        return question(index);
      } catch (error) {
        if (!(error instanceof IndexDamage)) throw error;
        this.distrust(entry);
      }
    }
    return undefined;
  }

  /** An index was wrong: it is not asked again, unless another file takes its place. */
  distrust({ first }: ManifestEntry): void {
    const known = this.#open.get(first);
    if (known === undefined) return;
    this.#open.delete(first);
    this.#distrusted.set(first, known.mark);
  }

  /** A place not behind a seq from which to read on; undefined where none is known. */
  placeBefore(seq: number): Cursor | undefined {
    const entry = this.entryOf(seq);
    const found = entry === undefined ? undefined : this.ask(entry, (index) => index.placeBefore(seq));
    return entry === undefined || found === undefined ? undefined : { seq: found.seq, token: found.hash, hint: `${entry.first}:${found.offset}` };
  }

  #read(manifest: string): readonly ManifestEntry[] {
    const { files } = this.place;
    try {
      const info = readRoot(files, this.#root);
      return info === undefined ? [] : readManifest(files, manifest, info.root, info.bytes, checkedPart(files, this.#root)).entries;
    } catch (error) {
      if (!isDaybookError(error, "LOG_CORRUPT")) throw asReadFailure(error);
      return [];
    }
  }

  #mark({ first }: ManifestEntry): string | undefined {
    try {
      const found = this.place.files.statSync(path.join(indexFolder(this.place), indexFileName(first)));
      return found === undefined ? undefined : `${found.ino}:${found.size}:${found.mtimeMs}`;
    } catch {
      // The folder is none, or somebody else's: as if there were no index.
      return undefined;
    }
  }
}
