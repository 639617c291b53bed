import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, unlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { nodeFileSystem } from "../../src/log/file-system.js";
import type { LogFileSystem } from "../../src/log/file-system.js";
import { durably, note, openRawLog } from "../support/raw-log.js";
import { activeSegment } from "../support/small-log.js";
import { temporaryFolder } from "../support/temporary-folder.js";

/** The real file system, and in order what was synced, renamed, linked, made and written, by names relative to `base`. */
function listening(base: string): { readonly files: LogFileSystem; readonly said: string[] } {
  const said: string[] = [];
  const paths = new Map<number, string>();
  const name = (path: unknown): string => relative(base, String(path)) || ".";
  const files: LogFileSystem = {
    ...nodeFileSystem,
    openSync: ((path: string, ...rest: [string, number]) => {
      const fd = nodeFileSystem.openSync(path, ...rest);
      paths.set(fd, name(path));
      return fd;
    }) as LogFileSystem["openSync"],
    writeSync: (fd, ...rest) => {
      said.push(`write ${paths.get(fd)}`);
      return nodeFileSystem.writeSync(fd, ...rest);
    },
    fsyncSync: (fd) => {
      said.push(`sync ${paths.get(fd)}`);
      nodeFileSystem.fsyncSync(fd);
    },
    mkdirSync: (path) => {
      said.push(`make ${name(path)}`);
      return nodeFileSystem.mkdirSync(path);
    },
    renameSync: (from, to) => {
      said.push(`rename ${name(to)}`);
      nodeFileSystem.renameSync(from, to);
    },
  };
  return { files, said };
}

const inOrder = (said: readonly string[], ...wanted: readonly string[]): void => {
  let from = 0;
  for (const one of wanted) {
    const at = said.indexOf(one, from);
    expect(at, `${one} in ${said.slice(from).join("; ")}`).not.toBe(-1);
    from = at + 1;
  }
};

describe("names are durable before anything that they lead to is promised", () => {
  it("folders: each before anything is made in it", async () => {
    const base = temporaryFolder();
    const { files, said } = listening(base);
    await (await openRawLog(join(base, "a", "b"), { files })).close();
    inOrder(said, "make a", "sync .", "make a/b", "sync a", "make a/b/log", "sync a/b", "rename a/b/log/00000000000000000001.ndjson", "sync a/b/log");
  });

  it("a root folder that a process had made when it was killed", async () => {
    const base = temporaryFolder();
    mkdirSync(join(base, "book"));
    const { files, said } = listening(base);
    await (await openRawLog(join(base, "book"), { files })).close();
    inOrder(said, "sync .", "make book/log", "sync book", "rename book/log/00000000000000000001.ndjson");
  });

  it("a daybook.json that a process had linked when it was killed: before there is a segment", async () => {
    const base = temporaryFolder();
    const root = join(base, "book");
    await (await openRawLog(root)).close();
    rmSync(activeSegment(root));
    linkSync(join(root, "daybook.json"), join(root, "daybook.json.new"));
    const { files, said } = listening(base);
    await (await openRawLog(root, { files })).close();
    inOrder(said, "sync book", "rename book/log/00000000000000000001.ndjson");
    unlinkSync(join(root, "daybook.json.new"));
  });

  it("a copy in quarantine that a process had renamed when it was killed: before the tail is written over", async () => {
    const base = temporaryFolder();
    const root = join(base, "book");
    const log = await openRawLog(root);
    await log.append([note(1)], durably);
    await log.append([note(2)], durably);
    await log.close();
    const segment = activeSegment(root);
    truncateSync(segment, readFileSync(segment).length - 5);
    const torn = readFileSync(segment);
    const healed = await openRawLog(root);
    await healed.append([note(3)], durably);
    await healed.close();
    expect(readdirSync(join(root, "quarantine"))).toHaveLength(1);
    // As it was when the copy had its name and nothing else had happened.
    writeFileSync(segment, torn);
    const { files, said } = listening(base);
    const again = await openRawLog(root, { files });
    said.length = 0;
    await again.append([note(3)], durably);
    await again.close();
    inOrder(said, "sync book/quarantine", "sync book", `write ${relative(base, segment)}`);
  });
});

describe("a manifest whose last line has a hole, as a power cut leaves it", () => {
  /** A log of three closed segments or more, with their manifest. */
  async function sealed(root: string): Promise<string> {
    const log = await openRawLog(root, { segmentBytes: 300 });
    for (let number = 1; number <= 8; number += 1) await log.append([note(number, "x".repeat(80))], durably);
    await log.seal();
    await log.close();
    return join(root, "log", "manifest.ndjson");
  }

  const linesOf = (manifest: string): string[] => readFileSync(manifest, "utf8").split("\n").slice(0, -1);

  it("is torn there: it opens, and is sealed anew", async () => {
    const root = temporaryFolder();
    const manifest = await sealed(root);
    const whole = readFileSync(manifest);
    const last = whole.lastIndexOf(0x0a, -2) + 1;
    for (const [from, to] of [[last, last + 20], [last + 100, last + 101], [last, whole.length - 1]] as const) {
      writeFileSync(manifest, Buffer.from(whole).fill(0, from, to));
      const log = await openRawLog(root, { segmentBytes: 300 });
      expect((await log.verify({ full: true })).faults).toEqual([]);
      await log.seal();
      await log.close();
      expect(readFileSync(manifest)).toEqual(whole);
    }
  });

  it("is damaged where the hole is in an earlier line", async () => {
    const root = temporaryFolder();
    const manifest = await sealed(root);
    const whole = readFileSync(manifest);
    writeFileSync(manifest, Buffer.from(whole).fill(0, 10, 20));
    await expect(openRawLog(root)).rejects.toMatchObject({ code: "LOG_CORRUPT", segment: "manifest.ndjson", offset: 0 });
  });

  it("has never two lines at once on their way to the disk", async () => {
    const root = temporaryFolder();
    const manifest = await sealed(root);
    const lines = linesOf(manifest);
    writeFileSync(manifest, `${lines.slice(0, -1).join("\n")}\n`);
    const { files, said } = listening(dirname(manifest));
    const log = await openRawLog(root, { segmentBytes: 300, files });
    await log.seal();
    await log.close();
    expect(said.filter((one) => one.endsWith("manifest.ndjson"))).toEqual(["sync manifest.ndjson", "write manifest.ndjson", "sync manifest.ndjson"]);
    expect(linesOf(manifest)).toEqual(lines);
  });
});
