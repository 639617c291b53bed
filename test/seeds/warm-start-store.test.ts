/** The tests of the store behind the warm-start session, translated. docs/from-warm-starts.md says what differs. */
import { rmSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { bytes, filesOf, keyFor, temporaryStore, text } from "../ledgers/warm-starts/temporary-store.js";

describe("warm-start store", () => {
  it("saves and gives back", async () => {
    const { store } = await temporaryStore();
    expect(await store.save(keyFor("roundtrip"), bytes("hello-warm"), 1.5, 7, "checkpoint")).toMatch(/^r[0-9a-f]+-[0-9a-f]+$/);
    const got = await store.lookup(keyFor("roundtrip"));
    expect([text(got), got?.objective, got?.iteration, got?.kind]).toEqual(["hello-warm", 1.5, 7, "checkpoint"]);
  });

  it("gives the lowest objective", async () => {
    const { store } = await temporaryStore();
    const key = keyFor("multi");
    await store.save(key, bytes("worse"), 3, 1, "checkpoint");
    await store.save(key, bytes("better"), { objective: 1, iteration: 2 });
    await store.save(key, bytes("mid"), 2, 3);
    expect([text(await store.lookup(key)), (await store.lookup(key))?.objective]).toEqual(["better", 1]);
  });

  it("lookupLatest ignores objectives", async () => {
    const { store } = await temporaryStore();
    const key = keyFor("latest-vs-best");
    await store.save(key, bytes("low-objective"), 1, 1, "final");
    await store.save(key, bytes("newer-higher-objective"), 10, 2, "checkpoint");
    expect(text(await store.lookup(key))).toBe("low-objective");
    const latest = await store.lookupLatest(key);
    expect([text(latest), latest?.iteration]).toEqual(["newer-higher-objective", 2]);
  });

  it("a final entry beats a checkpoint of the same objective, whichever is the newer", async () => {
    const { store } = await temporaryStore();
    for (const order of [["checkpoint", "final"], ["final", "checkpoint"]] as const) {
      const key = keyFor(order.join());
      for (const kind of order) await store.save(key, bytes(kind), { objective: 1, kind });
      expect(text(await store.lookup(key))).toBe("final");
    }
  });

  it("without objectives, the newest", async () => {
    const { store } = await temporaryStore();
    const key = keyFor("latest");
    for (const name of ["first", "second"]) await store.save(key, bytes(name));
    expect(text(await store.lookup(key))).toBe("second");
  });

  it("a payload that was tampered with is not given out, and cleared away", async () => {
    const temporary = await temporaryStore();
    await temporary.store.save(keyFor("corrupt"), bytes("original"), 0);
    for (const file of filesOf(temporary, "corrupt")) writeFileSync(file, "tampered!");
    expect(await temporary.store.lookup(keyFor("corrupt"))).toBeUndefined();
    expect(filesOf(temporary, "corrupt")).toEqual([]);
  });

  it("a payload that is missing is treated as such", async () => {
    const temporary = await temporaryStore();
    await temporary.store.save(keyFor("nobin"), bytes("x"));
    for (const file of filesOf(temporary, "nobin")) rmSync(file);
    expect(await temporary.store.lookup(keyFor("nobin"))).toBeUndefined();
  });

  it("an unknown key has nothing", async () => {
    const { store } = await temporaryStore();
    expect([await store.lookup(keyFor("absent")), await store.lookupLatest(keyFor("absent")), await store.entries(), await store.history(keyFor("absent"))]).toEqual([undefined, undefined, [], []]);
  });

  it("the oldest go once the budget is passed, and their files", async () => {
    const temporary = await temporaryStore({ sizeBudgetBytes: 4096, ttlMs: 3_600_000 });
    for (let i = 0; i < 20; i += 1) await temporary.store.save(keyFor(i), new Uint8Array(256), i);
    const there = Array.from({ length: 20 }, (_, i) => filesOf(temporary, i).length);
    expect(there).toEqual([0, 0, 0, 0, ...Array.from({ length: 16 }, () => 1)]);
    expect(await temporary.store.lookup(keyFor(0))).toBeUndefined();
    expect((await temporary.store.lookup(keyFor(19)))?.objective).toBe(19);
  });

  it("what is older than the time to live is not given out, and goes with a sweep", async () => {
    const temporary = await temporaryStore({ ttlMs: 1000 });
    const { store, clock, root } = temporary;
    await store.save(keyFor("ttl"), bytes("x"));
    expect(text(await store.lookup(keyFor("ttl")))).toBe("x");
    clock.advance(1000);
    expect(await store.lookup(keyFor("ttl"))).toBeUndefined();
    expect((await store.entries({ key: keyFor("ttl") })).map(({ expired }) => expired)).toEqual([true]);
    // A new store sweeps with its first save.
    const other = await temporaryStore({ root, clock, ttlMs: 1000 });
    await other.store.save(keyFor("ttl-other"), bytes("y"));
    expect([filesOf(temporary, "ttl").length, text(await store.lookup(keyFor("ttl-other")))]).toEqual([0, "y"]);
  });

  it("saveOverwrite keeps a single entry and a single file", async () => {
    const temporary = await temporaryStore();
    const { store } = temporary;
    const run = await store.save(keyFor("overwrite"), bytes("v1"), 2, 1, "checkpoint");
    await store.saveOverwrite(keyFor("overwrite"), run, bytes("v2"), 1, 2, "checkpoint");
    expect(filesOf(temporary, "overwrite")).toHaveLength(1);
    const got = await store.lookup(keyFor("overwrite"));
    expect([text(got), got?.objective]).toEqual(["v2", 1]);
  });

  it("keys know nothing of each other", async () => {
    const { store } = await temporaryStore();
    await store.save(keyFor("a"), bytes("AAA"), 1, undefined, "final");
    await store.save(keyFor("b"), bytes("BBB"), 1, undefined, "final");
    expect([text(await store.lookup(keyFor("a"))), text(await store.lookup(keyFor("b")))]).toEqual(["AAA", "BBB"]);
  });
});
