import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Status } from "../../../src/index.js";
import { headSeq, temporaryBook } from "./temporary-book.js";

describe("trying to take up a run", () => {
  it("gives a lease on one that is free, with its folder made", async () => {
    const { runs } = await temporaryBook();
    const uid = await runs.allocate("train", { relpath: "mnist" });
    const { lease, because } = await runs.tryStart("train", uid, { relpath: "mnist", beatWithinMs: 5000 });
    expect([because, lease?.attempt, lease?.beatWithinMs]).toEqual([undefined, 1, 5000]);
    expect(existsSync(lease?.folder ?? "")).toBe(true);
    expect(await runs.getRecord("train", uid)).toMatchObject({ status: Status.RUNNING, liveness: "live" });
  });

  it("leaves a live one alone, appends nothing, and says how it stands", async () => {
    const book = await temporaryBook();
    const uid = await book.runs.allocate("train");
    await book.runs.start("train", uid);
    const before = await headSeq(book);
    expect(await book.runs.tryStart("train", uid)).toMatchObject({ because: "live", record: { uid, liveness: "live", attempts: [{ attempt: 1 }] } });
    expect(await book.runs.tryStart("train", uid, { again: true })).toMatchObject({ because: "live" });
    expect(await headSeq(book)).toBe(before);
  });

  it("leaves a DONE one alone, without a folder, unless it is to be run again", async () => {
    const book = await temporaryBook();
    const uid = await book.runs.allocate("train", { status: Status.DONE });
    const before = await headSeq(book);
    expect(await book.runs.tryStart("train", uid)).toMatchObject({ because: "done", record: { status: Status.DONE } });
    expect(await headSeq(book)).toBe(before);
    expect(existsSync(join(book.root, "runs"))).toBe(false);
    expect((await book.runs.tryStart("train", uid, { again: true })).lease?.attempt).toBe(1);
  });

  it("refuses what start refuses", async () => {
    const { runs } = await temporaryBook();
    await expect(runs.tryStart("train", "0001")).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
    await expect(runs.tryStart("train", "0001", { again: "yes" as unknown as boolean })).rejects.toMatchObject({ code: "INVALID_OPTION", field: "again" });
    await expect(runs.tryStart("train", "0001", { beatWithinMs: 1 })).rejects.toMatchObject({ code: "INVALID_OPTION", field: "beatWithinMs" });
    await expect(runs.start("train", "0001", { again: true } as object)).rejects.toMatchObject({ code: "INVALID_OPTION", field: "again" });
  });

  it("gives a lease to one of many that try at once", async () => {
    const book = await temporaryBook();
    const uid = await book.runs.allocate("train");
    const tried = await Promise.all(Array.from({ length: 20 }, () => book.runs.tryStart("train", uid)));
    expect(tried.filter(({ lease }) => lease !== undefined)).toHaveLength(1);
    expect(tried.filter(({ because }) => because === "live")).toHaveLength(19);
    expect((await book.runs.getRecord("train", uid))?.attempts).toHaveLength(1);
  });
});

describe("how the files of a run lie", () => {
  it("is recorded by the run, and shown by its record", async () => {
    const { runs } = await temporaryBook();
    await runs.allocate("train", { storage: "prefix" });
    await runs.allocate("train");
    expect((await runs.list()).map(({ storage }) => storage)).toEqual(["prefix", "subfolder"]);
  });

  it("decides on the folder: one of the run's own, or one shared with the runs beside it", async () => {
    const { root, runs } = await temporaryBook();
    expect(runs.folder("train", "0007", { relpath: "a/b" })).toBe(join(root, "runs/train/a/b/0007"));
    expect(runs.folder("train", "0007", { relpath: "a/b", storage: "prefix" })).toBe(join(root, "runs/train/a/b"));
    expect(runs.folder("eval", "0007", { storage: "prefix" })).toBe(join(root, "runs/eval"));
    expect(() => runs.folder("train", "0007", { storage: "flat" as "prefix" })).toThrow(expect.objectContaining({ code: "INVALID_OPTION", field: "storage" }) as Error);
  });

  it("decides on the folder of a lease", async () => {
    const { root, runs } = await temporaryBook();
    await runs.allocate("train", { storage: "prefix", relpath: "a" });
    await runs.allocate("train", { relpath: "a" });
    expect((await runs.start("train", "0001", { relpath: "a" })).folder).toBe(join(root, "runs/train/a"));
    expect((await runs.start("train", "0002", { relpath: "a" })).folder).toBe(join(root, "runs/train/a/0002"));
  });

  it("is kept by a run that is found", async () => {
    const { runs } = await temporaryBook();
    await runs.allocate("train", { params: { lr: 1 }, storage: "prefix" });
    expect(await runs.findOrAllocate("train", { params: { lr: 1 }, storage: "subfolder" })).toMatchObject({ created: false, record: { storage: "prefix" } });
  });
});
