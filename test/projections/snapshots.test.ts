import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openDaybookOn } from "../../src/open-daybook.js";
import { defineProjection, isDaybookError, openDaybook } from "../../src/index.js";
import type { Head, Json, Rows } from "../../src/index.js";
import { countingFiles } from "../support/counting-files.js";
import { forgeSnapshot } from "../support/forge-snapshot.js";
import { temporaryFolder } from "../support/temporary-folder.js";

/** A log with so many runs that closing it leaves snapshots. */
async function rootWithSnapshots(identifier: string): Promise<string> {
  const root = temporaryFolder();
  const book = await openDaybook(root, { durability: "os" });
  await Promise.all(Array.from({ length: 600 }, (_, index) => book.runs.allocate(identifier, { params: { index } })));
  await book.runs.log(identifier, "0001", { status: "DONE", metrics: { loss: 0.5 } });
  // A durable append makes all before it durable: snapshots are of durable events only.
  await book.log.append({ stream: "note/1", type: "note.taken", data: {} }, { durability: "fsync" });
  await book.view("runs");
  await book.close();
  expect(snapshotFiles(root, "runs")).toHaveLength(1);
  return root;
}

const snapshotFiles = (root: string, name: string): string[] => {
  const folder = join(root, "snapshots", name);
  return existsSync(folder) ? readdirSync(folder).map((file) => join(folder, file)) : [];
};

async function viewOf(root: string, name = "runs", readOnly = true): Promise<{ view: Json; notes: readonly string[] }> {
  const book = await openDaybook(root, { readOnly });
  const result = { view: await book.view(name), notes: (await book.verify()).notes };
  await book.close();
  return result;
}

describe("snapshots", () => {
  it("may be deleted, and the views are the same", async () => {
    const root = await rootWithSnapshots("train");
    const { view } = await viewOf(root);
    rmSync(join(root, "snapshots"), { recursive: true });
    expect((await viewOf(root)).view).toEqual(view);
  });

  it("of another log are ignored and reported", async () => {
    const [root, other] = [await rootWithSnapshots("train"), await rootWithSnapshots("eval")];
    const { view } = await viewOf(root);
    rmSync(join(root, "snapshots"), { recursive: true });
    cpSync(join(other, "snapshots"), join(root, "snapshots"), { recursive: true });
    const after = await viewOf(root);
    expect(after.view).toEqual(view);
    expect(after.notes.join()).toContain("is of another daybook");
  });

  it("of a history that this log does not have are ignored and reported", async () => {
    const root = await rootWithSnapshots("train");
    const { view } = await viewOf(root);
    const [file = ""] = snapshotFiles(root, "runs");
    // A snapshot that says of itself it stands elsewhere; with its own hash made right again.
    forgeSnapshot(file, (text) => text.replace(/"token":"[0-9a-f]{16}"/, '"token":"0123456789abcdef"'));
    const after = await viewOf(root);
    expect(after.view).toEqual(view);
    expect(after.notes.join()).toContain("does not match this log");
  });

  it("that are torn or altered are ignored", async () => {
    const root = await rootWithSnapshots("train");
    const { view } = await viewOf(root);
    const [file = ""] = snapshotFiles(root, "runs");
    const whole = readFileSync(file);
    for (const damaged of [whole.subarray(0, whole.length - 10), Buffer.alloc(0), Buffer.concat([whole.subarray(0, 400), Buffer.from("X"), whole.subarray(401)])]) {
      writeFileSync(file, damaged);
      expect((await viewOf(root)).view).toEqual(view);
    }
  });

  it("of an older version of a projection are ignored", async () => {
    const root = temporaryFolder();
    const counting = (version: number, step: number) =>
      defineProjection<"counts", number>({ name: "counts", version, initialState: 0, evolve: (count) => count + step });
    const first = await openDaybook(root);
    first.registerProjection(counting(1, 1));
    for (let index = 0; index < 600; index += 1) await first.log.append({ stream: "n/1", type: "n.counted", data: {} }, { durability: index % 100 === 99 ? "fsync" : "os" });
    expect(await first.view("counts")).toBe(600);
    await first.close();
    expect(snapshotFiles(root, "counts")).toHaveLength(1);

    const second = await openDaybook(root);
    second.registerProjection(counting(2, 10));
    expect(await second.view("counts")).toBe(6000);
    await second.close();
  });

  it("are used: a row that only the snapshot has is served", async () => {
    const root = await rootWithSnapshots("train");
    const [file = ""] = snapshotFiles(root, "runs");
    forgeSnapshot(file, (text) => text.replace('"loss":0.5', '"loss":0.7'));
    const book = await openDaybook(root);
    expect((await book.runs.getRecord("train", "0001"))?.metrics).toEqual({ loss: 0.7 });
    // And a rebuild finds what the log does not say.
    const report = await book.rebuild();
    expect(report.ok).toBe(false);
    expect(report.projections.find(({ name }) => name === "runs")?.drift).toEqual([{ path: "/run~1train~10001/metrics/loss", before: 0.7, after: 0.5 }]);
    expect((await book.runs.getRecord("train", "0001"))?.metrics).toEqual({ loss: 0.5 });
    await book.close();
  });
});

describe("a snapshot of which only a part is damaged", () => {
  function damageRow(file: string, uid: string): void {
    const bytes = readFileSync(file);
    bytes[bytes.indexOf(`"uid":"${uid}"`) + 8] = "7".charCodeAt(0);
    writeFileSync(file, bytes);
  }

  async function recordOf(root: string, uid: string): Promise<unknown> {
    const book = await openDaybook(root, { readOnly: true });
    const record = await book.runs.getRecord("train", uid);
    await book.close();
    return record;
  }

  /** The block of the last run is damaged; the rest of the file, its index included, is not. */
  async function rootWithDamage(): Promise<string> {
    const root = await rootWithSnapshots("train");
    const [file = ""] = snapshotFiles(root, "runs");
    damageRow(file, "0600");
    return root;
  }

  it("serves the rest of it, and nothing of that part", async () => {
    const root = await rootWithDamage();
    const book = await openDaybook(root, { readOnly: true });
    expect(await book.runs.getRecord("train", "0001")).toMatchObject({ uid: "0001", metrics: { loss: 0.5 } });
    expect(await book.runs.getRecord("train", "0600")).toMatchObject({ uid: "0600", params: { index: 599 } });
    expect(await book.runs.getRecord("train", "0601")).toBeUndefined();
    expect((await book.verify()).notes).toEqual([expect.stringContaining("does not match its hash")]);
    expect(await book.runs.list()).toHaveLength(600);
    await book.close();
  });

  it("does so for all who ask at once", async () => {
    const root = await rootWithDamage();
    const book = await openDaybook(root, { readOnly: true });
    const uids = Array.from({ length: 600 }, (_, index) => String(index + 1).padStart(4, "0"));
    const records = await Promise.all(uids.map((uid) => book.runs.getRecord("train", uid)));
    expect(records.map((record) => record?.uid)).toEqual(uids);
    await book.close();
  });

  it("is not decided on, nor folded on", async () => {
    const root = await rootWithDamage();
    const book = await openDaybook(root);
    const outcomes = await Promise.all([
      book.runs.log("train", "0600", { note: "seen" }),
      book.runs.log("train", "0002", { note: "seen" }),
      book.runs.allocate("train"),
      expect(book.runs.log("train", "0700", { note: "seen" })).rejects.toMatchObject({ code: "RUN_NOT_FOUND" }),
    ]);
    expect(outcomes[2]).toBe("0601");
    const reread = await openDaybook(root, { readOnly: true });
    // What was appended behind the snapshot touches its damaged part.
    expect(await reread.runs.getRecord("train", "0600")).toMatchObject({ uid: "0600", note: "seen", params: { index: 599 } });
    expect(await reread.view("runs")).toEqual(await book.view("runs"));
    expect((await book.rebuild()).ok).toBe(true);
    await reread.close();
    await book.close();
  });

  it("is not decided on either where the decision catches the error that tells of it", async () => {
    const root = await rootWithDamage();
    const book = await openDaybook(root);
    const { seq } = await book.log.head();
    const { result } = await book.transact(["runs"], ({ runs }) => {
      let seen: unknown;
      try {
        seen = (runs as Rows<Json>).get("run/train/0600");
      } catch {
        seen = undefined;
      }
      return { events: seen === undefined ? [{ stream: "note/2", type: "note.taken", data: { missing: "0600" } }] : [], result: seen };
    });
    expect(result).toMatchObject({ uid: "0600", params: { index: 599 } });
    expect((await book.log.head()).seq).toBe(seq);
    await book.close();
  });

  it("gives way to an older one that is whole", async () => {
    const root = await rootWithSnapshots("train");
    const writer = await openDaybook(root, { durability: "os" });
    await Promise.all(Array.from({ length: 700 }, (_, index) => writer.runs.log("train", "0001", { note: String(index) })));
    await writer.log.append({ stream: "note/1", type: "note.taken", data: {} }, { durability: "fsync" });
    await writer.view("runs");
    await writer.close();
    const [older = "", newer = ""] = snapshotFiles(root, "runs").sort();
    // The older one says something of its own, so that it shows when it serves.
    forgeSnapshot(older, (text) => text.replace('"index":599', '"index":1599'));
    expect(await recordOf(root, "0600")).toMatchObject({ params: { index: 599 } });
    damageRow(newer, "0600");
    expect(await recordOf(root, "0600")).toMatchObject({ params: { index: 1599 } });
    expect(await recordOf(root, "0001")).toMatchObject({ note: "699" });
    damageRow(older, "0600");
    expect(await recordOf(root, "0600")).toMatchObject({ params: { index: 599 } });
  });
});

describe("one record beside a snapshot", () => {
  it("reads a part of the snapshot, and all of it only when much is asked for", async () => {
    const root = await rootWithSnapshots("train");
    const size = snapshotFiles(root, "runs").reduce((sum, file) => sum + statSync(file).size, 0);
    const { files, read } = countingFiles("/snapshots/");
    const book = await openDaybookOn({ files }, root, { readOnly: true });
    expect(await book.runs.getRecord("train", "0300")).toMatchObject({ uid: "0300" });
    expect(read()).toBeLessThan(size * 0.7);
    for (let index = 1; index <= 600; index += 1) await book.runs.getRecord("train", String(index).padStart(4, "0"));
    expect(read()).toBeLessThan(size * 3);
    await book.close();
  });

  it("shows what was appended since, and goes on when the file is tidied away", async () => {
    const root = await rootWithSnapshots("train");
    const reader = await openDaybook(root, { readOnly: true });
    expect((await reader.runs.getRecord("train", "0001"))?.note).toBeUndefined();
    const writer = await openDaybook(root);
    await writer.runs.log("train", "0001", { note: "later" });
    await writer.runs.log("train", "0450", { note: "later" });
    expect(await writer.runs.allocate("train")).toBe("0601");
    rmSync(join(root, "snapshots"), { recursive: true });
    expect(await reader.runs.getRecord("train", "0001")).toMatchObject({ note: "later", metrics: { loss: 0.5 } });
    expect(await reader.runs.getRecord("train", "0450")).toMatchObject({ note: "later", params: { index: 449 } });
    expect(await reader.runs.getRecord("train", "0601")).toMatchObject({ uid: "0601" });
    expect(await reader.runs.getRecord("train", "0300")).toMatchObject({ params: { index: 299 } });
    expect(Object.keys((await reader.view("runs")) as object)).toEqual(Object.keys((await writer.view("runs")) as object));
    await writer.close();
    await reader.close();
  });
});

describe("opening read-only beside a snapshot", () => {
  const opened = async (root: string): Promise<{ head: Head; damage: string | undefined; bytes: number; record: unknown; last: number }> => {
    const { files, read } = countingFiles();
    const book = await openDaybookOn({ files }, root, { readOnly: true });
    const head = await book.log.head();
    const record = await book.runs.getRecord("train", "0001", { relpath: "" });
    const bytes = read();
    let last = 0;
    try {
      for await (const { seq } of book.log.read()) last = seq;
    } catch (error) {
      if (!isDaybookError(error, "LOG_CORRUPT")) throw error;
    }
    const damage = book.damage?.message;
    await book.close();
    return { head, damage, bytes, record, last };
  };

  it("reads little of the log, and finds the same head, time and durability included", async () => {
    const root = await rootWithSnapshots("train");
    const quick = await opened(root);
    rmSync(join(root, "snapshots"), { recursive: true });
    const whole = await opened(root);
    expect(quick.head).toEqual(whole.head);
    expect(quick.head.time).toMatch(/Z$/);
    expect(quick.record).toEqual(whole.record);
    expect(quick.bytes).toBeLessThan(70_000);
    expect(whole.bytes).toBeGreaterThan(100_000);
  });

  it("goes by the log where that does not have the snapshot's place any more", async () => {
    const root = await rootWithSnapshots("train");
    const segment = join(root, "log", "00000000000000000001.ndjson");
    const bytes = readFileSync(segment);
    // The last commit is torn: the snapshot stands behind what there is.
    writeFileSync(segment, bytes.subarray(0, bytes.length - 5));
    const { head, record, damage } = await opened(root);
    expect(head.seq).toBeLessThan(603);
    expect(record).toMatchObject({ status: "DONE" });
    expect(damage).toBeUndefined();
  });

  it.each([
    ["torn", (text: string) => text.slice(0, 20)],
    ["of other types", (text: string) => text.replace(/"hint":"[^"]*"/, '"hint":7')],
    ["about a segment that is not there", (text: string) => text.replace(/"hint":"1:/, '"hint":"99:')],
    ["about no place", (text: string) => text.replace(/"hint":"1:[0-9]*/, '"hint":"1:-3')],
  ])("takes a header that is %s for none", async (_what, change) => {
    const root = await rootWithSnapshots("train");
    const before = await opened(root);
    for (const name of ["runs", "run-index"]) for (const file of snapshotFiles(root, name)) writeFileSync(file, change(readFileSync(file, "utf8")));
    const after = await opened(root);
    expect(after.head).toEqual(before.head);
    expect(after.record).toEqual(before.record);
  });

  it("tells of damage before the snapshot's place once something reads there, and serves nothing of it", async () => {
    const root = await rootWithSnapshots("train");
    const segment = join(root, "log", "00000000000000000001.ndjson");
    const bytes = readFileSync(segment);
    bytes[2000] = (bytes[2000] as number) ^ 1;
    writeFileSync(segment, bytes);
    const { damage, last } = await opened(root);
    expect(damage).toBeDefined();
    expect(last).toBeLessThan(600);
  });
});
