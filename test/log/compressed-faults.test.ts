import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openDaybookOn } from "../../src/open-daybook.js";
import type { Daybook } from "../../src/daybook.js";
import { isDaybookError, openDaybook } from "../../src/index.js";
import { nodeFileSystem } from "../../src/log/file-system.js";
import type { LogFileSystem } from "../../src/log/file-system.js";
import { compressRoot, nameOf, segmentForms } from "../support/compressed-log.js";
import { faultyFiles } from "../support/faulty-files.js";
import type { Fault, FileCall } from "../support/faulty-files.js";
import { copyOf, readAll } from "../support/small-log.js";
import { temporaryFolder } from "../support/temporary-folder.js";

/** One sealed segment and the active one. */
async function writeLog(root: string): Promise<void> {
  await using book = await openDaybook(root, { participantId: "w", segmentBytes: 4096 });
  while ((await book.verify()).segments < 2) await book.log.append({ stream: "note", type: "note.taken", data: { text: "grün 🌱".repeat(20) } });
}

/** Opens a root on a file system that asks `plan` from the moment on when `work` begins. */
async function working(root: string, plan: (call: FileCall, index: number, args: readonly unknown[]) => Fault, work: (book: Daybook) => Promise<unknown>): Promise<FileCall[]> {
  let on = false;
  let before = 0;
  const { files, calls } = faultyFiles((call, index, args) => (on ? plan(call, index - before, args) : undefined));
  await using book = await openDaybookOn({ files }, root, { participantId: "c" });
  before = calls.length;
  on = true;
  try {
    await work(book);
    return calls.slice(before);
  } finally {
    on = false;
  }
}

const compress = (book: Daybook): Promise<unknown> => book.compress({ keep: 0 });
const undo = (book: Daybook): Promise<unknown> => book.decompress();

describe.each([["compressing", compress], ["decompressing", undo]] as const)("%s", (what, work) => {
  it("makes the new file durable, and its name, before the old one goes", async () => {
    const root = temporaryFolder();
    await writeLog(root);
    if (what === "decompressing") await compressRoot(root, "gzip");
    const steps = (await working(root, () => undefined, work)).filter((call) => ["writeSync", "fsyncSync", "renameSync", "unlinkSync"].includes(call));
    expect(steps.slice(steps.indexOf("writeSync"))).toEqual(["writeSync", "fsyncSync", "renameSync", "fsyncSync", "unlinkSync", "fsyncSync"]);
  });

  it("leaves a whole log whichever call the system refuses, and says so in an error of its own", { timeout: 60_000 }, async () => {
    const root = temporaryFolder();
    await writeLog(root);
    const events = await readAll(root, { readOnly: true });
    if (what === "decompressing") await compressRoot(root, "gzip");
    const calls = await working(copyOf(root), () => undefined, work);
    expect(calls.length).toBeGreaterThan(20);
    for (const [index, call] of calls.entries()) {
      const copy = copyOf(root);
      const error = call === "writeSync" ? "ENOSPC" : "EIO";
      const refused = await working(copy, (_call, now) => (now === index + 1 ? { error } : undefined), work).then(() => undefined, (failure: unknown) => failure);
      if (refused !== undefined) expect([call, isDaybookError(refused) && refused.code]).toEqual([call, expect.stringMatching(/^(WRITE|READ)_FAILED$/)]);
      expect([call, segmentForms(copy).filter((name) => name.endsWith(".new"))]).toEqual([call, []]);
      await using book = await openDaybook(copy);
      expect(await book.verify({ full: true })).toMatchObject({ ok: true, events: events.length });
    }
  });
});

it("a file system that gives other bytes back than were written loses nothing", async () => {
  const root = temporaryFolder();
  await writeLog(root);
  const plain = readFileSync(join(root, "log", nameOf(1)));
  const lying: LogFileSystem = {
    ...nodeFileSystem,
    writeSync: (fd, buffer, offset, length, position) => {
      const bytes = Buffer.from(buffer.subarray(offset, offset + length));
      if (length > 200) bytes[length - 100] = (bytes[length - 100] as number) ^ 1;
      return nodeFileSystem.writeSync(fd, bytes, 0, length, position);
    },
  };
  await using book = await openDaybookOn({ files: lying }, root);
  await expect(book.compress({ keep: 0 })).rejects.toMatchObject({ code: "LOG_CORRUPT" });
  expect(segmentForms(root)).toHaveLength(2);
  expect(readFileSync(join(root, "log", nameOf(1))).equals(plain)).toBe(true);
  expect(statSync(join(root, "log", nameOf(1))).size).toBe(plain.length);
});
