import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openDaybook } from "../../../src/index.js";
import type { RecordedEvent } from "../../../src/index.js";
import { fakeClock } from "../../../src/testing.js";
import { WarmStartStore } from "../../../src/warm-starts.js";
import { temporaryFolder } from "../../support/temporary-folder.js";
import { bytes, filesOf, keyFor, temporaryStore, text } from "./temporary-store.js";
import type { TemporaryStore } from "./temporary-store.js";

async function eventsOf({ store }: Pick<TemporaryStore, "store">): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of store.book.log.read({ types: ["warm-start.saved", "warm-start.evicted"] })) events.push(event);
  return events;
}

describe("saving", () => {
  it("is an event per save, with the digest of the payload, and what it replaced", async () => {
    const temporary = await temporaryStore();
    const { store } = temporary;
    const run = await store.save(keyFor("k"), bytes("one"), { objective: 2, iteration: 1, seed: { key: keyFor("other").toHex(), run: "r1", source: "preloaded" } });
    await store.saveOverwrite(keyFor("k"), run, bytes("second"), { objective: 1, kind: "final" });
    const [first, second] = await eventsOf(temporary);
    const key = keyFor("k").toHex();
    expect([first?.stream, first?.data]).toEqual([
      `warm-start/${key}`,
      { run, save: 1, kind: "checkpoint", file: { path: expect.stringMatching(`^warm-starts/${key}/${run}\\.1-[0-9a-f]{8}\\.bin$`) as string, bytes: 3, sha256: "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed" }, objective: 2, iteration: 1, seed: { key: keyFor("other").toHex(), run: "r1", source: "preloaded" } },
    ]);
    expect(second?.data).toMatchObject({ run, save: 2, kind: "final", objective: 1, replaced: 3 });
  });

  it("gives the payload in memory of its own, of any size", async () => {
    const { store } = await temporaryStore();
    for (const length of [0, 1, 4, 1000, 100_000]) {
      const values = Float64Array.from({ length }, (_, index) => index / 3);
      await store.save(keyFor(length), new Uint8Array(values.buffer));
      const got = await store.lookup(keyFor(length));
      expect([got?.payload.byteOffset, got?.payload.constructor.name, new Float64Array((got?.payload.buffer ?? new ArrayBuffer(8)) as ArrayBuffer)]).toEqual([0, "Uint8Array", values]);
    }
  });

  it("saves the payload as it is at the call", async () => {
    const { store } = await temporaryStore();
    const payload = bytes("then");
    const saving = store.save(keyFor("k"), payload);
    payload.fill(0);
    await saving;
    expect(text(await store.lookup(keyFor("k")))).toBe("then");
  });

  it("gives every slot a name of its own, also while the clock stands still", async () => {
    const { store } = await temporaryStore();
    const runs = await Promise.all(Array.from({ length: 40 }, () => store.save(keyFor("k"), bytes("x"))));
    expect(new Set(runs).size).toBe(40);
    expect(await store.entries({ key: keyFor("k") })).toHaveLength(40);
  });

  it("is safe from several handles at once: nothing is lost, and every slot holds what was saved in it last", async () => {
    const root = temporaryFolder();
    const stores = await Promise.all([1, 2, 3].map(() => temporaryStore({ root })));
    await Promise.all(
      stores.flatMap(({ store }, who) =>
        Array.from({ length: 10 }, async (_, index) => {
          await store.save(keyFor(index), bytes(`${who}`), index + who / 10);
          await store.saveOverwrite(keyFor(index), "shared", bytes(`shared ${who}`), 100);
        }),
      ),
    );
    for (let index = 0; index < 10; index += 1) {
      const entries = (await stores[0]?.store.entries({ key: keyFor(index) })) ?? [];
      expect(entries).toHaveLength(4);
      expect(entries.find(({ run }) => run === "shared")?.save).toBe(3);
      expect(text(await stores[1]?.store.lookup(keyFor(index)))).toBe("0");
      expect(filesOf({ root }, index)).toHaveLength(4);
    }
    expect((await stores[2]?.store.verify())?.faults).toEqual([]);
  });

  it("refuses a payload that alone is over the budget, and leaves everything else as it is", async () => {
    const temporary = await temporaryStore({ sizeBudgetBytes: 10 });
    await temporary.store.save(keyFor("k"), new Uint8Array(10));
    await expect(temporary.store.save(keyFor("k"), new Uint8Array(11))).rejects.toMatchObject({ code: "PAYLOAD_TOO_LARGE", bytes: 11, sizeBudgetBytes: 10 });
    expect(filesOf(temporary, "k")).toHaveLength(1);
    // The newest is the last to go, and what just fits makes it.
    await temporary.store.save(keyFor("l"), new Uint8Array(10));
    expect((await temporary.store.entries()).map(({ key }) => key)).toEqual([keyFor("l").toHex()]);
  });

  it("sweeps expired entries with its first and every 32nd save, else only what passes the budget", async () => {
    const { store, clock } = await temporaryStore({ ttlMs: 1000 });
    await store.save(keyFor("old"), bytes("x"));
    clock.advance(5000);
    const left = async (): Promise<number> => (await store.entries({ key: keyFor("old") })).length;
    for (let save = 2; save <= 32; save += 1) await store.saveOverwrite(keyFor("new"), "slot", bytes("y"));
    expect(await left()).toBe(1);
    await store.saveOverwrite(keyFor("new"), "slot", bytes("y"));
    expect(await left()).toBe(0);
  });

  it("names the field that is wrong, and writes nothing", async () => {
    const temporary = await temporaryStore();
    const { store } = temporary;
    const key = keyFor("k");
    const lost = new Uint8Array(4);
    structuredClone(lost.buffer, { transfer: [lost.buffer] });
    const odd: readonly (readonly [field: string, call: () => Promise<unknown>])[] = [
      ["key", () => store.save("abc", bytes("x"))],
      ["key", () => store.lookup(undefined as never)],
      ["payload", () => store.save(key, "x" as never)],
      ["payload", () => store.save(key, new Float64Array(1) as never)],
      ["payload", () => store.save(key, lost)],
      ["objective", () => store.save(key, bytes("x"), NaN)],
      ["objective", () => store.save(key, bytes("x"), { objective: -Infinity })],
      ["objective", () => store.save(key, bytes("x"), null as never)],
      ["objective", () => store.save(key, bytes("x"), "1" as never)],
      ["iteration", () => store.save(key, bytes("x"), 1, -1)],
      ["iteration", () => store.save(key, bytes("x"), { iteration: 1.5 })],
      ["kind", () => store.save(key, bytes("x"), 1, 1, "last" as never)],
      ["objectiv", () => store.save(key, bytes("x"), { objectiv: 1 } as never)],
      ["signal", () => store.save(key, bytes("x"), { signal: 7 as never })],
      ["seed.source", () => store.save(key, bytes("x"), { seed: { key: key.toHex(), run: "r", source: "other" as never } })],
      ["prefixes", () => store.nearest(7 as never)],
      ["prefixes[1]", () => store.nearest([key, "no"])],
      ["graceMs", () => store.gc({ graceMs: -1 })],
      ["kez", () => store.entries({ kez: key } as never)],
    ];
    for (const [field, call] of odd) await expect(call(), call.toString()).rejects.toMatchObject({ code: "INVALID_OPTION", field });
    for (const run of ["", "../x", "a/b", ".hidden", "a".repeat(129), undefined]) await expect(store.saveOverwrite(key, run as never, bytes("x"))).rejects.toMatchObject({ code: "INVALID_ID" });
    expect([await eventsOf(temporary), filesOf(temporary, "k")]).toEqual([[], []]);
  });

  it("gives up on a signal: what was there before is there still, and nothing else", async () => {
    const temporary = await temporaryStore();
    const run = await temporary.store.save(keyFor("k"), bytes("kept"));
    await expect(temporary.store.saveOverwrite(keyFor("k"), run, bytes("never"), { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
    expect([text(await temporary.store.lookup(keyFor("k"))), filesOf(temporary, "k").length]).toEqual(["kept", 1]);
  });
});

describe("looking up", () => {
  it("goes on to the next best where a payload is altered, truncated or missing; each is given up once, and told", async () => {
    const temporary = await temporaryStore();
    const { store, told } = temporary;
    const key = keyFor("k");
    for (const [index, name] of ["altered", "truncated", "missing", "good"].entries()) await store.saveOverwrite(key, name, bytes(name), index);
    const at = (name: string): string => filesOf(temporary, "k").find((file) => file.includes(`/${name}.`)) ?? "";
    writeFileSync(at("altered"), "ALTERED");
    writeFileSync(at("truncated"), "trunc");
    rmSync(at("missing"));
    expect(text(await store.lookup(key))).toBe("good");
    expect((await eventsOf(temporary)).flatMap(({ type, data }) => (type === "warm-start.evicted" ? [[data["run"], data["reason"]]] : []))).toEqual([["altered", "corrupt"], ["truncated", "corrupt"], ["missing", "missing"]]);
    expect(told.map(({ fault }) => [fault.run, fault.doing])).toEqual([["altered", "load"], ["truncated", "load"], ["missing", "load"]]);
    expect(filesOf(temporary, "k")).toHaveLength(1);
    expect([text(await store.lookup(key)), told.length]).toEqual(["good", 3]);
  });

  it("of a daybook opened read-only, passes bad entries over, tells, and changes nothing", async () => {
    const writing = await temporaryStore();
    await writing.store.save(keyFor("k"), bytes("bad"), 0);
    const [file = ""] = filesOf(writing, "k");
    await writing.store.save(keyFor("k"), bytes("good"), 1);
    writeFileSync(file, "BAD");
    const { store, told } = await temporaryStore({ root: writing.root, daybook: { readOnly: true } });
    expect(text(await store.lookup(keyFor("k")))).toBe("good");
    expect([told.length, readFileSync(file, "utf8"), (await store.entries()).length]).toEqual([1, "BAD", 2]);
    await expect(store.save(keyFor("k"), bytes("x"))).rejects.toMatchObject({ code: "LOG_READ_ONLY" });
    await expect(store.evict()).rejects.toMatchObject({ code: "LOG_READ_ONLY" });
    await expect(store.gc()).rejects.toMatchObject({ code: "LOG_READ_ONLY" });
    expect((await store.gc({ dryRun: true })).deleted).toEqual([]);
  });

  it("as of an earlier moment, gives what was best then as far as it is still there", async () => {
    const temporary = await temporaryStore();
    const { store } = temporary;
    await store.save(keyFor("k"), bytes("gone"), 2);
    await store.save(keyFor("k"), bytes("first"), 3);
    await store.save(keyFor("k"), bytes("later"), 1);
    for (const { run } of (await store.entries()).slice(0, 1)) await store.saveOverwrite(keyFor("k"), run, bytes("overwritten"), 9);
    const past = await store.book.at(3);
    const told: string[] = [];
    const then = await WarmStartStore.open(past, { onError: (error) => void told.push(error.message) });
    expect([text(await then.lookup(keyFor("k"))), (await then.entries()).map(({ objective }) => objective)]).toEqual(["later", [2, 3, 1]]);
    const before = await WarmStartStore.open(await store.book.at(2), { onError: (error) => void told.push(error.message) });
    expect([text(await before.lookup(keyFor("k"))), told.length]).toEqual(["first", 1]);
    expect((await before.history(keyFor("k"))).map(({ objective }) => objective)).toEqual([2, 3]);
    await expect(before.save(keyFor("k"), bytes("x"))).rejects.toMatchObject({ code: "LOG_READ_ONLY" });
    await expect(before.verify()).rejects.toMatchObject({ code: "LOG_READ_ONLY" });
  });

  it("passes over entries of other writers that name no payload, and deletes no file that is not a payload's", async () => {
    const { store, root } = await temporaryStore({ sizeBudgetBytes: 100 });
    const book = await openDaybook(root);
    onTestFinished(() => book.close());
    const paths = ["daybook.json", "log/lock", `warm-starts/${keyFor("other").toHex()}/r1.1-0.bin`, `warm-starts/${"\ud83d\ude00".repeat(70)}.bin`];
    await store.saveOverwrite(keyFor("other"), "r1", bytes("other"));
    for (const [index, path] of paths.entries()) {
      const data = { run: `forged-${index}`, save: 1, kind: "final", file: { path, bytes: 60, sha256: "0".repeat(64) }, objective: index };
      await book.runs.host.transact([], () => ({ events: [{ stream: `warm-start/${keyFor("k").toHex()}`, type: "warm-start.saved", data }], result: undefined }), { types: ["warm-start.saved"] });
      if (index === 1) expect((await store.evict()).evicted).toHaveLength(2);
    }
    expect(await store.lookup(keyFor("k"))).toBeUndefined();
    expect([existsSync(join(root, "daybook.json")), existsSync(join(root, "log", "lock"))]).toEqual([true, true]);
  });

  it("nearest gives the newest entry of the first key that has any, with its place", async () => {
    const { store } = await temporaryStore();
    await store.save(keyFor("close"), bytes("old"), 1);
    await store.save(keyFor("close"), bytes("new"), 2);
    await store.save(keyFor("far"), bytes("far"), 0);
    const hit = await store.nearest([keyFor("exact"), keyFor("close"), keyFor("far").toHex().toUpperCase()]);
    expect([text(hit), hit?.index, hit?.key]).toEqual(["new", 1, keyFor("close").toHex()]);
    expect([await store.nearest([]), await store.nearest(new Set([keyFor("none")]))]).toEqual([undefined, undefined]);
  });

  it("counts ages by a clock of the store's own, which may be far from the daybook's, from what it showed at the save", async () => {
    const root = temporaryFolder();
    let ms = 1000;
    const store = await WarmStartStore.open(root, { clock: () => ms, ttlMs: 5000 });
    onTestFinished(() => store.close());
    await store.save(keyFor("k"), bytes("early"), 1);
    ms += 4999;
    expect(await store.lookup(keyFor("k"))).toMatchObject({ objective: 1, writtenUnixSecs: 1, writtenAt: "1970-01-01T00:00:01.000Z" });
    ms += 1;
    expect([await store.lookup(keyFor("k")), (await store.evict()).evicted.map(({ reason }) => reason)]).toEqual([undefined, ["expired"]]);
    // Decades on: what is saved then is as young as it was at the beginning.
    ms = Date.parse("2090-01-01T00:00:00Z");
    await store.save(keyFor("k"), bytes("late"), 2);
    expect(await store.lookup(keyFor("k"))).toMatchObject({ objective: 2, writtenAt: "2090-01-01T00:00:00.000Z" });
    expect((await store.history(keyFor("k"))).map(({ time }) => time)).toEqual(["1970-01-01T00:00:01.000Z", "2090-01-01T00:00:00.000Z"]);
  });

  it("takes Infinity for no budget and for any age", async () => {
    const { store, clock } = await temporaryStore({ sizeBudgetBytes: Infinity, ttlMs: Infinity });
    await store.save(keyFor("k"), bytes("x"), 1);
    clock.advance(1e12);
    expect([(await store.evict()).evicted, text(await store.lookup(keyFor("k")))]).toEqual([[], "x"]);
  });

  it("tells when an entry was written, and by whom it may be found again", async () => {
    const { store, clock } = await temporaryStore();
    clock.advance(1234);
    const run = await store.save(keyFor("k"), bytes("x"), 1);
    expect(await store.lookup(keyFor("k"))).toEqual({ payload: bytes("x"), objective: 1, kind: "checkpoint", writtenUnixSecs: Math.floor(clock.now() / 1000), writtenAt: new Date(clock.now()).toISOString(), key: keyFor("k").toHex(), run });
  });
});

describe("care", () => {
  it("evict says what went and what is left", async () => {
    const { store, clock, root } = await temporaryStore({ ttlMs: 0 });
    await store.saveOverwrite(keyFor("k"), "expired", bytes("12345"));
    clock.advance(10_000);
    for (const run of ["older", "newer", "newest"]) await store.saveOverwrite(keyFor("k"), run, bytes("12345"));
    const other = await temporaryStore({ root, clock, ttlMs: 10_000, sizeBudgetBytes: 10 });
    const k = keyFor("k").toHex();
    expect(await other.store.evict()).toEqual({ evicted: [{ key: k, run: "expired", reason: "expired", bytes: 5 }, { key: k, run: "older", reason: "budget", bytes: 5 }], bytes: 10, entries: 2 });
    expect(await other.store.evict()).toEqual({ evicted: [], bytes: 10, entries: 2 });
    expect(filesOf({ root }, "k")).toHaveLength(2);
  });

  it("history has every save, also of entries that are gone, each with the least objective so far", async () => {
    const { store } = await temporaryStore({ sizeBudgetBytes: 2 });
    for (const objective of [5, 7, undefined, 3, 3 - 1e-13]) await store.save(keyFor("k"), bytes("x"), objective);
    const points = await store.history(keyFor("k"));
    expect(points.map(({ objective, best, improved }) => [objective, best, improved])).toEqual([[5, 5, true], [7, 5, false], [undefined, 5, false], [3, 3, true], [3 - 1e-13, 3 - 1e-13, false]]);
    expect(await store.entries()).toHaveLength(2);
  });

  it("gc takes away what no entry names once it is old, and nothing of anybody else", async () => {
    const temporary = await temporaryStore();
    const { store } = temporary;
    await store.save(keyFor("k"), bytes("named"));
    const [named = ""] = filesOf(temporary, "k");
    const orphan = named.replace(/[^/]+$/, "r1-2.1-0a1b2c3d.bin");
    const unfinished = named.replace(/[^/]+$/, "r1-2.1-0a1b2c3d.bin.0123456789abcdef.new");
    const foreign = join(temporary.root, "warm-starts", "notes.txt");
    for (const file of [orphan, unfinished, foreign]) writeFileSync(file, "x");
    const young = await store.gc();
    expect([young.deleted, young.young.length, young.foreign]).toEqual([[], 2, ["warm-starts/notes.txt"]]);
    expect((await store.gc({ graceMs: 0, dryRun: true })).deleted).toHaveLength(2);
    expect(existsSync(orphan)).toBe(true);
    const report = await store.gc({ graceMs: 0 });
    expect([report.deleted.length, report.bytes, report.failed, existsSync(orphan), existsSync(unfinished), existsSync(named), existsSync(foreign)]).toEqual([2, 2, [], false, false, true, true]);
    expect(text(await store.lookup(keyFor("k")))).toBe("named");
  });

  it("verify names what is missing or altered, and changes nothing", async () => {
    const temporary = await temporaryStore();
    const { store } = temporary;
    for (const run of ["fine", "altered", "missing"]) await store.saveOverwrite(keyFor("k"), run, bytes(run));
    const at = (name: string): string => filesOf(temporary, "k").find((file) => file.includes(`/${name}.`)) ?? "";
    writeFileSync(at("altered"), "ALTERED");
    rmSync(at("missing"));
    const before = (await store.book.log.head()).seq;
    const { entries, faults } = await store.verify();
    expect([entries, faults.map(({ run, kind }) => [run, kind])]).toEqual([3, [["altered", "corrupt"], ["missing", "missing"]]]);
    expect((await store.book.log.head()).seq).toBe(before);
  });

  it("the views survive a rebuild, and say what the log says", async () => {
    const { store } = await temporaryStore({ sizeBudgetBytes: 20 });
    for (let i = 0; i < 12; i += 1) await store.saveOverwrite(keyFor(i % 3), `r${i % 5}`, new Uint8Array(i));
    const { projections } = await store.book.rebuild({ check: true });
    expect(projections.filter(({ name }) => name.startsWith("warm-start")).map(({ drift, failure }) => [drift, failure])).toEqual([[[], undefined], [[], undefined], [[], undefined]]);
    const entries = await store.entries();
    expect(await store.book.view("warm-start-totals")).toEqual({ entries: entries.length, bytes: entries.reduce((sum, { bytes: size }) => sum + size, 0) });
  });
});

describe("a store", () => {
  it("stands in an open daybook, which it leaves open, or opens that of a folder", async () => {
    const root = temporaryFolder();
    const book = await openDaybook(root);
    onTestFinished(() => book.close());
    const store = await WarmStartStore.open(book);
    await store.save(keyFor("k"), bytes("x"));
    await store.close();
    await store.close();
    await expect(store.lookup(keyFor("k"))).rejects.toMatchObject({ code: "LOG_CLOSED" });
    expect((await book.log.head()).seq).toBe(1);
    const other = await WarmStartStore.open(root, { sizeBudgetBytes: 5, ttlMs: 7 });
    expect([other.root, other.sizeBudgetBytes, other.ttlMs]).toEqual([book.root, 5, 7]);
    await other.close();
  });

  it("waits with closing for what is under way", async () => {
    const { store, root } = await temporaryStore();
    const saving = store.save(keyFor("k"), bytes("x"));
    await store.close();
    await saving;
    expect(filesOf({ root }, "k")).toHaveLength(1);
  });

  it("refuses options that are wrong, naming them", async () => {
    const root = temporaryFolder();
    const book = await openDaybook(root);
    onTestFinished(() => book.close());
    const odd: readonly (readonly [field: string, options: object])[] = [
      ["sizeBudgetBytes", { sizeBudgetBytes: -1 }],
      ["sizeBudgetBytes", { sizeBudgetBytes: 1.5 }],
      ["sizeBudgetBytes", { sizeBudgetBytes: NaN }],
      ["ttlMs", { ttlMs: NaN }],
      ["ttlMs", { ttlMs: -Infinity }],
      ["clock", { clock: 7 }],
      ["clock", { clock: {} }],
      ["onError", { onError: "no" }],
      ["artifacts", { artifacts: {} }],
      ["daybook", { daybook: {} }],
      ["budget", { budget: 1 }],
    ];
    for (const [field, options] of odd) await expect(WarmStartStore.open(book, options), field).rejects.toMatchObject({ code: "INVALID_OPTION", field });
    await expect(WarmStartStore.open(7 as never)).rejects.toMatchObject({ code: "INVALID_OPTION", field: "place" });
    const store = await WarmStartStore.open(book, { clock: () => NaN });
    await expect(store.evict()).rejects.toMatchObject({ code: "INVALID_OPTION", field: "clock" });
  });

  it("counts ages by its own clock where it has one", async () => {
    const clock = fakeClock("2026-11-28T08:00:00Z");
    const { store, root } = await temporaryStore({ clock, ttlMs: 1000 });
    await store.save(keyFor("k"), bytes("x"));
    const other = await WarmStartStore.open(root, { ttlMs: 1000, clock: () => clock.now() + 1000, daybook: { clock: clock.clock } });
    onTestFinished(() => other.close());
    expect([text(await store.lookup(keyFor("k"))), await other.lookup(keyFor("k"))]).toEqual(["x", undefined]);
  });
});
