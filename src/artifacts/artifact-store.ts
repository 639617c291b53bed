/** What a file's content can be given as: bytes, a text (UTF-8), or bytes that come one after another. */
export type ArtifactSource = Uint8Array | string | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** What was stored: the size and the SHA-256 (64 hex digits) of the content. */
export interface StoredArtifact {
  readonly bytes: number;
  readonly sha256: string;
}

/** A file of the store, as it lies there. */
export interface ArtifactEntry {
  /** Relative to the store's root, its parts joined by `/`. */
  readonly path: string;
  readonly bytes: number;
  /** When it was written (ms since 1970, UTC). */
  readonly modifiedMs: number;
  /** What an unfinished `put` has left; no `get` gives it. */
  readonly unfinished: boolean;
}

/** How a file is put. */
export interface PutOptions {
  /** Put it in the place of what is there. Default false: what is there stays. */
  readonly replace?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Where the files lie that belong to the log: a small port, which a folder serves, or memory, or a store elsewhere. Paths are relative, their
 * parts joined by `/`; none is empty, begins with a dot, or holds a backslash or a control character (InvalidIdError). Names that end with `.new` are those of
 * unfinished files: nothing is put under them.
 */
export interface ArtifactStore {
  /**
   * Stores a content whole or not at all: a reader never sees a part of it, and when this resolves it is durable, also its name. Resolves to undefined
   * where something is there already and is not to be replaced.
   * @throws WriteFailedError @throws PathOutsideRootError @throws what the source throws: then nothing is stored
   */
  put(path: string, content: ArtifactSource, options?: PutOptions): Promise<StoredArtifact | undefined>;
  /** The content, as it is stored; undefined when there is none. Reads as the caller iterates. @throws ReadFailedError */
  get(path: string, options?: { readonly signal?: AbortSignal }): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** All files at or below a path, unfinished ones too, in no order; none when there is nothing. @throws ReadFailedError */
  list(prefix: string): AsyncIterable<ArtifactEntry>;
  /** Deletes a file. @returns false when there was none. @throws WriteFailedError */
  delete(path: string): Promise<boolean>;
  /** Where a file is, or would be, in words for people: an absolute path, an address. */
  locate(path: string): string;
}
