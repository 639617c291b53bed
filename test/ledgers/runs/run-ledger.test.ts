import { describe, expect, it } from "vitest";
import { openDaybook, Status } from "../../../src/index.js";
import type { RunRecord } from "../../../src/index.js";
import { runProgram } from "../../support/programs.js";
import { eventsOf, headSeq, temporaryBook } from "./temporary-book.js";

/** A record without its readonly marks. */
interface Loose {
  status: string;
  files: Record<string, string>;
  tags: string[];
  params: { layers: number[] };
  history: unknown[];
}

describe("allocating", () => {
  it("keeps the parameters as they were, and a hash of them", async () => {
    const { runs } = await temporaryBook();
    const params = { lr: 0.001, batch: { size: 32 } };
    const uid = await runs.allocate("train", { params });
    params.batch.size = 64;
    expect(await runs.getRecord("train", uid)).toMatchObject({
      params: { lr: 0.001, batch: { size: 32 } },
      paramHash: runs.paramHash({ batch: { size: 32 }, lr: 0.001 }),
    });
  });

  it("begins with the status asked for", async () => {
    const { runs } = await temporaryBook();
    const uid = await runs.allocate("train", { status: Status.RUNNING });
    expect(await runs.getRecord("train", uid)).toMatchObject({
      status: Status.RUNNING,
      history: [{ status: Status.RUNNING, by: "tester" }],
    });
  });

  it("gives every caller of one process a uid of its own", async () => {
    const { runs } = await temporaryBook();
    const uids = await Promise.all(Array.from({ length: 50 }, () => runs.allocate("train")));
    expect(new Set(uids).size).toBe(50);
    expect(Object.keys(await runs.getUidRecordDict("train"))).toEqual([...uids].sort());
  });

  it("gives uids on past 9999, and orders them as numbers", async () => {
    const book = await temporaryBook();
    const { runs } = book;
    const paramHash = "h";
    // All at once: they share commits.
    await Promise.all(Array.from({ length: 9998 }, () => runs.allocate("train")));
    expect([
      await runs.allocate("train", { paramHash }),
      await runs.allocate("train", { paramHash }),
      await runs.allocate("train"),
    ]).toEqual(["9999", "10000", "10001"]);
    await runs.log("train", "10000", { status: Status.DONE });

    expect(await runs.getRecord("train", "10000")).toMatchObject({ uid: "10000", status: Status.DONE });
    expect((await runs.findByParamHash("train", paramHash))?.[0]).toBe("9999");
    const all = await runs.list();
    expect(all.map(({ uid }) => Number(uid))).toEqual(Array.from({ length: 10_001 }, (_, index) => index + 1));
    expect((await runs.list({ sort: "-uid", limit: 2 })).map(({ uid }) => uid)).toEqual(["10001", "10000"]);
    expect(Object.keys(await runs.getUidRecordDict("train"))).toHaveLength(10_001);
  });
});

describe("find or allocate", () => {
  it("gives the run with these params, in whatever order they are written", async () => {
    const { runs } = await temporaryBook();
    const made = await runs.findOrAllocate("train", { params: { a: 1, b: { c: 2, d: 3 } } });
    const found = await runs.findOrAllocate("train", { params: { b: { d: 3, c: 2 }, a: 1 } });
    expect(made).toMatchObject({ uid: "0001", created: true, record: { uid: "0001", status: Status.PENDING } });
    expect(found).toEqual({ ...made, created: false });
  });

  it("appends nothing when it finds", async () => {
    const book = await temporaryBook();
    await book.runs.findOrAllocate("train", { paramHash: 5 });
    const before = await headSeq(book);
    await book.runs.findOrAllocate("train", { paramHash: "5" });
    expect(await headSeq(book)).toBe(before);
  });

  it("always makes a new run without params, or with none in them", async () => {
    const { runs } = await temporaryBook();
    const made = [
      await runs.findOrAllocate("train"),
      await runs.findOrAllocate("train", { params: {} }),
      await runs.findOrAllocate("train", { params: {} }),
    ];
    expect(made.map(({ uid, created }) => [uid, created])).toEqual([["0001", true], ["0002", true], ["0003", true]]);
  });

  it("makes one run of each parameter set, whoever asks first of several processes", async () => {
    const book = await temporaryBook({ durability: "fsync" });
    const printed = await Promise.all(Array.from({ length: 4 }, () => runProgram("find-or-allocate", [book.root, "train", 20])));
    const created = printed.flat().filter((line) => line.endsWith("created"));
    expect(created).toHaveLength(20);
    // Every process was given the same run for the same parameters.
    expect(new Set(printed.map((lines) => lines.map((line) => line.slice(0, 4)).join())).size).toBe(1);
    expect(await book.runs.list()).toHaveLength(20);
  });
});

describe("reporting", () => {
  it.each([
    {},
    { files: {} },
    { metrics: {} },
    { tags: [] },
    { relpath: "" },
    { files: { model: undefined } },
  ])("appends nothing when there is nothing to say: %j", async (report) => {
    const book = await temporaryBook();
    await book.runs.allocate("train");
    const before = await headSeq(book);
    await book.runs.log("train", "0001", report as object);
    expect(await headSeq(book)).toBe(before);
  });

  it.each([
    {},
    { status: Status.DONE },
    { files: { model: "m.pt" } },
  ])("on a run that does not exist is refused and writes nothing: %j", async (report) => {
    const book = await temporaryBook();
    await book.runs.allocate("train");
    for (const [identifier, uid, relpath] of [["train", "0002", undefined], ["eval", "0001", undefined], ["train", "0001", "x"]] as const) {
      await expect(
        book.runs.log(identifier, uid, { ...report, ...(relpath === undefined ? {} : { relpath }) }),
      ).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
    }
    expect(await headSeq(book)).toBe(1);
    expect(Object.keys(await book.runs.load())).toEqual(["train"]);
  });

  it("writes all it is told in one commit", async () => {
    const book = await temporaryBook();
    await book.runs.allocate("train");
    await book.runs.log("train", "0001", {
      status: Status.DONE,
      files: { model: "m.pt" },
      metrics: { loss: 1 },
      note: "n",
      tags: ["t"],
      error: "e",
    });
    const events = (await eventsOf(book)).slice(1);
    expect(events.map(({ type }) => type)).toEqual([
      "run.files-attached",
      "run.metrics-recorded",
      "run.noted",
      "run.tagged",
      "run.error-recorded",
      "run.status-changed",
    ]);
    expect(new Set(events.map(({ time }) => time)).size).toBe(1);
  });

  it("merges files by name, and keeps values as given", async () => {
    const { runs } = await temporaryBook();
    await runs.allocate("train");
    await runs.log("train", "0001", { files: { model: "../up/./m.pt", notes: "C:\\notes.txt" } });
    await runs.log("train", "0001", { files: { model: "/abs//m2.pt" } });
    expect((await runs.getRecord("train", "0001"))?.files).toEqual({ model: "/abs//m2.pt", notes: "C:\\notes.txt" });
  });

  it("takes __proto__ for a name like any other, in files, metrics, params and identifiers", async () => {
    const book = await temporaryBook();
    const own = JSON.parse('{"__proto__":"own"}') as Record<string, string>;
    const uid = await book.runs.allocate("__proto__", { params: own, relpath: "constructor" });
    await book.runs.log("__proto__", uid, { files: own, metrics: own });
    await book.runs.log("__proto__", uid, { files: { model: "m.pt" } });
    await book.close();

    // Read anew, from the log.
    const { runs } = await temporaryBook({}, book.root);
    const record = (await runs.getRecord("__proto__", uid)) as RunRecord;
    expect(Object.entries(record.files)).toEqual([["__proto__", "own"], ["model", "m.pt"]]);
    expect([Object.entries(record.metrics), Object.entries(record.params ?? {})]).toEqual([[["__proto__", "own"]], [["__proto__", "own"]]]);
    const loaded = await runs.load();
    expect(Object.keys(loaded)).toEqual(["__proto__"]);
    expect(Object.getOwnPropertyDescriptor(loaded, "__proto__")?.value).toEqual({ constructor: { [uid]: record } });
    expect(await runs.list({ where: { files: own } })).toHaveLength(1);
    expect(({} as Record<string, unknown>)["own"]).toBeUndefined();
  });

  it("allows every change of status, and keeps each in the history", async () => {
    const { runs } = await temporaryBook();
    await runs.allocate("train");
    const sequence = [Status.DONE, Status.PENDING, Status.ERROR, Status.ERROR, Status.RUNNING, Status.DONE];
    for (const status of sequence) await runs.log("train", "0001", { status });
    expect((await runs.getRecord("train", "0001"))?.history.map(({ status }) => status)).toEqual([Status.PENDING, ...sequence]);
  });
});

describe("reading", () => {
  it("finds nothing where there is nothing", async () => {
    const { runs } = await temporaryBook();
    expect([await runs.getRecord("train", "0001"), await runs.findByParamHash("train", "h")]).toEqual([undefined, undefined]);
    expect([await runs.getUidRecordDict("train"), await runs.load(), await runs.list()]).toEqual([{}, {}, []]);
  });

  it("gives copies: changing one changes nothing else", async () => {
    const { runs } = await temporaryBook();
    await runs.allocate("train", { params: { layers: [1] }, paramHash: "h" });
    await runs.log("train", "0001", { files: { model: "m.pt" }, tags: ["a"] });
    const spoil = (record: RunRecord | undefined): void => {
      const loose = record as unknown as Loose;
      loose.status = "spoilt";
      loose.files["model"] = "spoilt";
      loose.tags.push("spoilt");
      loose.params.layers.push(2);
      loose.history.length = 0;
    };
    const before = structuredClone(await runs.getRecord("train", "0001"));
    spoil(await runs.getRecord("train", "0001"));
    spoil((await runs.getUidRecordDict("train"))["0001"]);
    spoil((await runs.findByParamHash("train", "h"))?.[1]);
    spoil((await runs.load())["train"]?.[""]?.["0001"]);
    spoil((await runs.list())[0]);
    await runs.list({ where: (record) => (spoil(record), true) });
    expect(await runs.getRecord("train", "0001")).toEqual(before);
  });

  it("lays everything out by identifier, relpath and uid", async () => {
    const { runs } = await temporaryBook();
    const places = [["train", "b"], ["train", ""], ["eval", ""], ["train", "b"]] as const;
    for (const [identifier, relpath] of places) await runs.allocate(identifier, { relpath });
    const loaded = await runs.load();
    expect(loaded).toMatchObject({ eval: { "": { "0001": {} } }, train: { "": { "0001": {} }, b: { "0001": {}, "0002": {} } } });
    expect(loaded["train"]?.["b"]?.["0002"]).toEqual(await runs.getRecord("train", "0002", { relpath: "b" }));
  });

  it("shows what another handle has written, at once", async () => {
    const one = await temporaryBook();
    const reader = await temporaryBook({ readOnly: true }, one.root);
    await one.runs.allocate("train");
    await one.runs.log("train", "0001", { status: Status.DONE });
    expect(await reader.runs.getRecord("train", "0001")).toMatchObject({ status: Status.DONE });
  });

  it("shows the same after closing and opening", async () => {
    const book = await temporaryBook();
    await book.runs.allocate("train", { params: { a: 1 } });
    await book.runs.log("train", "0001", { status: Status.DONE, metrics: { loss: 0.5 } });
    const before = await book.runs.load();
    await book.close();
    expect(await (await temporaryBook({}, book.root)).runs.load()).toEqual(before);
  });

  it("works read-only, where nothing can be written", async () => {
    const book = await temporaryBook();
    await book.runs.allocate("train", { paramHash: "h" });
    const { runs } = await temporaryBook({ readOnly: true }, book.root);
    expect((await runs.findByParamHash("train", "h"))?.[0]).toBe("0001");
    const refused = { code: "LOG_READ_ONLY" };
    await expect(runs.allocate("train")).rejects.toMatchObject(refused);
    await expect(runs.log("train", "0001", { status: "DONE" })).rejects.toMatchObject(refused);
    await expect(runs.start("train", "0001")).rejects.toMatchObject(refused);
    await expect(runs.findOrAllocate("train", { paramHash: "h" })).rejects.toMatchObject(refused);
  });

  it("calls a run that nobody holds unknown, never lost", async () => {
    let now = Date.parse("2026-11-21T12:00:00Z");
    const { runs } = await temporaryBook({ clock: () => now });
    await runs.allocate("train", { status: Status.RUNNING });
    now += 365 * 24 * 3600 * 1000;
    expect(await runs.getRecord("train", "0001")).toMatchObject({ status: Status.RUNNING, liveness: "unknown" });
  });

  it("rejects when the daybook is closed", async () => {
    const book = await openDaybook((await temporaryBook()).root);
    await book.close();
    await expect(book.runs.list()).rejects.toMatchObject({ code: "LOG_CLOSED" });
    await expect(book.runs.allocate("train")).rejects.toMatchObject({ code: "LOG_CLOSED" });
  });

  it("gives up when it is told to", async () => {
    const { runs } = await temporaryBook();
    await runs.allocate("train");
    const signal = AbortSignal.abort();
    const calls = [
      runs.allocate("train", { signal }),
      runs.findOrAllocate("train", { paramHash: "h", signal }),
      runs.start("train", "0001", { signal }),
      runs.log("train", "0001", { status: "DONE", signal }),
      runs.getRecord("train", "0001", { signal }),
      runs.getUidRecordDict("train", { signal }),
      runs.findByParamHash("train", "h", { signal }),
      runs.list({ signal }),
    ];
    for (const one of await Promise.allSettled(calls)) expect(one).toMatchObject({ status: "rejected", reason: { name: "AbortError" } });
    expect(await runs.list()).toMatchObject([{ status: Status.PENDING }]);
  });
});

describe("listing by an expression", () => {
  it("gives the runs for which it holds, as copies", async () => {
    const { runs } = await temporaryBook();
    for (const lr of [0.1, 0.2, 0.3]) await runs.allocate("train", { params: { lr, name: lr > 0.1 ? "adam" : "sgd" } });
    await runs.log("train", "0002", { tags: ["best"], metrics: { accuracy: 0.9 } });
    const uids = async (where: string): Promise<string[]> => (await runs.list({ where, sort: "-params.lr" })).map(({ uid }) => uid);
    expect(await uids("params.lr < 0.25 and status = PENDING")).toEqual(["0002", "0001"]);
    expect(await uids("params.name=adam")).toEqual(["0003", "0002"]);
    expect(await uids("best in tags or params.lr = 0.1")).toEqual(["0002", "0001"]);
    const [first] = (await runs.list({ where: "metrics.accuracy" })) as unknown as Loose[];
    first?.tags.push("changed");
    expect((await runs.getRecord("train", "0002"))?.tags).toEqual(["best"]);
  });

  it("refuses what is none, with the place", async () => {
    const { runs } = await temporaryBook();
    await expect(runs.list({ where: "DONE" })).rejects.toMatchObject({ code: "INVALID_OPTION", field: "where", column: 1, expression: "DONE" });
    await expect(runs.list({ where: "params.lr <" })).rejects.toMatchObject({ name: "InvalidExpressionError", column: 12 });
    await expect(runs.list({ sort: "lr" })).rejects.toMatchObject({ code: "INVALID_OPTION", field: "sort" });
  });
});
