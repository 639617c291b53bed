/** How indices come and go: made at seals, made again where they are missing, never trusted against the segment. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { nodeFileSystem } from "../../../src/log/file-system.js";
import { openReadOnlySegmentLog } from "../../../src/log/open-read-only-segment-log.js";
import type { LogBackend } from "../../../src/log/port.js";
import type { ReadOnlySegmentLog } from "../../../src/log/read-only-segment-log.js";
import { requireRoot } from "../../../src/log/root.js";
import { openDaybook } from "../../../src/index.js";
import { segmentFiles, writeSmallLog } from "../../support/small-log.js";
import { durably, note, openRawLog } from "../../support/raw-log.js";
import { temporaryFolder } from "../../support/temporary-folder.js";

const indices = (root: string): string[] => (existsSync(join(root, "index")) ? readdirSync(join(root, "index")).filter((name) => name.includes(".index.")) : []);
const sealed = (root: string): string[] => segmentFiles(root).slice(0, -1).map((name) => name.replace(".ndjson", ".index.ndjson"));

async function smallLog(): Promise<string> {
  const root = temporaryFolder();
  await writeSmallLog(root, 150, 4096);
  const log = await openRawLog(root, { segmentBytes: 4096 });
  await log.seal();
  await log.close();
  return root;
}

const readOnly = (root: string): Promise<ReadOnlySegmentLog> => openReadOnlySegmentLog(root, requireRoot(nodeFileSystem, root), { lockTimeoutMs: 5000 });

async function found(log: LogBackend, stream: string): Promise<number[]> {
  const seqs: number[] = [];
  for await (const { seq } of log.find?.({ stream, from: 1, to: Infinity }) ?? []) seqs.push(seq);
  return seqs;
}

describe("an index", () => {
  it("is made for each segment that is sealed", async () => {
    const root = await smallLog();
    expect(sealed(root).length).toBeGreaterThan(3);
    expect(indices(root)).toEqual(sealed(root));
  });

  it("that is missing is made by the next writer, byte for byte; not by a reader", async () => {
    const root = await smallLog();
    const all = indices(root);
    const before = all.map((name) => readFileSync(join(root, "index", name), "utf8"));
    rmSync(join(root, "index"), { recursive: true });
    const reader = await readOnly(root);
    expect(await found(reader, "note/7")).toEqual([14, 15]);
    await reader.close();
    expect(indices(root)).toEqual([]);
    const writer = await openRawLog(root, { segmentBytes: 4096 });
    await writer.seal();
    await writer.close();
    expect(indices(root)).toEqual(all);
    expect(all.map((name) => readFileSync(join(root, "index", name), "utf8"))).toEqual(before);
  });

  it("that is torn is passed over, and made anew by a rebuild, and by the writer who meets it", async () => {
    const root = await smallLog();
    const [first = "", second = ""] = indices(root).map((name) => join(root, "index", name));
    const whole = [readFileSync(first, "utf8"), readFileSync(second, "utf8")];
    writeFileSync(first, (whole[0] as string).slice(0, 100));
    const book = await openDaybook(root);
    await book.rebuild({ check: true });
    expect(readFileSync(first, "utf8")).toHaveLength(100);
    await book.rebuild();
    expect(readFileSync(first, "utf8")).toBe(whole[0]);
    await book.close();
    writeFileSync(second, (whole[1] as string).replace(/"b0/, '"b1'));
    const log = await openRawLog(root, { segmentBytes: 4096 });
    expect((await found(log, "note")).length).toBe((await log.head()).seq);
    // It is being made now.
    await new Promise((resolve) => setImmediate(resolve));
    await log.seal();
    expect(readFileSync(second, "utf8")).toBe(whole[1]);
    await log.close();
  });

  it("of another digest than the manifest's is ignored", async () => {
    const root = await smallLog();
    const [first = ""] = indices(root).map((name) => join(root, "index", name));
    const text = readFileSync(first, "utf8");
    const digest = /"sha256":"([0-9a-f])/.exec(text)?.[1] as string;
    writeFileSync(first, text.replace(`"sha256":"${digest}`, `"sha256":"${digest === "0" ? "1" : "0"}`));
    const log = await readOnly(root);
    expect(await found(log, "note/0")).toEqual([1]);
    await log.close();
  });

  it("does not cover up damage: a changed byte of a line that it leads to is reported, where it is", async () => {
    const root = await smallLog();
    const file = join(root, "log", segmentFiles(root)[1] as string);
    const bytes = readFileSync(file);
    const stream = /"stream":"(note\/\d+)"/.exec(bytes.toString("utf8"))?.[1] as string;
    const at = bytes.indexOf("grün");
    bytes[at] = (bytes[at] as number) ^ 1;
    writeFileSync(file, bytes);
    const log = await openRawLog(root, { segmentBytes: 4096, verifyBytes: 1 });
    await expect(found(log, stream)).rejects.toMatchObject({ code: "LOG_CORRUPT", segment: segmentFiles(root)[1] });
    await log.close();
    const reader = await readOnly(root);
    expect(await found(reader, stream)).toEqual([]);
    expect(reader.damage).toMatchObject({ code: "LOG_CORRUPT", segment: segmentFiles(root)[1] });
    // From now on everything is served up to the damage, and nothing behind it.
    expect((await found(reader, "note")).length).toBe((reader.damage?.seq ?? 0) - 1);
    await reader.close();
  });

  it("that was left unfinished goes with the next writer who makes one, unless it is being written", async () => {
    const root = await smallLog();
    mkdirSync(join(root, "index"), { recursive: true });
    const [old, young] = ["old.index.ndjson.1.new", "young.index.ndjson.2.new"].map((name) => join(root, "index", name)) as [string, string];
    for (const file of [old, young]) writeFileSync(file, "half");
    utimesSync(old, new Date(Date.now() - 3_600_000), new Date(Date.now() - 3_600_000));
    rmSync(join(root, "index", indices(root).filter((name) => !name.endsWith(".new"))[0] as string));
    const log = await openRawLog(root, { segmentBytes: 4096 });
    await log.seal();
    await log.close();
    expect([existsSync(old), existsSync(young)]).toEqual([false, true]);
  });

  it("that cannot even be looked for keeps nobody from opening the log, looking things up and rebuilding", async () => {
    const root = await smallLog();
    rmSync(join(root, "index"), { recursive: true });
    writeFileSync(join(root, "index"), "no folder");
    for (const readOnly of [true, false]) {
      const book = await openDaybook(root, { readOnly });
      const seqs: number[] = [];
      for await (const { seq } of book.log.read({ stream: "note/7" })) seqs.push(seq);
      expect(seqs).toEqual([14, 15]);
      const { time } = await book.log.head();
      expect((await (await book.at(time as string)).log.head()).seq).toBe((await book.log.head()).seq);
      expect((await (await book.at(100)).log.head()).seq).toBe(100);
      if (!readOnly) expect(await book.rebuild()).toMatchObject({ ok: true });
      await book.close();
    }
  });
});

describe("the seq of a time", () => {
  it.each([
    ["is missing", "LOG_CORRUPT", (file: string) => rmSync(file)],
    ["cannot be read", "READ_FAILED", (file: string) => (rmSync(file), mkdirSync(file))],
  ])("in a segment that %s is a typed error", async (_, code, hurt) => {
    const root = temporaryFolder();
    let now = Date.UTC(2026, 0, 1);
    const writer = await openRawLog(root, { segmentBytes: 4096, nowMs: now });
    for (let number = 0; number < 60; number += 1) await writer.append([note(number, "x".repeat(200))], { ...durably, durability: "os", clock: () => (now += 1000) });
    await writer.seal();
    const [, , third = ""] = segmentFiles(root);
    const { from } = JSON.parse(readFileSync(join(root, "log", "manifest.ndjson"), "utf8").split("\n")[2] as string) as { readonly from: string };
    const reader = await readOnly(root);
    await reader.head();
    hurt(join(root, "log", third));
    for (const log of [writer, reader]) {
      const answer = log.lastSeqAt(from);
      if (log === writer || code === "READ_FAILED") await expect(answer).rejects.toMatchObject({ code });
      // Read-only, what comes before is served.
      else expect(await answer).toBe(Number(third.slice(0, 20)) - 1);
      await log.close();
    }
  });
});
