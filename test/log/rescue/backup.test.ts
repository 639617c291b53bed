import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { backupLog, openDaybook, repairLog } from "../../../src/index.js";
import { openMemoryDaybook } from "../../../src/testing.js";
import { readAll, segmentFiles, writeSmallLog } from "../../support/small-log.js";
import { temporaryFolder } from "../../support/temporary-folder.js";
import { contentOf } from "./original.js";

async function smallRoot(commits = 30): Promise<{ root: string; to: string }> {
  const root = join(temporaryFolder(), "old");
  await writeSmallLog(root, commits, 4096);
  return { root, to: join(temporaryFolder(), "copy") };
}

const logOf = (root: string): Record<string, string> => Object.fromEntries(Object.entries(contentOf(join(root, "log"))).filter(([name]) => name !== "lock"));

describe("a backup", () => {
  it("has the same log byte for byte, the same views, files and head", async () => {
    const root = join(temporaryFolder(), "old");
    const to = join(temporaryFolder(), "copy");
    const book = await openDaybook(root, { segmentBytes: 4096 });
    for (let index = 0; index < 20; index += 1) {
      const { uid } = await book.runs.findOrAllocate("train", { params: { index, text: "x".repeat(300) } });
      await book.runs.start("train", uid).then(async (lease) => {
        writeFileSync(join(lease.folder, "model.bin"), `model ${index}`);
        await lease.log({ status: "DONE", files: { model: "model.bin" } });
      });
    }
    const report = await book.backup(to);
    const [head, view] = [await book.log.head(), await book.view("runs")];
    await book.close();
    expect(report).toMatchObject({ head, files: 20, segments: segmentFiles(root).length, copied: segmentFiles(root).length });
    expect(logOf(to)).toEqual(logOf(root));
    expect(contentOf(join(to, "runs"))).toEqual(contentOf(join(root, "runs")));
    const copy = await openDaybook(to, { readOnly: true });
    expect([await copy.log.head(), await copy.view("runs"), (await copy.verify({ full: true })).ok]).toEqual([head, view, true]);
    await copy.close();
  });

  it("again takes what is new, and writes nothing where nothing is", async () => {
    const { root, to } = await smallRoot();
    mkdirSync(join(root, "runs/a/0001"), { recursive: true });
    writeFileSync(join(root, "runs/a/0001/one"), "1");
    const before = await backupLog(root, to);
    expect(await backupLog(root, to)).toMatchObject({ copied: 0, bytes: 0, files: 0, head: before.head });
    await writeSmallLog(root, 20, 4096);
    writeFileSync(join(root, "runs/a/0001/two"), "2");
    const after = await backupLog(root, to);
    expect(after.files).toBe(1);
    expect(after.copied).toBeLessThan(after.segments);
    expect(after.copied).toBe(after.segments - before.segments + 1);
    expect(logOf(to)).toEqual(logOf(root));
    // A file that has changed since, links, and files that are not written yet.
    writeFileSync(join(root, "runs/a/0001/one"), "one");
    utimesSync(join(root, "runs/a/0001/one"), 1, 1);
    symlinkSync("one", join(root, "runs/a/0001/link"));
    writeFileSync(join(root, "runs/a/0001/three.new"), "3");
    await backupLog(root, to);
    expect(contentOf(join(to, "runs/a/0001"))).toEqual({ one: "one", two: "2", link: "one" });
  });

  it("of the log alone leaves the files out", async () => {
    const { root, to } = await smallRoot(3);
    mkdirSync(join(root, "runs/a/0001"), { recursive: true });
    await backupLog(root, to, { logOnly: true });
    expect(readdirSync(to).sort()).toEqual(["backup.lock", "daybook.json", "log"]);
  });

  it("is refused as a copy of another daybook, or once it went its own way, or when the original went back", async () => {
    const { root, to } = await smallRoot();
    const other = await smallRoot(3);
    await backupLog(root, to);
    await expect(backupLog(other.root, to)).rejects.toMatchObject({ code: "TARGET_REFUSED" });
    const older = join(temporaryFolder(), "older");
    cpSync(root, older, { recursive: true });
    await writeSmallLog(root, 1, 4096);
    await backupLog(root, to);
    await expect(backupLog(older, to)).rejects.toMatchObject({ code: "LOG_FORKED" });
    await writeSmallLog(to, 1, 4096);
    const before = contentOf(to);
    await expect(backupLog(root, to)).rejects.toMatchObject({ code: "LOG_FORKED" });
    expect(contentOf(to)).toEqual(before);
  });

  it("of a damaged log is refused, and what was copied before stays as it was", async () => {
    const { root, to } = await smallRoot();
    await backupLog(root, to);
    const events = await readAll(to, { readOnly: true });
    await writeSmallLog(root, 30, 4096);
    const file = join(root, "log", segmentFiles(root).at(-3) as string);
    const bytes = readFileSync(file);
    bytes[Math.floor(bytes.length / 2)] = 0x21;
    writeFileSync(file, bytes);
    await expect(backupLog(root, to)).rejects.toMatchObject({ code: "LOG_CORRUPT", message: expect.stringContaining("daybook repair --to DIR") as string });
    const copy = await openDaybook(to, { readOnly: true });
    expect((await copy.verify({ full: true })).faults).toEqual([]);
    await copy.close();
    expect((await readAll(to, { readOnly: true })).slice(0, events.length)).toEqual(events);
    const fresh = join(temporaryFolder(), "fresh");
    await expect(backupLog(root, fresh)).rejects.toMatchObject({ code: "LOG_CORRUPT" });
    expect(existsSync(join(fresh, "daybook.json"))).toBe(false);
    await expect(openDaybook(fresh)).rejects.toMatchObject({ code: "LOG_CORRUPT" });
  });

  it("waits for another one to the same folder, and can be given up and gone on with", async () => {
    const { root, to } = await smallRoot();
    const [one, other] = await Promise.all([backupLog(root, to), backupLog(root, to)]);
    expect([one.copied, other.copied].sort((a, b) => a - b)).toEqual([0, one.segments]);
    const again = join(temporaryFolder(), "again");
    const controller = new AbortController();
    const given = backupLog(root, again, { signal: controller.signal, onProgress: ({ bytes, totalBytes }) => void (bytes > totalBytes / 2 && controller.abort()) });
    await expect(given).rejects.toMatchObject({ name: "AbortError" });
    expect(existsSync(join(again, "daybook.json"))).toBe(false);
    const finished = await backupLog(root, again);
    expect(finished.copied).toBeLessThan(finished.segments);
    expect(logOf(again)).toEqual(logOf(root));
  });

  it("of a repaired log, gaps and all, is the same log", async () => {
    const { root } = await smallRoot();
    const whole = join(temporaryFolder(), "whole");
    cpSync(root, whole, { recursive: true });
    const file = join(root, "log", segmentFiles(root)[1] as string);
    const bytes = readFileSync(file);
    bytes[Math.floor(bytes.length / 2)] = 0x21;
    writeFileSync(file, bytes);
    const [rescued, to] = [join(temporaryFolder(), "rescued"), join(temporaryFolder(), "copy")];
    const { lost } = await repairLog(root, rescued);
    expect(lost).toHaveLength(1);
    await backupLog(rescued, to);
    expect(logOf(to)).toEqual(logOf(rescued));
    // Not the log that it was before: the copies of the two do not mix.
    const content = contentOf(to);
    await expect(backupLog(whole, to)).rejects.toMatchObject({ code: "LOG_FORKED" });
    expect(contentOf(to)).toEqual(content);
  });

  it("is for a daybook in a folder, as it is now", async () => {
    const { root, to } = await smallRoot(3);
    const memory = await openMemoryDaybook();
    await expect(memory.backup(to)).rejects.toMatchObject({ code: "INVALID_OPTION" });
    await memory.close();
    const book = await openDaybook(root, { readOnly: true });
    const past = await book.at(2);
    await expect(past.backup(to)).rejects.toMatchObject({ code: "INVALID_OPTION" });
    expect((await book.backup(to)).head).toEqual(await book.log.head());
    await book.close();
    await expect(book.backup(to)).rejects.toMatchObject({ code: "LOG_CLOSED" });
    await expect(backupLog(join(root, "none"), join(to, "x"))).rejects.toMatchObject({ code: "LOG_NOT_FOUND" });
  });
});
