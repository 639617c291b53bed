import { createHash, randomBytes } from "node:crypto";
import * as path from "node:path";
import { isDaybookError, ReadFailedError, WriteFailedError } from "../base/errors.js";
import { checkSignal } from "../base/checks.js";
import { closeQuietly, isNothingThere, nodeArtifactFiles, removeQuietly, syncArtifact, syncArtifactFolder, systemCode, uninterrupted, writeFully } from "./artifact-files.js";
import type { ArtifactFile, ArtifactFiles } from "./artifact-files.js";
import { isArtifactName, isUnfinished, parseArtifactPath, parseWholePath, unfinishedSuffix } from "./artifact-path.js";
import type { ArtifactEntry, ArtifactSource, ArtifactStore, PutOptions, StoredArtifact } from "./artifact-store.js";
import { checkContent, slicesOf } from "./content.js";
import { FolderPlaces } from "./folder-places.js";

const readBytes = 256 * 1024;

/**
 * Artifacts as files of a folder, which any number of processes may share. A file is written under a temporary name, synced, and only then gets its name, by a
 * link where nothing may be replaced, else by a rename; then the folder is synced. Links that lead out of the folder are neither followed nor written through.
 */
export class FolderArtifactStore implements ArtifactStore {
  readonly #root: string;
  readonly #files: ArtifactFiles;
  readonly #places: FolderPlaces;

  /** @param root its folder, which is made when something is put */
  constructor(root: string, files: ArtifactFiles = nodeArtifactFiles) {
    this.#root = path.resolve(root);
    this.#files = files;
    this.#places = new FolderPlaces(files, this.#root);
  }

  /** @throws InvalidIdError @throws InvalidOptionError, and as the port says */
  async put(artifact: string, content: ArtifactSource, { replace = false, signal }: PutOptions = {}): Promise<StoredArtifact | undefined> {
    const file = this.locate(parseWholePath(artifact));
    checkContent(content);
    checkSignal(signal);
    signal?.throwIfAborted();
    // Not to spend a stream on a name that is taken.
    if (!replace && (await writing(file, () => this.#places.look(file))) !== undefined) return undefined;
    const { temporary, open } = await writing(file, () => this.#create(file));
    try {
      const stored = await this.#fill(open, file, content, signal);
      signal?.throwIfAborted();
      return (await writing(file, () => this.#name(temporary, file, replace))) ? stored : undefined;
    } catch (error) {
      await removeQuietly(this.#files, temporary);
      throw error;
    }
  }

  /** @throws InvalidIdError, and as the port says */
  async get(artifact: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<AsyncIterable<Uint8Array> | undefined> {
    const file = this.locate(parseArtifactPath(artifact));
    checkSignal(signal);
    signal?.throwIfAborted();
    if (isUnfinished(artifact)) return undefined;
    const stats = await reading(file, () => this.#places.lookThrough(file));
    if (stats === undefined) return undefined;
    if (!stats.isFile()) throw new ReadFailedError(Object.assign(new Error("it is no file"), { code: "EISDIR" }), file);
    return { [Symbol.asyncIterator]: () => this.#read(file, signal) };
  }

  /** Files whose names no path can have are left out, as is what lies behind links to folders. @throws InvalidIdError, and as the port says */
  async *list(prefix: string): AsyncGenerator<ArtifactEntry, void, void> {
    yield* this.#list(parseArtifactPath(prefix));
  }

  /** Of a link, the link goes. @throws InvalidIdError @throws PathOutsideRootError, and as the port says */
  async delete(artifact: string): Promise<boolean> {
    const file = this.locate(parseArtifactPath(artifact));
    return await writing(
      file,
      async () => {
        if ((await this.#places.look(file)) === undefined) return false;
        try {
          await uninterrupted(() => this.#files.unlink(file));
          return true;
        } catch (error) {
          if (isNothingThere(error)) return false;
          throw error;
        }
      },
      "deleted",
    );
  }

  /** The absolute path. @throws InvalidIdError */
  locate(artifact: string): string {
    return path.join(this.#root, ...parseArtifactPath(artifact).split("/"));
  }

  /** A new file beside the one that it is to become. */
  async #create(file: string): Promise<{ readonly temporary: string; readonly open: ArtifactFile }> {
    for (let tries = 1; ; tries += 1) {
      await this.#places.make(path.dirname(file));
      // No longer than any name may be, and of nobody else.
      const name = path.basename(file).slice(0, 60).toWellFormed();
      const temporary = path.join(path.dirname(file), `${name}.${randomBytes(8).toString("hex")}${unfinishedSuffix}`);
      try {
        return { temporary, open: await uninterrupted(() => this.#files.create(temporary)) };
      } catch (error) {
        // Somebody has removed the folder.
        if (systemCode(error) !== "ENOENT" || tries === 3) throw error;
      }
    }
  }

  /** Writes, syncs and closes. */
  async #fill(open: ArtifactFile, file: string, content: ArtifactSource, signal: AbortSignal | undefined): Promise<StoredArtifact> {
    try {
      const hash = createHash("sha256");
      let bytes = 0;
      for await (const slice of slicesOf(content, signal)) {
        hash.update(slice);
        await writing(file, () => writeFully(open, slice, bytes));
        bytes += slice.length;
      }
      await writing(file, () => syncArtifact(open));
      return { bytes, sha256: hash.digest("hex") };
    } finally {
      await closeQuietly(open);
    }
  }

  /** Gives the file its name. @returns false where that is taken */
  async #name(temporary: string, file: string, replace: boolean): Promise<boolean> {
    if (replace) {
      await uninterrupted(() => this.#files.rename(temporary, file));
      await syncArtifactFolder(this.#files, path.dirname(file));
      return true;
    }
    try {
      await uninterrupted(() => this.#files.link(temporary, file));
    } catch (error) {
      if (systemCode(error) !== "EEXIST") throw error;
      await removeQuietly(this.#files, temporary);
      return false;
    }
    try {
      await removeQuietly(this.#files, temporary);
      await syncArtifactFolder(this.#files, path.dirname(file));
      return true;
    } catch (error) {
      // Nobody may build on a name that is perhaps gone after a power cut.
      await removeQuietly(this.#files, file);
      throw error;
    }
  }

  async *#read(file: string, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array, void, void> {
    signal?.throwIfAborted();
    const open = await reading(file, () => uninterrupted(() => this.#files.open(file)));
    try {
      for (let position = 0; ; ) {
        signal?.throwIfAborted();
        const chunk = Buffer.allocUnsafe(readBytes);
        const at = position;
        const read = await reading(file, () => uninterrupted(() => open.read(chunk, at)));
        if (read === 0) return;
        position += read;
        yield chunk.subarray(0, read);
      }
    } finally {
      await closeQuietly(open);
    }
  }

  async *#list(prefix: string): AsyncGenerator<ArtifactEntry, void, void> {
    const file = this.locate(prefix);
    // A link to a file is one; a link to a folder would perhaps lead round in a circle.
    const itself = await reading(file, () => this.#places.look(file));
    const stats = itself?.isSymbolicLink() === true ? await this.#places.lookThrough(file).catch(() => undefined) : itself;
    if (stats?.isFile() === true) yield { path: prefix, bytes: stats.size, modifiedMs: stats.mtimeMs, unfinished: isUnfinished(prefix) };
    if (itself?.isDirectory() !== true) return;
    for (const { name } of await reading(file, () => this.#namesIn(file))) {
      if (isArtifactName(name)) yield* this.#list(`${prefix}/${name}`);
    }
  }

  async #namesIn(folder: string): Promise<readonly { readonly name: string }[]> {
    try {
      return await uninterrupted(() => this.#files.readdir(folder));
    } catch (error) {
      if (isNothingThere(error)) return [];
      throw error;
    }
  }
}

/** A call of the system for writing; what it says becomes a WriteFailedError. */
async function writing<T>(file: string, call: () => Promise<T>, done = "written"): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (isDaybookError(error)) throw error;
    throw new WriteFailedError(`${file} could not be ${done}`, error);
  }
}

/** A call of the system for reading; what it says becomes a ReadFailedError. */
async function reading<T>(file: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (isDaybookError(error)) throw error;
    throw new ReadFailedError(error, file);
  }
}
