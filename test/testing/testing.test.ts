import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { defineProjection, VersionConflictError } from "../../src/index.js";
import { describeLogBackend, fakeClock, givenEvents, openMemoryDaybook } from "../../src/testing.js";
import { runProgram } from "../support/programs.js";

const stock = defineProjection<"stock", number>({
  name: "stock",
  version: 1,
  types: ["item.bought", "item.sold"],
  keys: (event) => [event.stream],
  evolve: (row, event) => (row ?? 0) + Number(event.data["count"]) * (event.type === "item.sold" ? -1 : 1),
});
const total = defineProjection({ name: "total", version: 1, initialState: 0, evolve: (state: number) => state + 1, view: (state) => ({ state }) });
const bought = (item: string, count: number): { stream: string; type: string; data: { count: number } } => ({ stream: `item/${item}`, type: "item.bought", data: { count } });

describe("fakeClock", () => {
  it("stands still until it is moved", () => {
    const clock = fakeClock("2026-03-01T00:00:00.000Z");
    expect([clock.now(), clock.clock()]).toEqual([Date.UTC(2026, 2, 1), Date.UTC(2026, 2, 1)]);
    clock.advance(1500);
    clock.advance(-500);
    expect(clock.clock()).toBe(Date.UTC(2026, 2, 1) + 1000);
    expect(() => fakeClock("soon")).toThrow(RangeError);
  });
});

describe("openMemoryDaybook", () => {
  it("is a whole daybook: log, ledgers, views, decisions, checks", async () => {
    const fake = fakeClock();
    const book = await openMemoryDaybook({ participantId: "tester", clock: fake.clock });
    onTestFinished(() => book.close());
    expect(await book.log.append([bought("a", 1)], { id: "once" })).toEqual({ firstSeq: 1, lastSeq: 1, duplicate: false });
    expect(await book.log.append([bought("a", 1)], { id: "once" })).toEqual({ firstSeq: 1, lastSeq: 1, duplicate: true });
    fake.advance(1000);
    const uid = await book.runs.allocate("train", { params: { lr: 0.1 } });
    expect(uid).toBe("0001");
    expect(await book.transact([stock], ({ stock: rows }) => ({ events: [], result: rows.get("item/a") }))).toMatchObject({ result: 1 });
    expect((await book.log.head()).time).toBe("2026-01-01T00:00:01.000Z");
    expect(await book.rebuild()).toMatchObject({ projections: expect.anything() as unknown });
    expect(await book.verify({ full: true })).toMatchObject({ ok: true, events: 2 });
  });

  it("takes what was put under its root with it", async () => {
    const book = await openMemoryDaybook();
    expect(existsSync(book.root)).toBe(false);
    await mkdir(join(book.root, "runs"), { recursive: true });
    await writeFile(join(book.root, "runs", "note.txt"), "x");
    await book.close();
    expect(existsSync(book.root)).toBe(false);
    for (const late of [book.log.head(), book.verify(), book.rebuild(), book.view("runs")]) await expect(late).rejects.toMatchObject({ code: "LOG_CLOSED" });
  });

  it("shares nothing with another one", async () => {
    const [one, other] = [await openMemoryDaybook(), await openMemoryDaybook()];
    await one.log.append(bought("a", 1));
    expect((await other.log.head()).seq).toBe(0);
    await Promise.all([one.close(), other.close()]);
  });
});

describe("givenEvents", () => {
  it("folds events into rows, state and view", () => {
    const given = givenEvents(stock, [bought("a", 3), bought("b", 1), { ...bought("a", 1), type: "item.sold" }, { ...bought("a", 1), type: "item.lost" }]);
    expect(given.rows).toEqual({ "item/a": 2, "item/b": 1 });
    expect([given.state.get("item/a"), given.unknown]).toEqual([2, 1]);
    const { state, view } = givenEvents(total, [bought("a", 1)]);
    expect([state, view]).toEqual([1, { state: 1 }]);
  });

  it("holds a decision against exactly the events, result or error that a test expects", () => {
    const sell = (item: string, count: number) => (states: { stock: { get(key: string): number | undefined } }) => {
      const left = (states.stock.get(`item/${item}`) ?? 0) - count;
      if (left < 0) throw new VersionConflictError(`item/${item}`, count, left);
      return { events: [{ stream: `item/${item}`, type: "item.sold", data: { count } }], result: left };
    };
    const given = givenEvents(stock, [bought("a", 3)]);
    const outcome = given.when(sell("a", 2));
    outcome.thenEvents([{ stream: "item/a", type: "item.sold", data: { count: 2 } }]);
    outcome.thenResult(1);
    given.when(sell("a", 4)).thenThrows("VERSION_CONFLICT");
    given.when(() => []).thenEvents([]);
    // The checks can fail.
    expect(() => outcome.thenEvents([])).toThrow();
    expect(() => outcome.thenEvents([{ stream: "item/a", type: "item.sold", data: { count: 3 } }])).toThrow();
    expect(() => outcome.thenResult(2)).toThrow();
    expect(() => outcome.thenThrows("VERSION_CONFLICT")).toThrow("expected VERSION_CONFLICT");
    expect(() => given.when(sell("a", 4)).thenThrows("LOG_CLOSED")).toThrow(VersionConflictError);
    expect(() => given.when(sell("a", 4)).thenEvents([])).toThrow(VersionConflictError);
  });

  it("throws when the fold does", () => {
    const broken = defineProjection({
      ...total,
      name: "broken",
      evolve: (): number => {
        throw new Error("no");
      },
    });
    expect(() => givenEvents(broken, [bought("a", 1)])).toThrow(expect.objectContaining({ code: "PROJECTION_FAILED" }) as Error);
  });
});

describe("describeLogBackend", () => {
  it("works with any runner, where vitest is not running", async () => {
    const lines = await runProgram("backend-suite", [], { env: { VITEST: "" } });
    expect(lines.find((line) => /^# pass \d+/.test(line))).toMatch(/# pass [3-9]\d/);
    expect(lines).toContain("# fail 0");
  });

  it("registers what is claimed, and nothing else", () => {
    const titles = (persistent: boolean, shared: boolean): string[] => {
      const seen: string[] = [];
      const runner = {
        describe: (name: string, body: () => void) => {
          seen.push(name);
          body();
        },
        it: () => undefined,
      };
      describeLogBackend("x", () => Promise.reject(new Error("not asked")), { persistent, shared }, runner);
      return seen.filter((name) => name === "persistence" || name === "sharing");
    };
    expect([titles(false, false), titles(true, false), titles(true, true)]).toEqual([[], ["persistence"], ["persistence", "sharing"]]);
  });
});
