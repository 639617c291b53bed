import * as fs from "node:fs";
import * as path from "node:path";
import type { ArtifactRef } from "../../../src/checkpoints.js";
import type { Colours } from "../colours.js";
import { tableLines } from "../table.js";
import { bytes, clean } from "../text.js";

/** Files that the log speaks of: what each is, where it lies, and whether it looks right. Their contents are the matter of `checkpoints verify`. */
export async function artifactTable(root: string, files: readonly (readonly [what: string, file: ArtifactRef])[], colours: Colours): Promise<string[]> {
  if (files.length === 0) return [];
  const rows = files.map(([what, file]) => [clean(what), clean(file.path), stateOf(root, file, colours)]);
  return tableLines(["file", "path", "size"].map((head) => ({ head: colours.dim(head) })), rows);
}

function stateOf(root: string, file: ArtifactRef, colours: Colours): string {
  const found = fs.lstatSync(path.join(root, file.path), { throwIfNoEntry: false });
  if (found?.isFile() !== true) return colours.red("missing");
  const stored = file.storedBytes ?? file.bytes;
  if (found.size !== stored) return colours.red(`${bytes(found.size)} where the log says ${bytes(stored)}`);
  return file.codec === undefined ? bytes(file.bytes) : `${bytes(file.bytes)} in ${bytes(stored)} (${file.codec})`;
}
