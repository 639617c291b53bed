import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A folder's content: files by their path in it, and the folders that are there. */
export interface Tree {
  readonly files: ReadonlyMap<string, Buffer>;
  readonly folders: ReadonlySet<string>;
}

export const emptyTree: Tree = { files: new Map(), folders: new Set() };

/** Writes a tree into a new folder. */
export function layDown(tree: Tree, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const path of tree.folders) mkdirSync(join(folder, path), { recursive: true });
  for (const [path, content] of tree.files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

/** Equal for equal trees. */
export function digestOf(tree: Tree): string {
  const hash = createHash("sha1");
  for (const path of [...tree.folders].sort()) hash.update(`${path}/\n`);
  for (const path of [...tree.files.keys()].sort()) {
    const content = tree.files.get(path) as Buffer;
    hash.update(`${path} ${content.length}\n`).update(content);
  }
  return hash.digest("base64");
}
