/** Every test of the warm-start session, translated. docs/from-warm-starts.md says what differs. */
import { describe, expect, it, onTestFinished } from "vitest";
import { Fingerprinter, WarmStartSession, WarmStartStore } from "../../src/warm-starts.js";
import type { CachedEntry, Fingerprint } from "../../src/warm-starts.js";
import { temporaryFolder } from "../support/temporary-folder.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (entry: CachedEntry | undefined): string | undefined => (entry === undefined ? undefined : new TextDecoder().decode(entry.payload));

async function openStore(root: string): Promise<WarmStartStore> {
  const store = await WarmStartStore.open(root, { sizeBudgetBytes: 1024 * 1024, ttlMs: 60_000 });
  onTestFinished(() => store.close());
  return store;
}

const keyOf = (tag: string, label: string): Fingerprint => new Fingerprinter().absorbStr(tag, label).finalize();

/** A session whose clock stands still: so every write but the first is within the limit. */
async function temporarySession(label: string, clock = (): number => 0): Promise<WarmStartSession> {
  return WarmStartSession.open(await openStore(temporaryFolder()), keyOf("label", label), { clock });
}

describe("warm-start session", () => {
  it("checkpoint, then load", async () => {
    const session = await temporarySession("ckpt");
    expect(await session.checkpoint(bytes("iter-1"), 2, 1)).toBe(true);
    const got = await session.tryLoad();
    expect([text(got), got?.objective, got?.kind]).toEqual(["iter-1", 2, "checkpoint"]);
  });

  it("an objective that improves bypasses the limit", async () => {
    const session = await temporarySession("improve");
    expect(await session.checkpoint(bytes("a"), 5, 1)).toBe(true);
    expect(await session.checkpoint(bytes("b"), 3, 2)).toBe(true);
    const got = await session.tryLoad();
    expect([text(got), got?.objective]).toEqual(["b", 3]);
  });

  it("writes that improve nothing are held back", async () => {
    const session = await temporarySession("throttle");
    expect(await session.checkpoint(bytes("a"), 2, 1)).toBe(true);
    expect(await session.checkpoint(bytes("b"), 5, 2)).toBe(false);
    expect(text(await session.tryLoad())).toBe("a");
  });

  it("finalize makes it a final entry", async () => {
    const session = await temporarySession("final");
    await session.checkpoint(bytes("ckpt"), 2, 1);
    await session.finalize(bytes("done"), 1, 5);
    const got = await session.tryLoad();
    expect([text(got), got?.kind]).toEqual(["done", "final"]);
  });

  it("what is preloaded goes before what the store has", async () => {
    const session = await temporarySession("preload-empty");
    expect(await session.tryLoad()).toBeUndefined();
    session.preload({ payload: bytes("from-prefix"), objective: 7, iteration: 42, kind: "final", writtenUnixSecs: 0 });
    const got = await session.tryLoad();
    expect([text(got), got?.objective]).toEqual(["from-prefix", 7]);
  });

  it("the first tryLoad uses up what is preloaded", async () => {
    const session = await temporarySession("preload-consume");
    await session.checkpoint(bytes("exact"), 2, 5);
    session.preload({ payload: bytes("seed"), objective: 99, iteration: 1, kind: "checkpoint", writtenUnixSecs: 0 });
    expect(text(await session.tryLoad())).toBe("seed");
    expect(text(await session.tryLoad())).toBe("exact");
  });

  it("peekLoad does not use up what is preloaded", async () => {
    const session = await temporarySession("preload-peek");
    session.preload({ payload: bytes("seed"), objective: 3, iteration: 9, kind: "final", writtenUnixSecs: 0 });
    const peeked = await session.peekLoadWithSource();
    expect([text(peeked?.entry), peeked?.source]).toEqual(["seed", "preloaded"]);
    expect(text(await session.tryLoad())).toBe("seed");
    expect(await session.tryLoad()).toBeUndefined();
  });

  it("a second session reads what the first one has saved", async () => {
    const root = temporaryFolder();
    const key = keyOf("k", "shared");
    await WarmStartSession.open(await openStore(root), key).checkpoint(bytes("from-a"), 1, 3);
    const second = WarmStartSession.open(await openStore(root), key);
    const got = await second.tryLoad();
    expect([text(got), got?.objective]).toEqual(["from-a", 1]);
  });
});
