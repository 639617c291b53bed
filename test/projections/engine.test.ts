import { closeSync, openSync, readdirSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { defineProjection, openDaybook } from "../../src/index.js";
import type { Daybook, Projection } from "../../src/index.js";
import { ProjectionEngine } from "../../src/projections/engine.js";
import { SnapshotFiles } from "../../src/projections/snapshot-files.js";
import { runsProjection } from "../../src/projections/views/runs.js";
import { nodeFileSystem } from "../../src/log/file-system.js";
import { noSnapshots } from "../../src/projections/snapshot.js";
import { faultyFiles } from "../support/faulty-files.js";
import { durably, note, openRawLog } from "../support/raw-log.js";
import { activeSegment } from "../support/small-log.js";
import { temporaryFolder } from "../support/temporary-folder.js";

const counts = defineProjection<"counts", number>({
  name: "counts",
  version: 1,
  types: ["note.taken"],
  keys: (event) => [event.stream, "all"],
  evolve: (row) => (row ?? 0) + 1,
});

const fragile = defineProjection<"fragile", number>({
  name: "fragile",
  version: 1,
  initialState: 0,
  evolve: (state, event) => {
    if (event.data["text"] === "poison") throw new Error("cannot digest");
    return state + 1;
  },
});

const take = (book: Daybook, text = ""): Promise<unknown> => book.log.append({ stream: "note/1", type: "note.taken", data: { text } });

async function withBook(run: (book: Daybook, root: string) => Promise<void>, projections: readonly Projection[] = [counts, fragile]): Promise<void> {
  const root = temporaryFolder();
  const book = await openDaybook(root);
  for (const projection of projections) book.registerProjection(projection);
  try {
    await run(book, root);
  } finally {
    await book.close();
  }
}

describe("a fold that throws", () => {
  it("names the event, stays out of use, and leaves the others running", () =>
    withBook(async (book) => {
      await take(book);
      expect(await book.view("fragile")).toBe(1);
      await take(book, "poison");
      await take(book);
      await expect(book.view("fragile")).rejects.toMatchObject({ code: "PROJECTION_FAILED", projection: "fragile", event: { seq: 2, type: "note.taken" } });
      expect(await book.view("counts")).toEqual({ "note/1": 3, all: 3 });
      await expect(book.transact([fragile], () => [])).rejects.toMatchObject({ code: "PROJECTION_FAILED" });
      await book.transact([counts], ({ counts: rows }) => [{ stream: "note/1", type: "note.taken", data: { text: String(rows.get("all")) } }]);
      expect(await book.runs.allocate("train")).toBe("0001");
      const report = await book.rebuild({ check: true });
      expect(report.projections.find(({ name }) => name === "fragile")?.failure).toContain("seq 2");
      expect(report.ok).toBe(false);
    }));

  it.each<[what: string, projection: Projection, message: RegExp]>([
    ["gives a promise", { name: "late", version: 1, initialState: 0, evolve: () => Promise.resolve(1) }, /cannot be asynchronous/],
    ["gives a row that is a promise", { name: "late", version: 1, keys: () => ["a"], evolve: () => Promise.reject(new Error("x")) }, /cannot be asynchronous/],
    ["has a text for keys, of which each letter would be one", { name: "late", version: 1, keys: ({ stream }) => stream as unknown as string[], evolve: () => 1 }, /list of texts/],
    ["has keys that are no texts", { name: "late", version: 1, keys: ({ seq }) => [seq] as unknown as string[], evolve: () => 1 }, /list of texts/],
  ])("or %s, is told of as such", (_, projection, message) =>
    withBook(async (book) => {
      await take(book);
      await expect(book.view("late")).rejects.toMatchObject({ code: "PROJECTION_FAILED", event: { seq: 1 }, message: expect.stringMatching(message) as string });
    }, [projection]));

  it("inside a decision that is then rejected leaves nothing behind", () =>
    withBook(async (book) => {
      await take(book);
      await book.view("fragile");
      const poison = { stream: "note/1", type: "note.taken", data: { text: "poison" } };
      const rejected = book.transact([fragile], () => [poison, { stream: "note/1", type: "no type", data: {} }]);
      await expect(rejected).rejects.toMatchObject({ code: "INVALID_ID" });
      await take(book);
      expect(await book.view("fragile")).toBe(2);
    }));
});

describe("events that a projection does not know", () => {
  it("are skipped and counted", async () => {
    const root = temporaryFolder();
    const log = await openRawLog(root);
    // As a later release might write them: another type of the same noun, and a newer version of a known type.
    await log.append(
      [
        { stream: "run/train/0001", type: "run.allocated", v: 1, data: { uid: "0001" } },
        { stream: "run/train/0001", type: "run.celebrated", v: 1, data: { cake: true } },
        { stream: "run/train/0001", type: "run.noted", v: 7, data: { note: { rich: "text" } } },
        { stream: "note/1", type: "note.taken", v: 1, data: {} },
      ],
      durably,
    );
    await log.close();
    const book = await openDaybook(root);
    const report = await book.rebuild({ check: true, projections: ["runs"] });
    expect(report.projections).toEqual([{ name: "runs", rows: 1, unknown: 2, drift: [], failure: undefined }]);
    expect((await book.runs.getRecord("train", "0001"))?.note).toBeUndefined();
    await book.close();
  });
});

describe("transact", () => {
  it("runs decisions in order, each on the states that the ones before it left", () =>
    withBook(async (book) => {
      const decide = () => book.transact([counts], ({ counts: rows }) => ({ events: [{ stream: "note/1", type: "note.taken", data: { before: rows.get("all") ?? 0 } }], result: rows.get("all") ?? 0 }));
      const results = await Promise.all(Array.from({ length: 50 }, decide));
      expect(results.map(({ result }) => result)).toEqual(Array.from({ length: 50 }, (_, index) => index));
    }));

  it("rejects a decision that throws alone, and takes its folds back", () =>
    withBook(async (book) => {
      await take(book);
      const outcomes = await Promise.allSettled([
        book.transact([counts], () => [{ stream: "note/1", type: "note.taken", data: {} }]),
        book.transact([counts], () => {
          throw new Error("no");
        }),
        book.transact([counts], () => [{ stream: "note/1", type: "note.taken", data: { bad: Number.NaN } }]),
        book.transact([counts], ({ counts: rows }) => ({ events: [], result: rows.get("all") })),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected", "fulfilled"]);
      expect((outcomes[3] as PromiseFulfilledResult<{ result: unknown }>).value.result).toBe(2);
      expect(await book.view("counts")).toEqual({ "note/1": 2, all: 2 });
    }));

  it("refuses types that belong to the ledgers", () =>
    withBook(async (book) => {
      const sneaky = book.transact(["runs"], () => [{ stream: "run/train/0001", type: "run.allocated", data: { uid: "0001" } }]);
      await expect(sneaky).rejects.toMatchObject({ code: "INVALID_EVENT" });
    }));

  it("puts the folds back when the write fails", async () => {
    const root = temporaryFolder();
    let failing = false;
    const { files } = faultyFiles((call) => (failing && call === "writeSync" ? { error: "ENOSPC" } : undefined));
    const log = await openRawLog(root, { files });
    const engine = new ProjectionEngine(log, { upcast: (event) => event, newestVersion: () => undefined }, noSnapshots);
    const add = () =>
      engine.transact([counts], durably, ({ counts: rows }) => ({ events: [note(1)], result: rows.get("all") ?? 0 }));
    expect((await add()).result).toBe(0);
    failing = true;
    const outcomes = await Promise.allSettled([add(), add()]);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    failing = false;
    expect((await add()).result).toBe(1);
    expect((await engine.query("counts")).view).toEqual({ "note/1": 2, all: 2 });
    engine.close();
    await log.close();
  });

  it("sees what another process's handle appended in between", () =>
    withBook(async (book, root) => {
      const other = await openRawLog(root);
      await take(book);
      await book.view("counts");
      await other.append([note(1), note(2)], durably);
      const { result } = await book.transact([counts], ({ counts: rows }) => ({ events: [], result: rows.get("all") }));
      expect(result).toBe(3);
      await other.close();
    }));
});

describe("a projection that is asked for late", () => {
  it("catches up while others are decided on", () =>
    withBook(async (book) => {
      for (let index = 0; index < 20; index += 1) await book.log.append(Array.from({ length: 200 }, () => ({ stream: "note/2", type: "note.taken", data: {} })), { durability: "os" });
      await book.view("counts");
      const [view] = await Promise.all([book.view("fragile"), ...Array.from({ length: 20 }, () => book.transact([counts], () => [{ stream: "note/2", type: "note.taken", data: {} }]))]);
      expect(view).toBeGreaterThanOrEqual(4000);
      expect(await book.view("fragile")).toBe(4020);
      expect(await book.view("counts")).toEqual({ "note/2": 4020, all: 4020 });
    }));

  it("is unknown until it is registered, and its name is taken once", () =>
    withBook(async (book) => {
      await expect(book.view("nothing")).rejects.toMatchObject({ code: "PROJECTION_UNKNOWN", known: expect.arrayContaining(["runs", "counts"]) as unknown });
      expect(() => book.registerProjection({ ...counts })).toThrowError(expect.objectContaining({ code: "INVALID_OPTION" }) as Error);
      expect(() => book.registerProjection({ ...counts, name: "../x" })).toThrowError(expect.objectContaining({ code: "INVALID_OPTION" }) as Error);
      expect(() => book.registerProjection({ name: "nothing", version: 1, evolve: () => 1 } as unknown as Projection)).toThrowError(expect.objectContaining({ code: "INVALID_OPTION" }) as Error);
    }));
});

describe("folds that were replaced", () => {
  it("are not decided on: rebuilding beside writers gives no uid twice", { timeout: 60_000 }, () =>
    withBook(async (book) => {
      let running = true;
      const rebuilds = (async () => {
        while (running) {
          expect((await book.rebuild()).projections.every(({ drift }) => drift.length === 0)).toBe(true);
          // A rebuild of nothing never leaves the microtasks, and would keep everybody else from beginning.
          await new Promise((resolve) => setImmediate(resolve));
        }
      })();
      const uids = await Promise.all(
        Array.from({ length: 8 }, async () => {
          const own: string[] = [];
          for (let index = 0; index < 40; index += 1) own.push(await book.runs.allocate("train"));
          return own;
        }),
      );
      running = false;
      await rebuilds;
      expect(new Set(uids.flat()).size).toBe(320);
    }));

  it("are not decided on while a daybook closes: what was called before is done, each on what was there", async () => {
    const root = temporaryFolder();
    const book = await openDaybook(root);
    await book.runs.allocate("train");
    const waiting = [book.runs.allocate("train"), book.runs.allocate("train"), book.log.append({ stream: "note/1", type: "note.taken", data: {} }, { id: "x" })];
    await book.close();
    expect(await Promise.all(waiting)).toEqual(["0002", "0003", { firstSeq: 4, lastSeq: 4, duplicate: false }]);
  });
});

describe("an upcaster that throws", () => {
  it("puts out of use what reads that type, skips nothing, and leaves the rest running", async () => {
    const root = temporaryFolder();
    const first = await openDaybook(root);
    await first.runs.allocate("train");
    await first.log.append({ stream: "thing/1", type: "thing.made", data: {} });
    await first.runs.allocate("train");
    await first.close();

    const book = await openDaybook(root);
    book.registerEvent("thing.made", {
      version: 2,
      upcasters: {
        1: () => {
          throw new Error("no way up");
        },
      },
    });
    const things = defineProjection<"things", number>({ name: "things", version: 1, types: ["thing.made"], initialState: 0, evolve: (count) => count + 1 });
    book.registerProjection(things);
    expect(await book.runs.allocate("train")).toBe("0003");
    expect(await book.runs.list()).toHaveLength(3);
    await expect(book.view("things")).rejects.toMatchObject({ code: "PROJECTION_FAILED", event: { seq: 2 } });
    await book.close();
  });
});

describe("a decision", () => {
  it("is refused where the log is damaged between its folds and the end", async () => {
    const root = temporaryFolder();
    const log = await openRawLog(root);
    const engine = new ProjectionEngine(log, { upcast: (event) => event, newestVersion: () => undefined }, noSnapshots);
    const count = () => engine.transact([counts], durably, ({ counts: rows }) => ({ events: [note(1)], result: rows.get("all") ?? 0 }));
    await count();
    await count();
    const intact = statSync(activeSegment(root)).size;
    // The log's end is known from writing it; the fold has not read it yet.
    await log.append([note(2)], durably);
    const fd = openSync(activeSegment(root), "r+");
    writeSync(fd, "#", intact + 100);
    closeSync(fd);
    await expect(count()).rejects.toMatchObject({ code: "LOG_CORRUPT", offset: intact, seq: 3 });
    await expect(count()).rejects.toMatchObject({ code: "LOG_CORRUPT", offset: intact, seq: 3 });
    engine.close();
    await log.close();
    expect(statSync(activeSegment(root)).size).toBeGreaterThan(intact);
  });

  it("is refused where others have appended damage before the place of the newest snapshot", async () => {
    const root = temporaryFolder();
    const log = await openRawLog(root);
    await log.append([note(0)], durably);
    const book = await openDaybook(root);
    for (let number = 0; number < 600; number += 1) await book.log.append({ stream: "note/1", type: "note.taken", data: { number } }, { durability: "os" });
    // Each vouches for what was synced before it.
    for (let number = 0; number < 2; number += 1) await book.runs.allocate("train");
    await book.close();
    expect(readdirSync(join(root, "snapshots"))).not.toEqual([]);
    const fd = openSync(activeSegment(root), "r+");
    writeSync(fd, "#", Math.floor(statSync(activeSegment(root)).size / 2));
    closeSync(fd);
    const engine = new ProjectionEngine(log, { upcast: (event) => event, newestVersion: () => undefined }, new SnapshotFiles(nodeFileSystem, join(root, "snapshots"), log.store.options.info.root));
    await expect(engine.transact([runsProjection], durably, () => ({ events: [note(1)], result: 0 }))).rejects.toMatchObject({ code: "LOG_CORRUPT" });
    engine.close();
    await log.close();
  });
});
