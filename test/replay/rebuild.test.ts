import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openDaybookOn } from "../../src/open-daybook.js";
import { defineProjection, openDaybook } from "../../src/index.js";
import type { Daybook } from "../../src/index.js";
import { countingFiles } from "../support/counting-files.js";
import { temporaryFolder } from "../support/temporary-folder.js";

const counts = defineProjection<"counts", number>({
  name: "counts",
  version: 1,
  types: ["note.taken"],
  keys: (event) => [event.stream],
  evolve: (row) => (row ?? 0) + 1,
});

const total = defineProjection<"total", number>({ name: "total", version: 1, initialState: 0, evolve: (count) => count + 1 });

/** Forgets, like a release with a bug, every event that is folded while `broken.now`. */
const broken = { now: false };
const forgetful = defineProjection<"forgetful", number>({
  name: "forgetful",
  version: 1,
  types: ["note.taken"],
  keys: (event) => [event.stream],
  evolve: (row) => (broken.now ? row : (row ?? 0) + 1),
});

const notes = (from: number, count: number, text = "") =>
  Array.from({ length: count }, (_, index) => ({ stream: `note/${from + index}`, type: "note.taken", data: { text } }));

const logBytes = (root: string): number => readdirSync(join(root, "log")).reduce((sum, name) => sum + statSync(join(root, "log", name)).size, 0);

/** A log of about 4 MB in commits of some 20 KB. */
async function bigRoot(): Promise<string> {
  const root = temporaryFolder();
  await using book = await openDaybook(root, { durability: "os" });
  for (let index = 0; index < 200; index += 1) await book.log.append(notes(index % 7, 20, "x".repeat(1000)));
  return root;
}

async function openCounting(root: string): Promise<{ readonly book: Daybook; readonly read: () => number }> {
  const { files, read } = countingFiles();
  const book = await openDaybookOn({ files }, root);
  for (const projection of [counts, total]) book.registerProjection(projection);
  return { book, read };
}

describe("a rebuild", () => {
  it("reads the log once, whether its projections were folded before or not, and what it folded serves on", async () => {
    const root = await bigRoot();
    const { book, read } = await openCounting(root);
    const size = logBytes(root);
    // Of batches that end within a commit, its beginning is read again.
    const once = size * 1.1;
    for (const served of [false, true]) {
      const before = read();
      const report = await book.rebuild();
      expect(report).toMatchObject({ ok: true, seq: 4000 });
      expect(report.projections.map(({ name }) => name)).toEqual(expect.arrayContaining(["runs", "counts", "total"]));
      expect(read() - before, `served before: ${served}`).toBeGreaterThanOrEqual(size * 0.9);
      expect(read() - before, `served before: ${served}`).toBeLessThan(once);
    }
    const rebuilt = read();
    expect(await book.view("total")).toBe(4000);
    expect(Object.keys((await book.view("counts")) as object)).toHaveLength(26);
    expect(read() - rebuilt).toBeLessThan(size * 0.1);
    await book.close();
  });

  it("of nothing that was served compares nothing, and folds everything that was not asked for before", async () => {
    const root = temporaryFolder();
    await using book = await openDaybook(root);
    book.registerProjection(counts);
    await book.log.append(notes(0, 5));
    expect(await book.rebuild({ check: true, projections: ["counts", "counts"] })).toEqual({
      ok: true,
      seq: 5,
      threads: 1,
      projections: [{ name: "counts", rows: 5, unknown: 0, drift: [], failure: undefined }],
    });
  });

  it("compares as of one seq, while others append behind it, and then serves what they appended too", async () => {
    const root = await bigRoot();
    await using book = await openDaybook(root, { durability: "os" });
    for (const projection of [counts, total, forgetful]) book.registerProjection(projection);
    broken.now = true;
    await book.view("forgetful");
    broken.now = false;
    await book.view("total");
    const appending: Promise<unknown>[] = [];
    const seen: number[] = [];
    const report = await book.rebuild({
      onProgress: ({ events, total: all }) => {
        seen.push(events);
        expect(all).toBe(4000);
        appending.push(book.transact([total], ({ total: count }) => [{ stream: "late/1", type: "note.taken", data: { count } }]));
      },
    });
    await Promise.all(appending);
    expect(seen.at(-1)).toBe(4000);
    expect(seen.length).toBeGreaterThan(2);
    const drift = report.projections.find(({ name }) => name === "forgetful")?.drift ?? [];
    expect(drift).toHaveLength(26);
    expect(drift[0]).toEqual({ path: "/note~10", before: undefined, after: 29 });
    for (const { name, drift: found } of report.projections) if (name !== "forgetful") expect(found, name).toEqual([]);
    expect(await book.view("total")).toBe(4000 + seen.length);
    expect(await book.view("forgetful")).toMatchObject({ "note/0": 29, "late/1": seen.length });
    const decided: number[] = [];
    for await (const { stream, data } of book.log.read()) if (stream === "late/1") decided.push((data as { count: number }).count);
    expect(decided).toEqual(seen.map((_, index) => 4000 + index));
  });

  it("that is given up leaves what was served", async () => {
    const root = await bigRoot();
    await using book = await openDaybook(root);
    book.registerProjection(counts);
    const before = await book.view("counts");
    const giveUp = new AbortController();
    const given = book.rebuild({ signal: giveUp.signal, onProgress: () => giveUp.abort(new Error("enough")) });
    await expect(given).rejects.toThrow("enough");
    expect(await book.view("counts")).toEqual(before);
    await book.log.append(notes(0, 1));
    expect(await book.view("counts")).toMatchObject({ "note/1": 58, "note/0": 30 });
  });
});
