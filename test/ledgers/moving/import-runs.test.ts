import * as fs from "node:fs";
import * as path from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import type { ImportOptions, ImportProgress, RunRecord } from "../../../src/index.js";
import { sha256ParamHash, Status } from "../../../src/index.js";
import { temporaryFolder } from "../../support/temporary-folder.js";
import { eventsOf, headSeq, temporaryBook } from "../runs/temporary-book.js";
import { finishedRun, originalText } from "./original-file.js";
import type { OriginalRun } from "./original-file.js";

const at = (second: number): string => `2024-05-01T10:00:${String(second).padStart(2, "0")}.250999`;
const run = (...statuses: string[]): OriginalRun => ({ status: statuses.at(-1) as string, param_hash: "h", files: {}, timestamp_status_lst: statuses.map((status, index) => [at(index), status]) });
const utc: ImportOptions = { timeZone: "UTC" };
const one = (record: OriginalRun, uid = "000"): object => ({ train: { "": { [uid]: record } } });

describe("importing", () => {
  it("takes runs with their moments, hashes and files", async () => {
    const book = await temporaryBook();
    const report = await book.runs.import({ train: { "mnist/cnn": { "000": { ...run("pending", "running", "done"), files: { model: "m.pt" } } } } }, { timeZone: "+02:00" });
    expect(report).toEqual({ runs: 1, grown: 0, already: 0, events: 4, skipped: [], timeZone: "+02:00", cause: expect.stringMatching(/^import:[0-9a-f]{16}$/) as string });
    expect(await book.runs.getRecord("train", "0000")).toMatchObject({
      relpath: "mnist/cnn", status: Status.DONE, paramHash: "h", params: undefined, files: { model: "m.pt" },
      history: [
        { status: Status.PENDING, time: "2024-05-01T08:00:00.250Z", by: "tester" },
        { status: Status.RUNNING, time: "2024-05-01T08:00:01.250Z" },
        { status: Status.DONE, time: "2024-05-01T08:00:02.250Z" },
      ],
    });
    const events = await eventsOf(book);
    expect(events.map(({ type, at, cause }) => [type, at, cause])).toEqual([
      ["run.allocated", "2024-05-01T08:00:00.250Z", report.cause],
      ["run.status-changed", "2024-05-01T08:00:01.250Z", report.cause],
      ["run.files-attached", undefined, report.cause],
      ["run.status-changed", "2024-05-01T08:00:02.250Z", report.cause],
    ]);
  });

  it("adds nothing the second time, also in another daybook of the folder", async () => {
    const root = temporaryFolder();
    const file = path.join(root, "old.json");
    fs.writeFileSync(file, originalText(Array.from({ length: 20 }, (_, index) => ["train", "", String(index).padStart(3, "0"), finishedRun(index)])));
    const book = await temporaryBook({}, root);
    const first = await book.runs.import(file, utc);
    expect(first).toMatchObject({ runs: 20, already: 0, skipped: [] });
    const seq = await headSeq(book);
    await book.close();
    const later = await temporaryBook({ participantId: "another" }, root);
    for (const source of [file, pathToFileURL(file), fs.readFileSync(file, "utf8")]) {
      expect(await later.runs.import(source, utc)).toEqual({ ...first, runs: 0, already: 20, events: 0 });
    }
    expect(await headSeq(later)).toBe(seq);
  });

  it("adds of a file that has grown what is new: runs, statuses, files", async () => {
    const book = await temporaryBook();
    await book.runs.import({ train: { "": { "000": { ...run("pending", "running"), files: { log: "a.txt" } }, "001": run("pending") } } }, utc);
    const before = await headSeq(book);
    const grown = { train: { "": { "000": { ...run("pending", "running", "error", "running", "done"), files: { log: "b.txt", model: "m.pt" } }, "001": run("pending"), "002": run("pending") } } };
    expect(await book.runs.import(grown, utc)).toMatchObject({ runs: 1, grown: 1, already: 1, events: 5, skipped: [] });
    const record = (await book.runs.getRecord("train", "0000")) as RunRecord;
    expect(record.history.map(({ status }) => status)).toEqual(["PENDING", "RUNNING", "ERROR", "RUNNING", "DONE"]);
    expect(record.files).toEqual({ log: "b.txt", model: "m.pt" });
    expect((await headSeq(book)) - before).toBe(5);
    expect(await book.runs.import(grown, utc)).toMatchObject({ runs: 0, grown: 0, already: 3, events: 0 });
  });

  it("reports a run that is here as another one, and leaves it as it is", async () => {
    const book = await temporaryBook();
    await book.runs.allocate("train", { paramHash: "h" });
    await book.runs.allocate("train", { paramHash: "other" });
    const before = [await book.runs.getRecord("train", "0001"), await book.runs.getRecord("train", "0002")];
    const report = await book.runs.import({ train: { "": { "001": run("pending", "done"), "002": run("pending"), "003": run("pending") } } }, utc);
    expect(report).toMatchObject({ runs: 1, grown: 0, already: 0, events: 1 });
    expect(report.skipped).toMatchObject([
      { kind: "conflict", place: '$.train[""]["001"]', why: /another run.*began PENDING at/ },
      { kind: "conflict", place: '$.train[""]["002"]', why: /another hash/ },
    ].map(({ why, ...rest }) => ({ ...rest, why: expect.stringMatching(why) as string })));
    expect([await book.runs.getRecord("train", "0001"), await book.runs.getRecord("train", "0002")]).toEqual(before);
  });

  it("overwrites nothing that has happened here since", async () => {
    const book = await temporaryBook();
    await book.runs.import(one({ ...run("pending", "running"), files: { log: "a.txt" } }), utc);
    await book.runs.log("train", "0000", { status: Status.ERROR, files: { log: "here.txt" } });
    const before = await book.runs.getRecord("train", "0000");
    expect((await book.runs.import(one({ ...run("pending", "running"), files: { log: "a.txt" } }), utc)).skipped).toMatchObject([{ kind: "conflict", why: /"here\.txt"; that was kept/ }].map((entry) => ({ ...entry, why: expect.stringMatching(entry.why) as string })));
    expect(await book.runs.import(one({ ...run("pending", "running", "done"), files: { log: "a.txt" } }), utc)).toMatchObject({ events: 0, skipped: [{ kind: "conflict" }] });
    expect(await book.runs.getRecord("train", "0000")).toEqual(before);
  });

  it("gives new uids above the imported ones, 0000 too", async () => {
    const book = await temporaryBook();
    await book.runs.import({ a: { "": { "000": run("pending") } }, b: { "": { "041": run("pending") } } }, utc);
    expect([await book.runs.allocate("a"), await book.runs.allocate("b"), await book.runs.allocate("c")]).toEqual(["0001", "0042", "0001"]);
    const lease = await book.runs.start("a", "0000");
    await lease.end({ status: Status.DONE });
    expect(await book.runs.getRecord("a", "0000")).toMatchObject({ status: Status.DONE, attempts: [{ attempt: 1 }] });
  });

  it("lets runs be found again by their parameters", async () => {
    const book = await temporaryBook();
    const params = { lr: 0.001, batch_size: 32 };
    await book.runs.import(one({ ...run("pending", "done"), param_hash: sha256ParamHash(params) }, "004"), utc);
    expect(await book.runs.findOrAllocate("train", { params })).toMatchObject({ uid: "0004", created: false, record: { status: Status.DONE } });
    // The lowest uid, whichever hash it has; and a hash that is given means that one.
    await book.runs.allocate("train", { params });
    expect(await book.runs.findOrAllocate("train", { params })).toMatchObject({ uid: "0004", created: false });
    expect(await book.runs.findOrAllocate("train", { params, paramHash: "mine" })).toMatchObject({ created: true });
    expect(await book.runs.findOrAllocate("train", { params: { lr: 1e-9 } })).toMatchObject({ created: true });
  });

  it("puts everything below a relpath, if asked", async () => {
    const book = await temporaryBook();
    await book.runs.import({ train: { "": { "000": run("pending") }, "x/y": { "000": run("pending") } } }, { ...utc, relpath: "old/2024" });
    expect((await book.runs.list()).map(({ relpath }) => relpath)).toEqual(["old/2024", "old/2024/x/y"]);
  });

  it("takes files in parts that fit into a line", async () => {
    const book = await temporaryBook({ maxEventBytes: 256 * 1024 });
    const files = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`f${index}`, "é".repeat(1500)]));
    await book.runs.import(one({ ...run("done"), files }), utc);
    expect((await book.runs.getRecord("train", "0000"))?.files).toEqual(files);
  });

  it("only says what it would do in a dry run, also read-only", async () => {
    const root = temporaryFolder();
    const book = await temporaryBook({}, root);
    await book.runs.import(one(run("pending")), utc);
    const seq = await headSeq(book);
    const reader = await temporaryBook({ readOnly: true }, root);
    expect(await reader.runs.import(one(run("pending", "done")), { ...utc, dryRun: true })).toMatchObject({ grown: 1, events: 1 });
    expect(await headSeq(book)).toBe(seq);
    await expect(reader.runs.import(one(run("pending", "done")), utc)).rejects.toMatchObject({ code: "LOG_READ_ONLY" });
  });

  it("goes in parts: it says how far it is, can be stopped, and is repeated from there", async () => {
    const book = await temporaryBook();
    const text = originalText(Array.from({ length: 3000 }, (_, index) => ["train", "", String(index).padStart(4, "0"), finishedRun(index)]));
    const stop = new AbortController();
    const seen: ImportProgress[] = [];
    const onProgress = (progress: ImportProgress): void => {
      seen.push(progress);
      if (seen.length === 2) stop.abort(new Error("enough"));
    };
    await expect(book.runs.import(text, { ...utc, signal: stop.signal, onProgress })).rejects.toThrow("enough");
    expect(seen.map(({ total }) => total)).toEqual([3000, 3000]);
    const half = seen.at(-1)?.runs as number;
    expect(await book.runs.list()).toHaveLength(half);
    expect(await book.runs.import(text, utc)).toMatchObject({ runs: 3000 - half, already: half });
  });

  it("of 10,000 runs takes seconds", { timeout: 60_000 }, async () => {
    const book = await temporaryBook({ durability: "fsync" });
    const runs = Array.from({ length: 10_000 }, (_, index): [string, string, string, OriginalRun] => ["train", `scope${index % 20}`, String(Math.floor(index / 20)).padStart(3, "0"), finishedRun(index)]);
    const began = performance.now();
    expect(await book.runs.import(originalText(runs), utc)).toMatchObject({ runs: 10_000, skipped: [] });
    const took = performance.now() - began;
    expect(took).toBeLessThan(20_000);
    expect(await book.runs.list({ where: { status: Status.DONE } })).toHaveLength(10_000);
  });
});

describe("a file that was not made by the original", () => {
  it("may hold more runs in one scope than a call has room for arguments", { timeout: 60_000 }, async () => {
    const book = await temporaryBook();
    const runs = Object.fromEntries(Array.from({ length: 150_000 }, (_, index) => [String(index), { status: "pending", timestamp_status_lst: [["2024-05-01T10:00:00", "pending"]] }]));
    const report = await book.runs.import({ train: { "": runs } }, { ...utc, dryRun: true });
    expect([report.runs, report.skipped.length]).toEqual([150_000, 0]);
  });

  it("does not use up the numbers of runs", async () => {
    const book = await temporaryBook();
    const report = await book.runs.import({ train: { "": { "9007199254740991": run("done"), "1000000000000": run("done"), "5": run("done") } } }, utc);
    expect([report.runs, report.skipped.map(({ kind, place }) => [kind, place])]).toEqual([1, [["run", '$.train[""]["9007199254740991"]'], ["run", '$.train[""]["1000000000000"]']]]);
    expect(await book.runs.allocate("train")).toBe("0006");
  });

  it("is refused as a whole where it is no UTF-8, as paths would become others", async () => {
    const book = await temporaryBook();
    const file = path.join(book.root, "latin1.json");
    fs.writeFileSync(file, Buffer.from(JSON.stringify(one({ ...run("done"), files: { model: "Müller.pt" } })), "latin1"));
    await expect(book.runs.import(file, utc)).rejects.toMatchObject({ code: "METADATA_UNREADABLE", source: file, message: expect.stringContaining("utf-8") as string });
    expect(await headSeq(book)).toBe(0);
    fs.writeFileSync(file, `\uFEFF${JSON.stringify(one(run("done")))}`);
    expect(await book.runs.import(file, utc)).toMatchObject({ runs: 1, skipped: [] });
  });

  it("has no moment where its offset is none", async () => {
    const book = await temporaryBook();
    const report = await book.runs.import(one({ ...run("done"), timestamp_status_lst: [["2024-05-01T10:00:00+99:99", "pending"], ["2024-05-01T10:00:00+23:59", "done"]] }), utc);
    expect(report.skipped.map(({ kind, why }) => [kind, why])).toEqual([["status", 'has the time "2024-05-01T10:00:00+99:99", which is none']]);
  });
});

describe("importing refuses", () => {
  it.each<[string, object, object]>([
    ["an unknown option", { zone: "UTC" }, { field: "zone" }],
    ["a time zone that is none", { timeZone: "Nowhere" }, { field: "timeZone" }],
    ["a dry run that is neither yes nor no", { dryRun: 1 }, { field: "dryRun" }],
    ["a signal that is none", { signal: 5 }, { field: "signal" }],
  ])("%s", async (_what, options, expected) => {
    const book = await temporaryBook();
    await expect(book.runs.import({}, options)).rejects.toMatchObject({ code: "INVALID_OPTION", ...expected });
  });

  it("a file that is not there, or no ledger, and a source that is none", async () => {
    const book = await temporaryBook();
    await expect(book.runs.import(path.join(book.root, "none.json"))).rejects.toMatchObject({ code: "METADATA_UNREADABLE", source: path.join(book.root, "none.json"), message: expect.stringContaining("ENOENT") as string });
    await expect(book.runs.import(path.join(book.root, "daybook.json"))).rejects.toMatchObject({ code: "METADATA_UNREADABLE", where: "$.daybook" });
    await expect(book.runs.import(5 as never)).rejects.toMatchObject({ code: "INVALID_OPTION", field: "source" });
    await expect(book.runs.import({}, { relpath: "../up" })).rejects.toMatchObject({ code: "INVALID_ID" });
    expect(await headSeq(book)).toBe(0);
  });
});
