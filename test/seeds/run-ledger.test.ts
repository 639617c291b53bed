/**
 * The user document of the run ledger that daybook replaces, section by section: every example and every feature, as daybook
 * calls; then the behaviours its own tests assert. docs/from-run-ledger.md has the translation and the differences.
 */
import { writeFileSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openDaybook, paramHash, Status } from "../../src/index.js";
import type { Daybook, RunLedger, RunRecord } from "../../src/index.js";
import { runProgram } from "../support/programs.js";
import { temporaryFolder } from "../support/temporary-folder.js";

/** `Ledger(path=Path("results/metadata.json"))`. */
async function openBook(results = join(temporaryFolder(), "results")): Promise<Daybook> {
  const book = await openDaybook(results);
  onTestFinished(() => book.close());
  return book;
}

const openLedger = async (): Promise<RunLedger> => (await openBook()).runs;

it("Quick Start: allocate under a relpath, report without one, attach a file", async () => {
  const ledger = await openLedger();
  const uid = await ledger.allocate("train", { relpath: "mnist/cnn" });
  await ledger.log("train", uid, { status: Status.RUNNING });
  expect((await ledger.getRecord("train", uid))?.status).toBe(Status.RUNNING);
  await ledger.log("train", uid, { status: Status.DONE, files: { model: "model.pt" } });
  expect(await ledger.getRecord("train", uid)).toMatchObject({
    uid: "0001",
    relpath: "mnist/cnn",
    status: Status.DONE,
    files: { model: "model.pt" },
  });
});

describe("Key Concepts", () => {
  it("identifiers group runs", async () => {
    const ledger = await openLedger();
    await ledger.allocate("train");
    await ledger.allocate("eval");
    expect(Object.keys(await ledger.load())).toEqual(["eval", "train"]);
  });

  it("an empty relpath is the project's root", async () => {
    const ledger = await openLedger();
    await ledger.allocate("train", { relpath: "" });
    expect(Object.keys(await ledger.getUidRecordDict("train"))).toEqual(["0001"]);
  });

  it("uids are padded counters, unique within identifier and relpath", async () => {
    const ledger = await openLedger();
    const uids = [
      await ledger.allocate("train"),
      await ledger.allocate("train"),
      await ledger.allocate("train", { relpath: "mnist" }),
      await ledger.allocate("eval"),
    ];
    expect(uids).toEqual(["0001", "0002", "0001", "0001"]);
  });

  it("the parameter hash is the same in every process, and whatever the order of the keys", () => {
    const hash = "d710199e0a73564e6568c624b125d74d623e36a8d4b98ebd6ceee05252667d33";
    expect(paramHash({ lr: 0.001, batch_size: 32 })).toBe(hash);
    expect(paramHash({ batch_size: 32, lr: 0.001 })).toBe(hash);
  });

  it("a run's life: allocate, log, query", async () => {
    const ledger = await openLedger();
    const uid = await ledger.allocate("train", { paramHash: 7 });
    expect((await ledger.getRecord("train", uid))?.status).toBe(Status.PENDING);
    await ledger.log("train", uid, { status: Status.RUNNING });
    await ledger.log("train", uid, { files: { model: "model.pt" } });
    await ledger.log("train", uid, { status: Status.DONE });
    const record = await ledger.getRecord("train", uid);
    expect(record).toMatchObject({ status: Status.DONE, files: { model: "model.pt" }, paramHash: "7" });
    expect(record?.history.map(({ status }) => status)).toEqual([Status.PENDING, Status.RUNNING, Status.DONE]);
    expect((await ledger.findByParamHash("train", 7))?.[0]).toBe(uid);
  });
});

describe("Initialization", () => {
  it("makes the project's folder where it is missing, and finds its runs there again", async () => {
    const results = join(temporaryFolder(), "not", "there", "yet");
    await (await openBook(results)).runs.allocate("train");
    expect(await (await openBook(results)).runs.allocate("train")).toBe("0002");
  });

  it("needs no lock to be set: many callers at once get a run each", async () => {
    const ledger = await openLedger();
    const uids = await Promise.all(Array.from({ length: 20 }, () => ledger.allocate("train")));
    expect(new Set(uids).size).toBe(20);
  });
});

describe("Core Methods", () => {
  it("allocate: with a relpath and a hash", async () => {
    const ledger = await openLedger();
    expect(await ledger.allocate("train", { relpath: "mnist", paramHash: 12345 })).toBe("0001");
  });

  it("log: status, files, both", async () => {
    const ledger = await openLedger();
    await ledger.allocate("train");
    await ledger.log("train", "0001", { status: Status.RUNNING });
    expect(await ledger.getRecord("train", "0001")).toMatchObject({ status: Status.RUNNING, files: {} });
    await ledger.log("train", "0001", { files: { model: "model.pt" } });
    expect(await ledger.getRecord("train", "0001")).toMatchObject({ status: Status.RUNNING, files: { model: "model.pt" } });
    await ledger.log("train", "0001", { status: Status.DONE, files: { weights: "weights.pt" } });
    expect(await ledger.getRecord("train", "0001")).toMatchObject({
      status: Status.DONE,
      files: { model: "model.pt", weights: "weights.pt" },
    });
  });

  it("getRecord: status, files and hash; nothing for a run that does not exist", async () => {
    const ledger = await openLedger();
    await ledger.allocate("train", { paramHash: 12345 });
    await ledger.log("train", "0001", { status: Status.DONE, files: { model: "model.pt" } });
    const record = await ledger.getRecord("train", "0001");
    expect(record?.status).toBe(Status.DONE);
    expect(record?.files).toEqual({ model: "model.pt" });
    expect(record?.paramHash).toBe("12345");
    expect(await ledger.getRecord("train", "0002")).toBeUndefined();
  });

  it("getUidRecordDict: all runs of an identifier and relpath", async () => {
    const ledger = await openLedger();
    for (const relpath of ["mnist", "mnist", "other", ""]) await ledger.allocate("train", { relpath });
    await ledger.log("train", "0002", { relpath: "mnist", status: Status.DONE });
    const runs = await ledger.getUidRecordDict("train", { relpath: "mnist" });
    expect(Object.entries(runs).map(([uid, record]) => `Run ${uid}: ${record.status}`)).toEqual(["Run 0001: PENDING", "Run 0002: DONE"]);
    expect(await ledger.getUidRecordDict("train", { relpath: "nowhere" })).toEqual({});
  });

  it("findByParamHash: the uid and record, or nothing", async () => {
    const ledger = await openLedger();
    await ledger.allocate("train", { paramHash: 12345 });
    const hit = await ledger.findByParamHash("train", 12345);
    const [uid, record] = hit as [string, RunRecord];
    expect([uid, record.paramHash]).toEqual(["0001", "12345"]);
    expect(await ledger.findByParamHash("train", 54321)).toBeUndefined();
  });

  it("load: everything, by identifier, relpath and uid", async () => {
    const ledger = await openLedger();
    await ledger.allocate("train", { relpath: "mnist/cnn" });
    const data = await ledger.load();
    expect(data).toEqual({ train: { "mnist/cnn": { "0001": await ledger.getRecord("train", "0001") } } });
    // Plain data, as the original's snapshot was.
    expect(JSON.parse(JSON.stringify(data))).toMatchObject({ train: { "mnist/cnn": { "0001": { status: "PENDING" } } } });
  });
});

it("Record Auxiliary Files: several at once, retrieved later", async () => {
  const results = join(temporaryFolder(), "results");
  const ledger = (await openBook(results)).runs;
  const uid = await ledger.allocate("train");
  await ledger.log("train", uid, { status: Status.RUNNING });
  await ledger.log("train", uid, { status: Status.DONE, files: { tensorboard: "tb/events.out", notes: "notes.yaml", model: "model.pt" } });

  const record = await (await openBook(results)).runs.getRecord("train", uid);
  expect(record?.files["model"]).toBe("model.pt");
  expect(Object.keys(record?.files ?? {})).toEqual(["tensorboard", "notes", "model"]);
  // A relative path is relative to the run's folder.
  const folder = ledger.folder("train", uid);
  expect([isAbsolute(folder), resolve(folder, "tb/events.out")]).toEqual([true, join(results, "runs", "train", uid, "tb", "events.out")]);
});

describe("Find Previous Run by Parameters", () => {
  const params = { lr: 0.001, batch_size: 32 };

  async function train(ledger: RunLedger): Promise<string> {
    const hit = await ledger.findByParamHash("train", paramHash(params));
    if (hit !== undefined) return `Already trained with these params: ${hit[1].files["model"]}`;
    const uid = await ledger.allocate("train", { paramHash: paramHash(params) });
    await ledger.log("train", uid, { status: Status.RUNNING });
    await ledger.log("train", uid, { status: Status.DONE, files: { model: "model.pt" } });
    return `trained ${uid}`;
  }

  it("trains once, and finds that again", async () => {
    const results = join(temporaryFolder(), "results");
    expect(await train((await openBook(results)).runs)).toBe("trained 0001");
    expect(await train((await openBook(results)).runs)).toBe("Already trained with these params: model.pt");
  });

  it("in one step, which two processes cannot both take", async () => {
    const ledger = await openLedger();
    expect(await ledger.findOrAllocate("train", { params })).toMatchObject({ uid: "0001", created: true });
    expect(await ledger.findOrAllocate("train", { params })).toMatchObject({ uid: "0001", created: false, record: { params } });
  });
});

it("Cheat Sheet: all of it, in its order", async () => {
  const ledger = await openLedger();
  const uid = await ledger.allocate("train", { relpath: "subfolder", paramHash: 12345 });
  await ledger.log("train", uid, { status: Status.RUNNING });
  await ledger.log("train", uid, { status: Status.DONE });
  await ledger.log("train", uid, { status: Status.ERROR });
  await ledger.log("train", uid, { files: { weights: "w.pt" } });

  expect(await ledger.getRecord("train", uid)).toMatchObject({ status: Status.ERROR, files: { weights: "w.pt" }, paramHash: "12345" });
  expect(Object.keys(await ledger.getUidRecordDict("train", { relpath: "subfolder" }))).toEqual([uid]);
  // As with the original, a search without a relpath is one at the root; the sheet's last example would have found nothing there either.
  expect(await ledger.findByParamHash("train", 12345)).toBeUndefined();
  expect((await ledger.findByParamHash("train", 12345, { relpath: "subfolder" }))?.[0]).toBe(uid);
  expect(await ledger.load()).toMatchObject({ train: { subfolder: { [uid]: { status: Status.ERROR } } } });
});

it("Status Enum: its four values, all of which can be logged", async () => {
  expect(Status).toEqual({ PENDING: "PENDING", RUNNING: "RUNNING", DONE: "DONE", ERROR: "ERROR" });
  const ledger = await openLedger();
  const uid = await ledger.allocate("train");
  for (const status of Object.values(Status)) {
    await ledger.log("train", uid, { status });
    expect((await ledger.getRecord("train", uid))?.status).toBe(status);
  }
});

describe("Thread/Process Safety", () => {
  it("a pool of 4 processes trains all configurations into one ledger", async () => {
    const book = await openBook();
    const uids = await Promise.all(Array.from({ length: 4 }, () => runProgram("train-pool", [book.root, 5])));
    const records = await book.runs.list();
    expect(records.map(({ uid }) => uid)).toEqual(uids.flat().sort());
    expect(records.every(({ status }) => status === Status.DONE)).toBe(true);
  });
});

describe("what the original's tests assert", () => {
  it("10 allocations are 10 records, under the uids that were given", async () => {
    const ledger = await openLedger();
    const uids = new Set<string>();
    for (let index = 0; index < 10; index += 1) uids.add(await ledger.allocate("foo"));
    expect(uids.size).toBe(10);
    expect(new Set(Object.keys(await ledger.getUidRecordDict("foo")))).toEqual(uids);
  });

  it("a status that was logged is the record's, and the last of its history", async () => {
    const ledger = await openLedger();
    const uid = await ledger.allocate("foo");
    await ledger.log("foo", uid, { status: Status.DONE });
    const record = await ledger.getRecord("foo", uid);
    expect(record?.status).toBe(Status.DONE);
    expect(record?.history.at(-1)?.status).toBe(Status.DONE);
    expect(record?.history.map(({ time }) => new Date(time).toISOString())).toEqual(record?.history.map(({ time }) => time));
  });

  it("a file that was attached is read back as it was given", async () => {
    const ledger = await openLedger();
    const uid = await ledger.allocate("foo");
    const file = join(temporaryFolder(), "data.json");
    writeFileSync(file, "{}");
    await ledger.log("foo", uid, { files: { data: file } });
    expect((await ledger.getRecord("foo", uid))?.files["data"]).toBe(file);
  });

  it("a search by hash gives the uid and record among several", async () => {
    const ledger = await openLedger();
    const uid = await ledger.allocate("exp", { paramHash: "foo" });
    await ledger.allocate("exp", { paramHash: "bar" });
    expect(await ledger.findByParamHash("exp", "foo")).toEqual([uid, await ledger.getRecord("exp", uid)]);
  });

  it("logging nothing leaves the record as it is", async () => {
    const ledger = await openLedger();
    const uid = await ledger.allocate("foo");
    const before = await ledger.getRecord("foo", uid);
    await ledger.log("foo", uid);
    await ledger.log("foo", uid, {});
    expect(await ledger.getRecord("foo", uid)).toEqual(before);
  });

  it("2 processes that allocate and finish 50 runs each leave 100 records, all DONE, in a log that is whole", async () => {
    const book = await openBook();
    await Promise.all([runProgram("train-pool", [book.root, 50]), runProgram("train-pool", [book.root, 50])]);
    const records = Object.values(await book.runs.getUidRecordDict("train"));
    expect(records).toHaveLength(100);
    expect(records.every(({ status }) => status === Status.DONE)).toBe(true);
    expect(await book.verify({ full: true })).toMatchObject({ ok: true, events: 300 });
  });

  it("a run goes from PENDING over RUNNING and DONE to ERROR", async () => {
    const ledger = await openLedger();
    const uid = await ledger.allocate("exp");
    for (const status of [Status.RUNNING, Status.DONE, Status.ERROR]) await ledger.log("exp", uid, { status });
    expect((await ledger.getRecord("exp", uid))?.status).toBe(Status.ERROR);
  });
});
