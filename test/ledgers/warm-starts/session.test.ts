import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { nodeArtifactFiles } from "../../../src/artifacts/artifact-files.js";
import { FolderArtifactStore, MemoryArtifactStore, WarmStartSession, WarmStartStore } from "../../../src/warm-starts.js";
import type { ArtifactStore, CachedEntry, WarmStartSessionOptions, WarmStartStoreOptions } from "../../../src/warm-starts.js";
import { temporaryFolder } from "../../support/temporary-folder.js";
import { bytes, keyFor, temporaryStore, text } from "./temporary-store.js";

const seed = (name: string, more: Partial<CachedEntry> = {}): CachedEntry => ({ payload: bytes(name), kind: "checkpoint", writtenUnixSecs: 0, ...more });

/** A session with a clock that goes on by hand. */
async function temporarySession(options: Parameters<typeof temporaryStore>[0] = {}): Promise<Awaited<ReturnType<typeof temporaryStore>> & { readonly session: WarmStartSession; readonly at: { ms: number } }> {
  const temporary = await temporaryStore(options);
  const at = { ms: 0 };
  return { ...temporary, at, session: WarmStartSession.open(temporary.store, keyFor("k"), { clock: () => at.ms }) };
}

/** An artifact store that fails at some calls with an error of the system. */
function failing(inner: ArtifactStore, fails: { put?: boolean; get?: boolean; delete?: boolean }): ArtifactStore {
  const fail = (): never => {
    throw Object.assign(new Error("EIO: injected"), { code: "EIO" });
  };
  return {
    put: async (...args) => (fails.put === true ? fail() : await inner.put(...args)),
    get: async (...args) => (fails.get === true ? fail() : await inner.get(...args)),
    list: (prefix) => inner.list(prefix),
    delete: async (path) => (fails.delete === true ? fail() : await inner.delete(path)),
    locate: (path) => inner.locate(path),
  };
}

describe("a session", () => {
  it("knows its key, its store and its slot; nothing is read or written by opening it", async () => {
    const { store, session } = await temporarySession();
    expect([session.key.equals(keyFor("k")), session.store === store, /^ckpt-r[0-9a-f]+-[0-9a-f]+$/.test(session.runId)]).toEqual([true, true, true]);
    expect((await store.book.log.head()).seq).toBe(0);
    expect(await Promise.resolve(WarmStartSession.open(store, keyFor("k").toHex()))).toBeInstanceOf(WarmStartSession);
    expect(WarmStartSession.open(store, keyFor("k")).runId).not.toBe(session.runId);
  });

  it("writes a checkpoint that improves nothing once the interval is over, counted from the last write", async () => {
    const { session, at } = await temporarySession();
    const written: boolean[] = [];
    for (const [ms, objective] of [[0, 5], [1999, 5], [2000, 5], [3999, 6], [3999.5, 4], [5000, 4], [5999.5, 4 - 1e-13]] as const) {
      at.ms = ms;
      written.push(await session.checkpoint(bytes(`${ms}`), objective));
    }
    expect(written).toEqual([true, false, true, false, true, false, true]);
  });

  it("counts by the clock of the store, which is the daybook's, unless it has one of its own; a Date or an object with a now will do", async () => {
    let ms = Date.parse("2026-11-28T08:00:00Z");
    const clocks: readonly (readonly [string, WarmStartStoreOptions, WarmStartSessionOptions])[] = [
      ["daybook", { daybook: { clock: () => ms } }, {}],
      ["store", { clock: () => new Date(ms) }, {}],
      ["session", {}, { clock: { now: () => ms } }],
    ];
    for (const [name, storeOptions, options] of clocks) {
      const store = await WarmStartStore.open(temporaryFolder(), storeOptions);
      onTestFinished(() => store.close());
      const session = WarmStartSession.open(store, keyFor("k"), options);
      const written: boolean[] = [];
      // Put back, it says nothing about how long ago the last write is.
      for (const passed of [0, 1999, 1, 0, -60_000, 0]) {
        ms += passed;
        written.push(await session.checkpoint(bytes("x"), 1));
      }
      expect(written, name).toEqual([true, false, true, false, true, false]);
    }
  });

  it("without objectives, writes the first and then by the interval; the first objective improves", async () => {
    const { session, at } = await temporarySession();
    expect([await session.checkpoint(bytes("a")), await session.checkpoint(bytes("b")), await session.checkpoint(bytes("c"), 9), await session.checkpoint(bytes("d"))]).toEqual([true, false, true, false]);
    at.ms = 2000;
    expect(await session.checkpoint(bytes("e"))).toBe(true);
  });

  it("has one slot, and one file, whatever it writes; finalize promotes it, and goes before the limit", async () => {
    const { session, store, root } = await temporarySession();
    for (const objective of [5, 4, 3]) await session.checkpoint(bytes(`${objective}`), objective);
    expect(await session.finalize(bytes("done"), 3, 12)).toBe(true);
    expect((await store.entries()).map(({ run, save, kind, iteration }) => [run, save, kind, iteration])).toEqual([[session.runId, 4, "final", 12]]);
    expect(readdirSync(join(root, "warm-starts", session.key.toHex()))).toHaveLength(1);
    // The result counts as written, too.
    expect(await session.checkpoint(bytes("after"), 3)).toBe(false);
  });

  it("copies no payload that is held back at once", async () => {
    const { session } = await temporarySession();
    const payload = new Uint8Array(1 << 20);
    await session.checkpoint(payload, 1);
    const before = process.memoryUsage().arrayBuffers;
    const calls = Array.from({ length: 100 }, () => session.checkpoint(payload, 2));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20 << 20);
    expect(new Set(await Promise.all(calls))).toEqual(new Set([false]));
  });

  it("takes intervals of any length, 0 for no limit", async () => {
    const { store } = await temporarySession();
    const session = WarmStartSession.open(store, keyFor("k"), { minIntervalMs: 0, clock: () => 0 });
    expect([await session.checkpoint(bytes("a"), 1), await session.checkpoint(bytes("b"), 1)]).toEqual([true, true]);
  });

  it("keeps the order of calls that nobody awaits, and the payloads of their moment", async () => {
    const { session } = await temporarySession();
    const buffer = bytes("a");
    const calls = [session.checkpoint(buffer, 5)];
    buffer.set(bytes("b"));
    calls.push(session.checkpoint(buffer, 3));
    const between = session.tryLoad();
    calls.push(session.checkpoint(buffer, 4));
    session.preload(seed("seed"));
    const [preloaded, then] = [session.tryLoad(), session.tryLoad()];
    buffer.set(bytes("c"));
    calls.push(session.finalize(buffer, 2));
    buffer.fill(0);
    const last = session.tryLoad();
    expect(await Promise.all(calls)).toEqual([true, true, false, true]);
    expect([text(await between), text(await preloaded), text(await then), text(await last)]).toEqual(["b", "seed", "b", "c"]);
  });

  it("is waited for by the closing of its store", async () => {
    const { session, store, root } = await temporarySession();
    const calls = [session.checkpoint(bytes("a"), 2), session.checkpoint(bytes("b"), 1)];
    await store.close();
    expect(await Promise.all(calls)).toEqual([true, true]);
    const again = await temporaryStore({ root });
    expect(text(await again.store.lookup(keyFor("k")))).toBe("b");
    expect(await session.checkpoint(bytes("c"), 0)).toBe(false);
  });

  it("never lets its own worse iterates hide a better entry of another session", async () => {
    const { store } = await temporarySession();
    await WarmStartSession.open(store, keyFor("k")).finalize(bytes("best"), 1);
    const later = WarmStartSession.open(store, keyFor("k"));
    expect(await later.checkpoint(bytes("worse"), 50)).toBe(true);
    expect(text(await later.tryLoad())).toBe("best");
  });

  it("tells in its first save what the fit had begun from", async () => {
    const { session, store } = await temporarySession();
    const run = await store.save(keyFor("near"), bytes("near"), 3);
    expect(await session.preloadNearest([keyFor("none"), keyFor("near")])).toBe(true);
    expect((await session.peekLoadWithSource())?.source).toBe("preloaded");
    expect((await session.tryLoadWithSource())?.source).toBe("preloaded");
    await session.checkpoint(bytes("a"), 2);
    await session.checkpoint(bytes("b"), 1);
    const exact = WarmStartSession.open(store, keyFor("k"));
    expect((await exact.tryLoadWithSource())?.source).toBe("exact");
    await exact.finalize(bytes("c"), 0);
    const points = await store.history(keyFor("k"));
    expect(points.map(({ seed: began }) => began)).toEqual([{ key: keyFor("near").toHex(), run, source: "preloaded" }, undefined, { key: keyFor("k").toHex(), run: session.runId, source: "exact" }]);
  });

  it("preloads what nearest has found, and takes nothing found for nothing", async () => {
    const { session, store } = await temporarySession();
    await store.save(keyFor("near"), bytes("near"), 3);
    expect(session.preload(await store.nearest([keyFor("none")]))).toBe(false);
    expect(session.preload(await store.nearest([keyFor("near")]))).toBe(true);
    expect([text(await session.peekLoad()), text(await session.tryLoad()), await session.tryLoad(), await session.preloadNearest([])]).toEqual(["near", "near", undefined, false]);
  });

  it("takes an entry of a payload alone: a checkpoint, of the time that is told", async () => {
    const { session } = await temporarySession();
    session.preload({ payload: bytes("x") });
    expect(await session.tryLoad()).toEqual({ payload: bytes("x"), kind: "checkpoint", writtenUnixSecs: 0 });
    session.preload({ payload: bytes("x"), kind: "final", writtenAt: "1970-01-01T00:01:00.500Z" });
    expect(await session.tryLoad()).toMatchObject({ kind: "final", writtenUnixSecs: 60 });
  });

  it("gives out copies of what is preloaded: nobody changes it", async () => {
    const { session } = await temporarySession();
    const given = seed("seed");
    session.preload(given);
    given.payload.fill(0);
    (await session.peekLoad())?.payload.fill(0);
    expect(text(await session.tryLoad())).toBe("seed");
  });
});

describe("what goes wrong", () => {
  it("is the caller's where it is no payload or no number: refused at the call, and nothing is written", async () => {
    const { session, store, told } = await temporarySession();
    const odd: readonly (readonly [field: string, call: () => Promise<unknown>])[] = [
      ["payload", () => session.checkpoint("x" as never, 1)],
      ["payload", () => session.finalize([1, 2] as never)],
      ["objective", () => session.checkpoint(bytes("x"), NaN)],
      ["objective", () => session.checkpoint(bytes("x"), Infinity)],
      ["objective", () => session.finalize(bytes("x"), -Infinity)],
      ["objective", () => session.checkpoint(bytes("x"), { objective: 1 } as never)],
      ["iteration", () => session.checkpoint(bytes("x"), 1, 0.5)],
      ["prefixes", () => session.preloadNearest("abc" as never)],
      ["clock", () => WarmStartSession.open(store, keyFor("k"), { clock: () => NaN }).checkpoint(bytes("x"))],
    ];
    for (const [field, call] of odd) await expect(call(), call.toString()).rejects.toMatchObject({ code: "INVALID_OPTION", field });
    for (const [field, entry] of [["payload", {}], ["kind", { ...seed("x"), kind: "x" }], ["objective", { ...seed("x"), objective: NaN }], ["writtenUnixSecs", { ...seed("x"), writtenUnixSecs: NaN }], ["writtenAt", { payload: bytes("x"), writtenAt: "soon" }], ["key", { ...seed("x"), key: "abc" }], ["entry", 7], ["entry", null]] as const) {
      expect(() => session.preload(entry as never), field).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
    }
    expect([(await store.book.log.head()).seq, told]).toEqual([0, []]);
  });

  it("refuses to open on what is no store or no key", async () => {
    const { store } = await temporarySession();
    for (const [field, call] of [
      ["store", () => WarmStartSession.open({} as never, keyFor("k"))],
      ["key", () => WarmStartSession.open(store, "abc")],
      ["minIntervalMs", () => WarmStartSession.open(store, keyFor("k"), { minIntervalMs: -1 })],
      ["clock", () => WarmStartSession.open(store, keyFor("k"), { clock: 3 as never })],
      ["interval", () => WarmStartSession.open(store, keyFor("k"), { interval: 3 } as never)],
    ] as const) {
      expect(call, field).toThrow(expect.objectContaining({ code: "INVALID_OPTION", field }));
    }
  });

  it("is the store's where it fails: not written, told, and tried again with the next call", async () => {
    const fails = { put: true };
    const { session, told, store } = await temporarySession({ artifacts: failing(new MemoryArtifactStore(), fails) });
    expect([await session.checkpoint(bytes("a"), 2), await session.finalize(bytes("b"), 2)]).toEqual([false, false]);
    expect(told.map(({ message, fault }) => [message, fault])).toEqual([["EIO: injected", { key: keyFor("k").toHex(), run: session.runId, doing: "save" }], ["EIO: injected", { key: keyFor("k").toHex(), run: session.runId, doing: "save" }]]);
    fails.put = false;
    // Neither the limit nor the best so far has moved.
    expect([await session.checkpoint(bytes("c"), 2), await session.checkpoint(bytes("d"), 2)]).toEqual([true, false]);
    expect(text(await store.lookup(keyFor("k")))).toBe("c");
  });

  it("is told also where what is told to throws, or where a payload is too large", async () => {
    const { store } = await temporaryStore({ sizeBudgetBytes: 3 });
    const told: unknown[] = [];
    const session = WarmStartSession.open(store, keyFor("k"), {
      onError: (error) => {
        told.push((error as { code?: string }).code);
        throw new Error("thrown by onError");
      },
    });
    const warned = new Promise<Error>((resolve) => process.once("warning", resolve));
    expect(await session.checkpoint(bytes("1234"), 1)).toBe(false);
    expect([told, (await warned).message]).toEqual([["PAYLOAD_TOO_LARGE"], expect.stringContaining("thrown by onError")]);
    expect(await session.checkpoint(bytes("123"), 1)).toBe(true);
    const later = WarmStartSession.open(store, keyFor("k"), { onError: () => Promise.reject(new Error("rejected by onError")) as never });
    const warnedAgain = new Promise<Error>((resolve) => process.once("warning", resolve));
    expect(await later.finalize(bytes("1234"))).toBe(false);
    expect((await warnedAgain).message).toContain("rejected by onError");
  });

  it("is told by a session on a daybook that is read-only, which loads all the same", async () => {
    const { session, root } = await temporarySession();
    await session.checkpoint(bytes("a"), 1);
    const { store, told } = await temporaryStore({ root, daybook: { readOnly: true } });
    const reading = WarmStartSession.open(store, keyFor("k"));
    expect([text(await reading.tryLoad()), await reading.checkpoint(bytes("b"), 0), await reading.finalize(bytes("b"), 0)]).toEqual(["a", false, false]);
    expect(told.map(({ fault }) => fault.doing)).toEqual(["save", "save"]);
  });

  it("is no corruption where a file cannot be read: the store throws, the session tells, and the entry stays", async () => {
    const fails = { get: false };
    const { session, store, told } = await temporarySession({ artifacts: failing(new MemoryArtifactStore(), fails) });
    await session.checkpoint(bytes("a"), 1);
    fails.get = true;
    await expect(store.lookup(keyFor("k"))).rejects.toThrow("EIO");
    expect([await session.tryLoad(), told.map(({ fault }) => fault.doing)]).toEqual([undefined, ["load"]]);
    fails.get = false;
    expect(text(await session.tryLoad())).toBe("a");
  });

  it("does not keep a preloaded entry from being loaded when the store fails", async () => {
    const { session } = await temporarySession({ artifacts: failing(new MemoryArtifactStore(), { get: true }) });
    session.preload(seed("seed"));
    expect(text(await session.tryLoad())).toBe("seed");
  });

  it("leaves a file that cannot be deleted to gc, and the save stands", async () => {
    const fails = { delete: true };
    const inner = new MemoryArtifactStore();
    const { session, store, told } = await temporarySession({ artifacts: failing(inner, fails) });
    for (const objective of [2, 1]) expect(await session.checkpoint(bytes(`${objective}`), objective)).toBe(true);
    expect(told.map(({ fault }) => fault.doing)).toEqual(["delete"]);
    expect((await store.gc({ graceMs: 0 })).failed).toHaveLength(1);
    fails.delete = false;
    expect((await store.gc({ graceMs: 0 })).deleted).toHaveLength(1);
    expect(text(await session.tryLoad())).toBe("1");
  });

  it("leaves nothing behind where the log refuses the event", async () => {
    const root = temporaryFolder();
    const inner = new FolderArtifactStore(root);
    let tooLate: () => Promise<void> = () => Promise.resolve();
    const slow: ArtifactStore = { ...failing(inner, {}), put: async (...args) => {
      const stored = await inner.put(...args);
      await tooLate();
      return stored;
    } };
    const store = await WarmStartStore.open(root, { artifacts: slow });
    onTestFinished(() => store.close());
    const abort = new AbortController();
    tooLate = () => Promise.resolve(abort.abort(new Error("enough")));
    await expect(store.save(keyFor("k"), bytes("x"), { signal: abort.signal })).rejects.toThrow("enough");
    expect(readdirSync(join(root, "warm-starts", keyFor("k").toHex()))).toEqual([]);
    expect((await store.book.log.head()).seq).toBe(0);
  });
});

describe("readers and writers at once", () => {
  it("a file that goes while it is looked for is no damage: the slot is looked at again", async () => {
    const root = temporaryFolder();
    const inner = new FolderArtifactStore(root);
    let before: () => Promise<unknown> = () => Promise.resolve();
    const racing: ArtifactStore = { ...failing(inner, {}), get: async (...args) => {
      const once = before;
      before = () => Promise.resolve();
      await once();
      return await inner.get(...args);
    } };
    const reading = await temporaryStore({ root, artifacts: racing });
    const writing = await temporaryStore({ root });
    await writing.store.saveOverwrite(keyFor("k"), "slot", bytes("old"), 2);
    before = () => writing.store.saveOverwrite(keyFor("k"), "slot", bytes("new"), 3);
    expect(text(await reading.store.lookup(keyFor("k")))).toBe("new");
    expect(reading.told).toEqual([]);
    expect((await reading.store.entries()).map(({ save }) => save)).toEqual([2]);
  });

  it("a file that is open while its entry is given up is read to its end", async () => {
    const root = temporaryFolder();
    let opened: () => Promise<unknown> = () => Promise.resolve();
    const files = { ...nodeArtifactFiles, open: async (path: string) => {
      const file = await nodeArtifactFiles.open(path);
      await opened();
      return file;
    } };
    const reading = await temporaryStore({ root, artifacts: new FolderArtifactStore(root, files) });
    const writing = await temporaryStore({ root, sizeBudgetBytes: 5 });
    await writing.store.saveOverwrite(keyFor("k"), "slot", bytes("old"));
    opened = () => writing.store.save(keyFor("other"), bytes("other"));
    expect(text(await reading.store.lookup(keyFor("k")))).toBe("old");
    expect((await writing.store.entries()).map(({ key }) => key)).toEqual([keyFor("other").toHex()]);
  });

  it("what was saved anew in a slot is not given up for the payload that was bad before", async () => {
    const root = temporaryFolder();
    const inner = new FolderArtifactStore(root);
    let before: () => Promise<unknown> = () => Promise.resolve();
    const racing: ArtifactStore = { ...failing(inner, {}), get: async (...args) => {
      const stored = await inner.get(...args);
      const once = before;
      before = () => Promise.resolve();
      await once();
      return stored;
    } };
    const reading = await temporaryStore({ root, artifacts: racing });
    const writing = await temporaryStore({ root });
    await writing.store.saveOverwrite(keyFor("k"), "slot", bytes("old"), 2);
    const folder = join(root, "warm-starts", keyFor("k").toHex());
    for (const name of readdirSync(folder)) writeFileSync(join(folder, name), "OLD");
    before = async () => {
      // Given up by somebody else, and saved again: with the number 1, as before.
      await writing.store.lookup(keyFor("k"));
      await writing.store.saveOverwrite(keyFor("k"), "slot", bytes("new"), 3);
    };
    expect(text(await reading.store.lookup(keyFor("k")))).toBe("new");
    expect((await reading.store.entries()).map(({ save, objective }) => [save, objective])).toEqual([[1, 3]]);
    expect(reading.told).toEqual([]);
  });
});
