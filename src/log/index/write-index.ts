import * as path from "node:path";
import { writeBlocks } from "../blocks/block-writer.js";
import type { RowLine } from "../blocks/block-writer.js";
import { closeQuietly, removeQuietly } from "../file-system.js";
import type { LogFileSystem } from "../file-system.js";
import { nodeCrypto } from "../node-crypto.js";
import type { LogPlace, WalkedCommits } from "../segment-walker.js";
import { IndexBuilder } from "./index-builder.js";
import { blockBytes, indexHeader, maxBlockIndexBytes, maxIndexFileBytes } from "./index-format.js";
import type { IndexedSegment } from "./index-format.js";
import { indexFileName, indexFolder } from "./index-names.js";

/** The index of a segment in the making. Nothing of it ever fails: an index is a cache, and a segment without one is scanned. */
export class NewIndex {
  #builder: IndexBuilder | undefined;

  constructor(readonly place: LogPlace) {
    this.#builder = new IndexBuilder();
  }

  /** Commits of the segment, as they are walked. */
  readonly add = (walked: WalkedCommits): void => {
    try {
      this.#builder?.add(walked);
    } catch {
      this.#builder = undefined;
    }
  };

  /** Writes it for the segment that the commits were of. */
  write(segment: IndexedSegment): void {
    const rows = this.#builder?.finish();
    if (rows !== undefined) writeIndex(this.place, segment, rows);
  }
}

/** To a temporary name, and renamed. Not synced: what a power cut tears is found out by its hashes. */
function writeIndex(place: LogPlace, segment: IndexedSegment, rows: readonly RowLine[]): void {
  const { files } = place;
  const folder = indexFolder(place);
  const target = path.join(folder, indexFileName(segment.first));
  // Several processes may make the same index at once.
  const temporary = `${target}.${nodeCrypto().randomUUID()}.new`;
  try {
    files.mkdirSync(folder);
    writeNew(files, temporary, segment, rows);
    files.renameSync(temporary, target);
  } catch {
    removeQuietly(files, temporary);
  }
}

function writeNew(files: LogFileSystem, file: string, segment: IndexedSegment, rows: readonly RowLine[]): void {
  const fd = files.openSync(file, "wx");
  try {
    const limits = { block: blockBytes, index: maxBlockIndexBytes, file: maxIndexFileBytes };
    writeBlocks(files, fd, indexHeader(segment), rows, limits, "index");
  } finally {
    closeQuietly(files, fd);
  }
}
