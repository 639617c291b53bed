import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { defineProjection, openDaybook } from "../../src/index.js";
import type { Json } from "../../src/index.js";
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
    const text = readFileSync(file, "utf8").replace(/"token":"[0-9a-f]{16}"/, '"token":"0123456789abcdef"');
    const body = text.slice(0, text.lastIndexOf('{"xxh3"'));
    const { xxh3 } = await import("../../src/log/xxh3.js");
    writeFileSync(file, `${body}{"xxh3":"${xxh3(Buffer.from(body))}"}\n`);
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
    const text = readFileSync(file, "utf8").replace('"loss":0.5', '"loss":0.7');
    const body = text.slice(0, text.lastIndexOf('{"xxh3"'));
    const { xxh3 } = await import("../../src/log/xxh3.js");
    writeFileSync(file, `${body}{"xxh3":"${xxh3(Buffer.from(body))}"}\n`);
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
