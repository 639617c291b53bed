import { nodeArtifactFiles } from "../../src/artifacts/artifact-files.js";
import type { ArtifactFile, ArtifactFiles } from "../../src/artifacts/artifact-files.js";
import { nodeFileSystem } from "../../src/log/file-system.js";
import type { LogFileSystem } from "../../src/log/file-system.js";

/**
 * From now on, calls `then` behind each system call of this process's log and artifacts that changes something on the disk, with its name. Of a write only half is done
 * then, and the rest afterwards.
 */
export function onChangingCalls(then: (name: string) => void): void {
  const [log, artifacts] = [{ ...nodeFileSystem }, { ...nodeArtifactFiles }];
  const changed: Partial<LogFileSystem> = {
    openSync: (path, flags, mode) => {
      const fd = log.openSync(path, flags, mode);
      // Reading changes nothing.
      if (flags !== "r") then("log open");
      return fd;
    },
    writeSync: (fd, buffer, offset, length, position) => {
      const half = log.writeSync(fd, buffer, offset, Math.ceil(length / 2), position);
      then("log write");
      return half;
    },
    fdatasync: Object.assign(
      (fd: number, done: (error: NodeJS.ErrnoException | null) => void) =>
        log.fdatasync(fd, (error) => {
          then("log sync");
          done(error);
        }),
      { __promisify__: log.fdatasync.__promisify__ },
    ),
    fsyncSync: (fd) => behind("log sync", () => log.fsyncSync(fd)),
    fdatasyncSync: (fd) => behind("log sync", () => log.fdatasyncSync(fd)),
    ftruncateSync: (fd, length) => behind("log truncate", () => log.ftruncateSync(fd, length)),
    mkdirSync: (path) => behind("log mkdir", () => log.mkdirSync(path)),
    renameSync: (from, to) => behind("log rename", () => log.renameSync(from, to)),
    linkSync: (from, to) => behind("log link", () => log.linkSync(from, to)),
    unlinkSync: (path) => behind("log unlink", () => log.unlinkSync(path)),
  };
  Object.assign(nodeFileSystem, changed);
  const changedArtifacts: Partial<ArtifactFiles> = {
    create: async (path) => watched(await behind("artifact create", () => artifacts.create(path)), then),
    openFolder: async (path) => watched(await artifacts.openFolder(path), then),
    mkdir: (path) => behind("artifact mkdir", () => artifacts.mkdir(path)),
    link: (from, to) => behind("artifact link", () => artifacts.link(from, to)),
    rename: (from, to) => behind("artifact rename", () => artifacts.rename(from, to)),
    unlink: (path) => behind("artifact unlink", () => artifacts.unlink(path)),
  };
  Object.assign(nodeArtifactFiles, changedArtifacts);

  function behind<T>(name: string, call: () => T): T {
    const result = call();
    if (!(result instanceof Promise)) then(name);
    // What fails has changed nothing, and is told to whoever called.
    else
      void result.then(
        () => then(name),
        () => undefined,
      );
    return result;
  }
}

const watched = (file: ArtifactFile, then: (name: string) => void): ArtifactFile => ({
  write: async (bytes, position) => {
    const half = await file.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), position);
    then("artifact write");
    return half;
  },
  read: (target, position) => file.read(target, position),
  stat: () => file.stat(),
  sync: async () => {
    await file.sync();
    then("artifact sync");
  },
  close: async () => {
    await file.close();
    then("artifact close");
  },
});
