import { basename, dirname } from "node:path";
import { DiskFile } from "./disk-file.js";
import { DiskFolder } from "./disk-folder.js";
import type { Recorded } from "./recording.js";
import type { Tree } from "./tree.js";

/** All that a power cut at one moment could leave. */
export interface CutChoices {
  readonly alternatives: readonly number[];
  readonly tree: (chosen: readonly number[]) => Tree;
}

/** A disk over time: what was done to it, and what of that was durable when. */
export class Disk {
  /** By path; the base is "". Folders are never renamed. */
  readonly #folders = new Map<string, DiskFolder>([["", new DiskFolder()]]);
  readonly #files: DiskFile[] = [];
  readonly #byInode = new Map<number, DiskFile>();
  readonly #byPath = new Map<string, DiskFile>();

  constructor(before: Tree, deeds: readonly Recorded[]) {
    for (const path of [...before.folders].sort()) this.#makeFolder(path, -1, -1);
    for (const [path, content] of before.files) {
      const file = new DiskFile(content);
      this.#files.push(file);
      this.#byPath.set(path, file);
      this.#folderOf(path).add(-1, -1, basename(path), file);
    }
    for (const folder of this.#folders.values()) folder.sync(-1, -1);
    for (const deed of deeds) this.#follow(deed);
  }

  /** What a cut at `time` leaves open. */
  cutAt(time: number): CutChoices {
    const folders = [...this.#folders].map(([path, folder]) => ({ path, choices: folder.choicesAt(time) }));
    const files = new Map(this.#files.map((file) => [file, file.choicesAt(time)]));
    // Files that no name can lead to, and those that can be in one state only, take no part in the choice.
    const reachable = new Set(folders.flatMap(({ choices }) => [...choices.nodes]));
    const open = [...files].filter(([file, { alternatives }]) => reachable.has(file) && alternatives.some((count) => count > 1));
    return {
      alternatives: [...folders.flatMap(({ choices }) => choices.alternatives), ...open.flatMap(([, { alternatives }]) => alternatives)],
      tree: (chosen) => {
        let at = 0;
        const take = (count: number): readonly number[] => chosen.slice(at, (at += count));
        const names = new Map(folders.map(({ path, choices }) => [path, choices.names(take(choices.alternatives.length))]));
        const contents = new Map(open.map(([file, { alternatives }]) => [file, take(alternatives.length)]));
        const contentOf = (file: DiskFile): Buffer => {
          const choices = files.get(file);
          return choices === undefined ? Buffer.alloc(0) : choices.content(contents.get(file) ?? choices.alternatives.map(() => 0));
        };
        const tree = { files: new Map<string, Buffer>(), folders: new Set<string>() };
        collect("", names, contentOf, tree);
        return tree;
      },
    };
  }

  #follow(deed: Recorded): void {
    const { start, end } = deed;
    switch (deed.do) {
      case "create": {
        const file = new DiskFile();
        this.#files.push(file);
        this.#byInode.set(deed.ino, file);
        this.#byPath.set(deed.path, file);
        return this.#folderOf(deed.path).add(start, end, basename(deed.path), file);
      }
      case "open": {
        const known = this.#byPath.get(deed.path);
        if (known !== undefined && !this.#byInode.has(deed.ino)) this.#byInode.set(deed.ino, known);
        return;
      }
      case "write":
        return this.#file(deed.ino).write(start, end, deed.at, Buffer.from(deed.bytes, "base64"));
      case "truncate":
        return this.#file(deed.ino).truncate(start, end, deed.size);
      case "sync":
        return this.#file(deed.ino).sync(start, end);
      case "make-folder":
        return this.#makeFolder(deed.path, start, end);
      case "rename":
        return this.#folderOf(deed.to).rename(start, end, basename(deed.from), basename(deed.to), this.#file(deed.ino, deed.from));
      case "link":
        return this.#folderOf(deed.to).add(start, end, basename(deed.to), this.#file(deed.ino));
      case "unlink":
        return this.#folderOf(deed.path).remove(start, end, basename(deed.path), this.#file(deed.ino, deed.path));
      case "sync-folder":
        // The base itself is taken for durable; so is what lies above it.
        return this.#folders.get(deed.path)?.sync(start, end);
      case "promise":
      case "promise-uid":
        return;
    }
  }

  #makeFolder(path: string, start: number, end: number): void {
    if (this.#folders.has(path)) return;
    this.#folderOf(path).add(start, end, basename(path), "folder");
    this.#folders.set(path, new DiskFolder());
  }

  #folderOf(path: string): DiskFolder {
    const folder = this.#folders.get(dirname(path) === "." ? "" : dirname(path));
    if (folder === undefined) throw new Error(`${path} lies in a folder that was never made`);
    return folder;
  }

  #file(ino: number, path?: string): DiskFile {
    const file = this.#byInode.get(ino) ?? (path === undefined ? undefined : this.#byPath.get(path));
    if (file === undefined) throw new Error(`a file with inode ${ino} was never made`);
    return file;
  }
}

function collect(path: string, names: ReadonlyMap<string, ReadonlyMap<string, DiskFile | "folder">>, contentOf: (file: DiskFile) => Buffer, into: { readonly files: Map<string, Buffer>; readonly folders: Set<string> }): void {
  for (const [name, node] of names.get(path) ?? []) {
    const child = path === "" ? name : `${path}/${name}`;
    if (node === "folder") {
      into.folders.add(child);
      collect(child, names, contentOf, into);
    } else into.files.set(child, contentOf(node));
  }
}
