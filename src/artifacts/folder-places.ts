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
    await this.#makeRoot(this.#root);
    const existing = await this.#deepestExisting(folder);
    await this.#assertInside(existing, folder);
    let parent = this.#root;
    for (const next of this.#below(folder)) {
      if (!this.#durable.has(next) || !isWithin(next, existing)) await this.#makeOne(next, parent);
      parent = next;
    }
    await this.#assertInside(folder, folder);
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
  async #makeRoot(folder: string): Promise<void> {
    const there = await uninterrupted(() => this.#files.stat(folder)).catch(() => undefined);
    if (there?.isDirectory() === true) return;
    const parent = path.dirname(folder);
    if (parent !== folder) await this.#makeRoot(parent);
    await this.#makeOne(folder, parent);
  }

  /** The folders on the way from the root, which is left out, to a folder below it. */
  #below(folder: string): string[] {
    const parts = path.relative(this.#root, folder).split(path.sep).filter((part) => part !== "");
    return parts.map((_, index) => path.join(this.#root, ...parts.slice(0, index + 1)));
  }

  async #deepestExisting(folder: string): Promise<string> {
    let found = this.#root;
    for (const next of this.#below(folder)) {
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
    const real = (at: string): Promise<string> => uninterrupted(() => this.#files.realpath(at));
    const base = await real(this.#root);
    const leadsTo = await real(existing).catch((error: unknown) => {
      if (isNothingThere(error) || systemCode(error) === "ELOOP") return undefined;
      throw error;
    });
    // A link to nowhere has no real path: what is made through it would lie wherever it points.
    if (leadsTo === undefined || !isWithin(base, leadsTo)) throw new PathOutsideRootError(wanted, this.#root, leadsTo);
  }
}

const isWithin = (base: string, real: string): boolean => real === base || real.startsWith(base.endsWith(path.sep) ? base : base + path.sep);
