/**
 * Prunes, compresses or clears away checkpoints, and kills itself before one of the calls that change a file or make it durable. Arguments: root, `prune`, `compress` or
 * `gc`, and the number of the call; or `count`: then it prints how many there were.
 */
import { writeSync } from "node:fs";
import { nodeArtifactFiles } from "../../src/artifacts/artifact-files.js";
import type { ArtifactFile, ArtifactFiles } from "../../src/artifacts/artifact-files.js";
import { FolderArtifactStore } from "../../src/artifacts/folder-store.js";
import { CheckpointManager } from "../../src/checkpoints.js";
import { openDaybookOn } from "../../src/open-daybook.js";
import { nodeFileSystem } from "../../src/log/file-system.js";

const [root = "", what = "prune", at = "count"] = process.argv.slice(2);
let steps = 0;
let counting = false;
const around = <T>(call: () => T): T => {
  if (counting) steps += 1;
  if (counting && String(steps) === at) process.kill(process.pid, "SIGKILL");
  return call();
};
const watched = (file: ArtifactFile): ArtifactFile => ({ ...file, write: (bytes, position) => around(() => file.write(bytes, position)), sync: () => around(() => file.sync()) });
const artifactFiles: ArtifactFiles = {
  ...nodeArtifactFiles,
  create: (path) => around(async () => watched(await nodeArtifactFiles.create(path))),
  openFolder: async (path) => watched(await nodeArtifactFiles.openFolder(path)),
  link: (from, to) => around(() => nodeArtifactFiles.link(from, to)),
  rename: (from, to) => around(() => nodeArtifactFiles.rename(from, to)),
  unlink: (path) => around(() => nodeArtifactFiles.unlink(path)),
};
const files = {
  ...nodeFileSystem,
  writeSync: (fd: number, buffer: Buffer, offset: number, length: number, position: number) => around(() => nodeFileSystem.writeSync(fd, buffer, offset, length, position)),
  fdatasyncSync: (fd: number) => around(() => nodeFileSystem.fdatasyncSync(fd)),
};
const book = await openDaybookOn({ files }, root, { participantId: "c" });
const checkpoints = await CheckpointManager.open(book, { artifacts: new FolderArtifactStore(root, artifactFiles) });
counting = true;
if (what === "prune") await checkpoints.prune({ keepLast: 1 });
else if (what === "compress") await checkpoints.compressCheckpoints();
else await checkpoints.gc({ graceMs: 0 });
counting = false;
if (at === "count") writeSync(1, `${steps}\n`);
await checkpoints.close();
await book.close();
