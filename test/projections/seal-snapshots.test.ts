import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openDaybookOn } from "../../src/open-daybook.js";
import { defineProjection, openDaybook } from "../../src/index.js";
import type { Daybook } from "../../src/index.js";
import { nodeFileSystem } from "../../src/log/file-system.js";
import { countingFiles } from "../support/counting-files.js";
import { copyOf, segmentFiles } from "../support/small-log.js";
import { temporaryFolder } from "../support/temporary-folder.js";

const segmentBytes = 256 * 1024;
const counts = defineProjection<"counts", number>({ name: "counts", version: 1, keys: (event) => [event.stream], evolve: (row) => (row ?? 0) + 1 });

const notes = (from: number, count: number) => Array.from({ length: count }, (_, index) => ({ stream: `note/${(from + index) % 50}`, type: "note.taken", data: { text: "x".repeat(200) } }));
const seqs = (root: string, name = "counts"): number[] => {
  const folder = join(root, "snapshots", name);
  return existsSync(folder) ? readdirSync(folder).map((file) => Number(file.slice(-27, -7))).sort((a, b) => a - b) : [];
};
const firsts = (root: string): number[] => segmentFiles(root).map((name) => parseInt(name, 10));

let unfolded: Promise<string> | undefined;

/** A copy of such a log that nobody has folded yet. */
async function unfoldedLog(): Promise<string> {
  unfolded ??= (async () => {
    const root = mkdtempSync(join(tmpdir(), "daybook-seals-"));
    await writeLog(root);
    return root;
  })();
  return copyOf(await unfolded);
}

afterAll(async () => rmSync((await unfolded) ?? "", { recursive: true, force: true }));

/** A log of 20,000 events in about 25 segments; `during` is called after every commit. */
async function writeLog(root: string, during?: (book: Daybook) => Promise<unknown>, durability: "fsync" | "os" = "os"): Promise<void> {
  await using book = await openDaybook(root, { segmentBytes, durability });
  book.registerProjection(counts);
  for (let from = 0; from < 20_000; from += 100) {
    await book.log.append(notes(from, 100));
    await during?.(book);
  }
}

/** One in every segment but the first. */
function expectOneNearEachSeal(root: string, atLeast = 15): void {
  const segments = firsts(root);
  expect(segments.length).toBeGreaterThan(atLeast);
  for (const [index, first] of segments.entries()) {
    const last = (segments[index + 1] ?? 20_001) - 1;
    // The newest segments may be too short, or hold the newest two.
    if (index === 0 || index >= segments.length - 2) continue;
    const inside = seqs(root).filter((seq) => seq >= first && seq <= last);
    expect(inside, `from ${first} to ${last}`).toHaveLength(1);
  }
}

const files = (root: string): Record<string, string> => Object.fromEntries(seqs(root).map((seq) => [seq, readFileSync(join(root, "snapshots/counts", `v1-${String(seq).padStart(20, "0")}.ndjson`), "utf8")]));

describe("a snapshot is kept near each seal", () => {
  it.each(["fsync", "os"] as const)("by a writer that folds what it appends, with durability %s", async (durability) => {
    const root = temporaryFolder();
    await writeLog(root, (book) => book.transact([counts], () => []), durability);
    expectOneNearEachSeal(root);
  });

  it("by a writer that looks at a view now and then, beside others that do not wait for the disk", async () => {
    const root = temporaryFolder();
    const long = 4 * segmentBytes;
    await using other = await openDaybookOn({ files: nodeFileSystem }, root, { segmentBytes: long, durability: "os" });
    await using book = await openDaybook(root, { segmentBytes: long });
    book.registerProjection(counts);
    for (let from = 0; from < 20_000; from += 200) {
      await other.log.append(notes(from, 200));
      await book.view("counts");
    }
    expectOneNearEachSeal(root, 4);
  });

  it("by a fold of a log that is there already, and by a rebuild, which keeps none of the old", async () => {
    const root = await unfoldedLog();
    expect(seqs(root)).toEqual([]);
    await using book = await openDaybook(root, { segmentBytes });
    book.registerProjection(counts);
    const view = await book.view("counts");
    expectOneNearEachSeal(root);
    const before = files(root);
    const forged = join(root, "snapshots/counts", "v1-00000000000000000123.ndjson");
    writeFileSync(forged, "{}");
    await book.rebuild({ check: true });
    expect(files(root)).toMatchObject(before);
    await book.rebuild();
    expect(existsSync(forged)).toBe(false);
    expectOneNearEachSeal(root);
    expect(await book.view("counts")).toEqual(view);
    expect((await book.verify({ full: true })).notes).toEqual([]);
  });

  it("of a new version of the projection too: of the old one the newest two are left", async () => {
    const root = await unfoldedLog();
    for (const version of [1, 2]) {
      await using book = await openDaybook(root, { segmentBytes });
      book.registerProjection({ ...counts, version });
      await book.view("counts");
    }
    const names = readdirSync(join(root, "snapshots/counts"));
    expect(names.filter((name) => name.startsWith("v1-"))).toHaveLength(2);
    expect(names.filter((name) => name.startsWith("v2-")).length).toBeGreaterThan(15);
  });

  it("never by who only reads", async () => {
    const root = await unfoldedLog();
    await using book = await openDaybook(root, { readOnly: true });
    book.registerProjection(counts);
    await book.view("counts");
    await using past = await book.at(15_000);
    await past.view("counts");
    expect(existsSync(join(root, "snapshots"))).toBe(false);
  });
});

describe("a view as of a moment", () => {
  it("reads about one segment of a log of many, and the same without snapshots, or with damaged ones", async () => {
    const root = temporaryFolder();
    await writeLog(root, (book) => book.transact([counts], () => []));
    const bare = copyOf(root);
    const damaged = copyOf(root);
    for (const name of readdirSync(join(bare, "snapshots/counts"))) writeFileSync(join(bare, "snapshots/counts", name), "");
    for (const name of readdirSync(join(damaged, "snapshots/counts"))) {
      const file = join(damaged, "snapshots/counts", name);
      // In a row, so that it is found out only when that is read.
      writeFileSync(file, readFileSync(file, "utf8").replace(/\["note\/7",\d/, '["note/7",9'));
    }
    for (const seq of [1234, 9_999, 15_150, 18_000]) {
      const expected = Object.fromEntries(Array.from({ length: 50 }, (_, row) => [`note/${row}`, Math.floor((seq - row - 1) / 50) + 1]));
      const read: number[] = [];
      for (const one of [root, bare, damaged]) {
        const counting = countingFiles();
        await using book = await openDaybookOn({ files: counting.files }, one, { readOnly: true });
        book.registerProjection(counts);
        await using past = await book.at(seq);
        const before = counting.read();
        expect(await past.view("counts"), `${seq}`).toEqual(expected);
        read.push(counting.read() - before);
      }
      expect(read[0], `at ${seq}`).toBeLessThan(2.5 * segmentBytes);
      if (seq > 9000) expect(read[1]).toBeGreaterThan(5 * segmentBytes);
    }
  });
});

describe("one run as of a moment", () => {
  it("reads about one segment, however many events the run has, and is the same with damaged snapshots", async () => {
    const root = temporaryFolder();
    const bytes = 64 * 1024;
    {
      await using book = await openDaybook(root, { segmentBytes: bytes });
      const uid = await book.runs.allocate("train");
      for (let step = 0; step < 6000; step += 100) {
        await Promise.all(Array.from({ length: 100 }, (_, index) => book.runs.log("train", uid, { metrics: { step: step + index } })));
      }
    }
    const damaged = copyOf(root);
    for (const name of readdirSync(join(damaged, "snapshots/runs"))) {
      const file = join(damaged, "snapshots/runs", name);
      writeFileSync(file, readFileSync(file, "utf8").replace(/"step":\d/, '"step":X'));
    }
    expect(segmentFiles(root).length).toBeGreaterThan(10);
    for (const seq of [3000, 5999]) {
      const read: number[] = [];
      for (const one of [root, damaged]) {
        const counting = countingFiles();
        await using book = await openDaybookOn({ files: counting.files }, one, { readOnly: true });
        await using past = await book.at(seq);
        const before = counting.read();
        expect((await past.runs.getRecord("train", "0001"))?.metrics, `${seq}`).toEqual({ step: seq - 2 });
        read.push(counting.read() - before);
      }
      expect(read[0], `at ${seq}`).toBeLessThan(3 * bytes);
      expect(read[1], `at ${seq}, all damaged`).toBeGreaterThan(5 * bytes);
    }
  });
});

describe("a check", () => {
  it("looks at every byte of the newest two, with `full` of all", async () => {
    const root = await unfoldedLog();
    await using book = await openDaybook(root, { segmentBytes });
    book.registerProjection(counts);
    await book.view("counts");
    const names = readdirSync(join(root, "snapshots/counts")).sort();
    for (const name of [names[3], names.at(-1)] as string[]) {
      const file = join(root, "snapshots/counts", name);
      writeFileSync(file, readFileSync(file, "utf8").replace(/\["note\/7",\d/, '["note/7",X'));
    }
    writeFileSync(join(root, "snapshots/counts", names[5] as string), "{}");
    const told = async (full: boolean): Promise<string[]> => (await book.verify({ full })).notes.map((text) => /counts\/(\S+)/.exec(text)?.[1] ?? text);
    expect(await told(false)).toEqual([names[5], names.at(-1)]);
    expect(await told(true)).toEqual([names[3], names[5], names.at(-1)]);
  });
});
