import { cpSync, closeSync, ftruncateSync, openSync, readFileSync, readdirSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openReadOnlySegmentLog } from "../../src/log/open-read-only-segment-log.js";
import { nodeFileSystem } from "../../src/log/file-system.js";
import { requireRoot } from "../../src/log/root.js";
import type { SegmentLog } from "../../src/log/segment-log.js";
import { countingFiles } from "../support/counting-files.js";
import { faultyFiles } from "../support/faulty-files.js";
import { durably, note, openRawLog } from "../support/raw-log.js";
import { activeSegment, readAll, segmentFiles } from "../support/small-log.js";
import { temporaryFolder } from "../support/temporary-folder.js";

/** Longer than the row behind which zeros are written. */
const row = 12;

async function appendAlone(log: SegmentLog, count: number, from = 0): Promise<void> {
  for (let number = 0; number < count; number += 1) await log.append([note(from + number, "grün 🌱")], durably);
}

/** Where the zeros begin. */
const contentEnd = (segment: string): number => statSync(segment).size - zerosOf(segment);

/** Bytes that are zero at the end of a file. */
function zerosOf(file: string): number {
  const bytes = readFileSync(file);
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return bytes.length - end;
}

const seqs = async (root: string): Promise<number[]> => (await readAll(root, { readOnly: true })).map(({ seq }) => seq);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

function overwrite(file: string, at: number, text: string): void {
  const fd = openSync(file, "r+");
  writeSync(fd, text, at);
  closeSync(fd);
}

/** A root as a writer leaves it that was killed with zeros written ahead; `end` is where they begin. */
async function killedInPadding(): Promise<{ killed: string; segment: string; end: number }> {
  const root = temporaryFolder();
  const log = await openRawLog(root);
  await appendAlone(log, row);
  const killed = temporaryFolder();
  cpSync(root, killed, { recursive: true });
  await log.close();
  const segment = activeSegment(killed);
  return { killed, segment, end: contentEnd(segment) };
}

describe("durable appends of one caller after another", () => {
  it("go into zeros that were written ahead, and closing cuts off the rest", async () => {
    const root = temporaryFolder();
    const log = await openRawLog(root);
    await appendAlone(log, row);
    const segment = activeSegment(root);
    const padded = statSync(segment).size;
    expect(zerosOf(segment)).toBeGreaterThan(60_000);
    await appendAlone(log, row, row);
    expect(statSync(segment).size).toBe(padded);
    expect(await seqs(root)).toEqual(upTo(2 * row));
    expect(await log.verify({ full: true })).toMatchObject({ ok: true, events: 2 * row, notes: [] });
    await log.close();
    expect(zerosOf(segment)).toBe(0);
    expect(await seqs(root)).toEqual(upTo(2 * row));
  });

  it("write zeros again once they are used up, and none beyond a segment's length", async () => {
    const root = temporaryFolder();
    const log = await openRawLog(root, { segmentBytes: 100_000 });
    await appendAlone(log, 700);
    const sizes = readdirSync(join(root, "log")).filter((name) => name.endsWith(".ndjson") && name !== "manifest.ndjson").map((name) => statSync(join(root, "log", name)).size);
    expect(sizes).toHaveLength(2);
    for (const size of sizes) expect(size).toBeLessThan(100_500);
    await log.close();
    expect(await seqs(root)).toEqual(upTo(700));
    const again = await openRawLog(root);
    await again.seal();
    expect(await again.verify({ full: true })).toMatchObject({ ok: true, events: 700, faults: [] });
    await again.close();
  });

  it("do not ask for the size of the file: that would make each sync wait for its inode", async () => {
    const { files, calls } = faultyFiles(() => undefined);
    const log = await openRawLog(temporaryFolder(), { files });
    await appendAlone(log, row);
    calls.length = 0;
    await appendAlone(log, 5, row);
    expect(calls.filter((call) => call === "fstatSync")).toEqual([]);
    await log.close();
  });

  it("share the zeros with other writers", async () => {
    const root = temporaryFolder();
    const [one, other] = [await openRawLog(root), await openRawLog(root)];
    await appendAlone(one, row);
    for (let number = 0; number < 300; number += 1) await appendAlone(number % 3 === 0 ? other : one, 1, number);
    await other.append([note(1, "x".repeat(100_000))], durably);
    await appendAlone(one, row);
    await one.close();
    await appendAlone(other, row);
    await other.close();
    expect(zerosOf(activeSegment(root))).toBe(0);
    expect(await seqs(root)).toEqual(upTo(3 * row + 301));
  });

  it("leave the zeros to the next process where they were killed", async () => {
    const root = temporaryFolder();
    const log = await openRawLog(root);
    await appendAlone(log, row);
    const killed = temporaryFolder();
    cpSync(root, killed, { recursive: true });
    await log.close();
    const next = await openRawLog(killed);
    await appendAlone(next, 3, row);
    expect(zerosOf(activeSegment(killed))).toBeGreaterThan(50_000);
    await next.close();
    expect(zerosOf(activeSegment(killed))).toBe(0);
    expect(readdirSync(killed)).not.toContain("quarantine");
    expect(await seqs(killed)).toEqual(upTo(row + 3));
  });

  it("torn in the middle are recovered, behind what was acknowledged", async () => {
    const root = temporaryFolder();
    const log = await openRawLog(root);
    await appendAlone(log, row);
    const killed = temporaryFolder();
    cpSync(root, killed, { recursive: true });
    await log.close();
    const segment = activeSegment(killed);
    const end = contentEnd(segment);
    const fd = openSync(segment, "r+");
    writeSync(fd, `{"seq":${row + 1},"time":"2026`, end);
    closeSync(fd);
    const next = await openRawLog(killed);
    await appendAlone(next, 1, row);
    await next.close();
    const events = await readAll(killed, { readOnly: true });
    expect(events.map(({ seq }) => seq)).toEqual(upTo(row + 2));
    expect(events.at(-2)).toMatchObject({ type: "log.recovered", data: { offset: end } });
  });

  it("are acknowledged also where there is no room for zeros", async () => {
    const root = temporaryFolder();
    let refused = 0;
    const { files } = faultyFiles((call, _index, args) => {
      if (call !== "writeSync" || (args[3] as number) < 50_000) return undefined;
      refused += 1;
      return { short: 20_000, error: "ENOSPC" };
    });
    const log = await openRawLog(root, { files });
    await appendAlone(log, 3 * row);
    expect(refused).toBeGreaterThan(1);
    expect(refused).toBeLessThan(5);
    expect(zerosOf(activeSegment(root))).toBe(0);
    await log.close();
    expect(await seqs(root)).toEqual(upTo(3 * row));
  });

  it("are seen by those who follow without reading the zeros again", async () => {
    const root = temporaryFolder();
    const log = await openRawLog(root);
    await appendAlone(log, row);
    const { files, read } = countingFiles();
    const follower = await openReadOnlySegmentLog(root, requireRoot(files, root), { lockTimeoutMs: 1000, files });
    const reader = await follower.reader(row);
    while (reader.pull() !== undefined) continue;
    const before = read();
    for (let number = 0; number < 50; number += 1) {
      await appendAlone(log, 1, row + number);
      expect(reader.pull()?.events.map(({ seq }) => seq)).toEqual([row + number + 1]);
      expect(reader.pull()).toBeUndefined();
      expect(reader.suspect).toBe(false);
    }
    expect(read() - before).toBeLessThan(50 * 5000);
    await log.close();
    // The zeros are gone.
    expect(reader.pull()).toBeUndefined();
    expect(reader.suspect).toBe(false);
    reader.close();
    await follower.close();
  });

  it("write none where many callers share a commit, and none where nobody waits for the disk", async () => {
    const root = temporaryFolder();
    const log = await openRawLog(root);
    for (let round = 0; round < row; round += 1) await Promise.all(Array.from({ length: 64 }, (_, number) => log.append([note(number)], durably)));
    for (let round = 0; round < 3 * row; round += 1) await log.append([note(round)], { ...durably, durability: round % 2 === 0 ? "os" : "fsync" });
    expect(zerosOf(activeSegment(root))).toBe(0);
    await log.close();
  });

  it("notice that somebody else has cut off the zeros", async () => {
    const root = temporaryFolder();
    const log = await openRawLog(root);
    await appendAlone(log, row);
    const segment = activeSegment(root);
    const fd = openSync(segment, "r+");
    ftruncateSync(fd, contentEnd(segment));
    closeSync(fd);
    await appendAlone(log, 3, row);
    expect(await log.verify({ full: true })).toMatchObject({ ok: true, events: row + 3 });
    await log.close();
    expect(await seqs(root)).toEqual(upTo(row + 3));
  });

  it("are followed by a reader that tells one tail over the same zeros from another", async () => {
    const { killed, segment, end } = await killedInPadding();
    overwrite(segment, end, `{"seq":${row + 1},"time":"2026,"sync":1,"hash":"0123456789abcdef"}\n`);
    const size = statSync(segment).size;
    const follower = await openReadOnlySegmentLog(killed, requireRoot(nodeFileSystem, killed), { lockTimeoutMs: 1000 });
    expect((await follower.head()).seq).toBe(row);
    const reader = await follower.reader(row);
    while (reader.pull() !== undefined) continue;
    await follower.confirm(reader);
    expect(follower.damage).toBeUndefined();
    const next = await openRawLog(killed);
    await appendAlone(next, row);
    expect(statSync(segment).size).toBe(size);
    // Of the first commit behind the place where both stand; later ones vouch for it.
    overwrite(segment, end + 30, "##");
    expect(reader.pull()).toBeUndefined();
    expect(reader.suspect).toBe(true);
    await follower.confirm(reader);
    expect(follower.damage).toMatchObject({ code: "LOG_CORRUPT", seq: row + 1 });
    await next.close();
    reader.close();
    await follower.close();
  });

  it("are followed by heads that tell of damage behind a place where a tail was torn before", async () => {
    const { killed, segment, end } = await killedInPadding();
    overwrite(segment, end, `{"seq":${row + 1},"time":"2026,"sync":1,"hash":"0123456789abcdef"}\n`);
    const size = statSync(segment).size;
    const follower = await openReadOnlySegmentLog(killed, requireRoot(nodeFileSystem, killed), { lockTimeoutMs: 1000 });
    expect((await follower.head()).seq).toBe(row);
    const next = await openRawLog(killed);
    await appendAlone(next, row);
    const damaged = contentEnd(segment);
    await appendAlone(next, 3, row);
    expect(statSync(segment).size).toBe(size);
    overwrite(segment, damaged + 30, "##");
    // The announcement of the torn tail takes a seq, too.
    expect((await follower.head()).seq).toBe(2 * row + 1);
    expect(follower.damage).toMatchObject({ code: "LOG_CORRUPT", seq: 2 * row + 2 });
    await next.close();
    await follower.close();
  });

  it("are refused where the last commit is not as it was: nobody could read what continues on it", async () => {
    const root = temporaryFolder();
    const log = await openRawLog(root);
    await appendAlone(log, row);
    const segment = activeSegment(root);
    const end = contentEnd(segment);
    // Two digits of its hash.
    overwrite(segment, end - 10, "zz");
    await expect(log.append([note(row)], durably)).rejects.toMatchObject({ code: "LOG_CORRUPT", offset: end, seq: row + 1 });
    expect(readdirSync(root)).not.toContain("quarantine");
    await log.close();
    expect(contentEnd(segment)).toBe(end);
  });

  it("are cut off durably before their segment is closed: fdatasync need not keep that a file has become shorter", async () => {
    const { killed, end } = await killedInPadding();
    const first = activeSegment(killed);
    const { files, calls } = faultyFiles(() => undefined);
    const log = await openRawLog(killed, { files, segmentBytes: end });
    calls.length = 0;
    await appendAlone(log, 1);
    expect(segmentFiles(killed)).toHaveLength(2);
    expect(statSync(first).size).toBe(end);
    expect(calls[calls.indexOf("ftruncateSync") + 1]).toBe("fsyncSync");
    await log.close();
  });
});
