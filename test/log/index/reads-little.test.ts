/** What looking something up costs: bytes that are read of segments and of indices. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nodeFileSystem } from "../../../src/log/file-system.js";
import { openReadOnlySegmentLog } from "../../../src/log/open-read-only-segment-log.js";
import type { ReadOnlySegmentLog } from "../../../src/log/read-only-segment-log.js";
import { requireRoot } from "../../../src/log/root.js";
import { countingFiles } from "../../support/counting-files.js";
import { durably, openRawLog } from "../../support/raw-log.js";

const root = mkdtempSync(join(tmpdir(), "daybook-lookup-"));
const count = 20_000;
const start = Date.UTC(2026, 0, 1);
const text = "x".repeat(100);
let segments = 0;
let size = 0;

/** 20,000 events of 2,000 runs, ten at a time, in segments of about 512 KiB. */
beforeAll(async () => {
  let now = start;
  const log = await openRawLog(root, { segmentBytes: 512 * 1024, nowMs: start });
  for (let first = 0; first < count; first += 50) {
    now += 50;
    await log.append(
      Array.from({ length: 50 }, (_, index) => ({ stream: streamOf(first + index), type: "run.noted", v: 1, data: { number: first + index, text } })),
      { ...durably, durability: "os", clock: () => now },
    );
  }
  await log.seal();
  await log.close();
  const files = readdirSync(join(root, "log")).filter((name) => /^\d/.test(name));
  segments = files.length;
  size = files.reduce((sum, name) => sum + (nodeFileSystem.statSync(join(root, "log", name))?.size ?? 0), 0);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const streamOf = (number: number): string => `run/train/${String(Math.floor(number / 100) * 10 + (number % 10)).padStart(4, "0")}`;

async function opened(part: string): Promise<{ readonly log: ReadOnlySegmentLog; readonly read: () => number }> {
  const counted = countingFiles(part);
  const log = await openReadOnlySegmentLog(root, requireRoot(nodeFileSystem, root), { lockTimeoutMs: 5000, files: counted.files });
  await log.head();
  const before = counted.read();
  return { log, read: () => counted.read() - before };
}

describe("in a log of many sealed segments", () => {
  it("the history of a run reads some pages of the segments that have it, and nothing of others", async () => {
    const { log, read } = await opened("/log/0");
    const seqs: number[] = [];
    for await (const { seq } of log.find({ stream: streamOf(5000), from: 1, to: count - 3000 })) seqs.push(seq);
    expect(seqs).toEqual(Array.from({ length: 10 }, (_, index) => 5001 + index * 10));
    expect(segments).toBeGreaterThan(6);
    expect(read()).toBeLessThan(64 * 1024);
    await log.close();
  });

  it("and a few kilobytes of each index", async () => {
    const { log, read } = await opened(".index.");
    let found = 0;
    for await (const event of log.find({ stream: streamOf(5000), from: 1, to: count - 3000 })) found += event.seq > 0 ? 1 : 0;
    expect(found).toBe(10);
    expect(read()).toBeGreaterThan(0);
    expect(read()).toBeLessThan(segments * 26 * 1024);
    await log.close();
  });

  it("a reader that begins in the middle of a segment, and the seq of a time, read no more than a place lies apart", async () => {
    const { log, read } = await opened("/log/0");
    for (const seq of [7000, 9999, 12_345]) {
      const before = read();
      const reader = await log.reader(seq);
      let batch = reader.pull();
      while (batch?.events.length === 0) batch = reader.pull();
      expect(batch?.events[0]?.seq).toBe(seq + 1);
      reader.close();
      expect(read() - before).toBeLessThan(300 * 1024);
    }
    const before = read();
    expect(await log.lastSeqAt(new Date(start + 10_000).toISOString())).toBe(10_000);
    expect(await log.lastSeqAt(new Date(start + 10_049).toISOString())).toBe(10_000);
    expect(await log.lastSeqAt(new Date(start + 49).toISOString())).toBe(0);
    expect(read() - before).toBeLessThan(size / 4);
    await log.close();
  });
});
