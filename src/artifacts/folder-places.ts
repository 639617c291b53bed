import type { Stats } from "node:fs";
import * as path from "node:path";
import { PathOutsideRootError } from "../base/errors.js";
import { isNothingThere, syncArtifactFolder, systemCode, uninterrupted } from "./artifact-files.js";
import type { ArtifactFiles } from "./artifact-files.js";

/** Folders below a root: made so that they last, and only inside of it. */
export class FolderPlaces {
  readonly #files: ArtifactFiles;
  readonly #root: string;
  /** Whose names are known to last. */
  readonly #durable = new Set<string>();

  constructor(files: ArtifactFiles, root: string) {
    this.#files = files;
    this.#root = root;
  }

  /**
   * Makes a folder with those above it, and their names last. Where a link on the way leads out of the root, nothing is made: it is looked at before, and
   * once more afterwards.
   * @throws PathOutsideRootError @throws the system's error
   */
  async make(folder: string): Promise<void> {
    if (!this.#durable.has(this.#root)) await this.#makeDurably(this.#root);
    await this.#assertInside(await this.#deepestExisting(folder), folder);
    if (!this.#durable.has(folder)) await this.#makeBelow(folder);
    await this.#assertInside(folder, folder);
  }

  /** A folder is gone that was there. */
  forget(): void {
    this.#durable.clear();
  }

  /** What is there, be it a link; undefined for nothing. What is there stands inside of the root. @throws PathOutsideRootError @throws the system's error */
  async look(file: string): Promise<Stats | undefined> {
    try {
      const stats = await uninterrupted(() => this.#files.lstat(file));
      await this.#assertInside(path.dirname(file), file);
      return stats;
    } catch (error) {
      if (isNothingThere(error)) return undefined;
      throw error;
    }
  }

  /** As {@link look}, at what a link leads to. */
  async lookThrough(file: string): Promise<Stats | undefined> {
    const stats = await this.look(file);
    if (stats?.isSymbolicLink() !== true) return stats;
    await this.#assertInside(file, file);
    return await uninterrupted(() => this.#files.stat(file));
  }

  async #makeBelow(folder: string): Promise<void> {
    let parent = this.#root;
    for (const part of path.relative(this.#root, folder).split(path.sep)) {
      const next = path.join(parent, part);
      if (!this.#durable.has(next)) await this.#makeOne(next, parent);
      parent = next;
    }
  }

  /** Synced also where it was there: whoever made it may have been killed, or be just about to do it. */
  async #makeOne(folder: string, parent: string): Promise<void> {
    try {
      await uninterrupted(() => this.#files.mkdir(folder));
    } catch (error) {
      if (systemCode(error) !== "EEXIST" || !(await uninterrupted(() => this.#files.stat(folder))).isDirectory()) throw error;
    }
    await syncArtifactFolder(this.#files, parent);
    this.#durable.add(folder);
  }

  /** The root itself, and what is missing above it. */
  async #makeDurably(folder: string): Promise<void> {
    const there = await uninterrupted(() => this.#files.stat(folder)).catch(() => undefined);
    if (there?.isDirectory() !== true) {
      const parent = path.dirname(folder);
      await this.#makeDurably(parent);
      await this.#makeOne(folder, parent);
    }
    this.#durable.add(folder);
  }

  async #deepestExisting(folder: string): Promise<string> {
    let found = this.#root;
    for (const part of path.relative(this.#root, folder).split(path.sep)) {
      const next = path.join(found, part);
      const there = await uninterrupted(() => this.#files.lstat(next)).then(
        () => true,
        () => false,
      );
      if (!there) break;
      found = next;
    }
    return found;
  }

  async #assertInside(existing: string, wanted: string): Promise<void> {
    const [base, real] = await Promise.all([this.#files.realpath(this.#root), this.#files.realpath(existing).catch(() => undefined)]);
    // A link to nowhere has no real path: what is made through it would lie wherever it points.
    if (real === undefined || !isWithin(base, real)) throw new PathOutsideRootError(wanted, this.#root, real);
  }
}

const isWithin = (base: string, real: string): boolean => real === base || real.startsWith(base.endsWith(path.sep) ? base : base + path.sep);
