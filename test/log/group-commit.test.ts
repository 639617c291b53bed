import { openSync, truncateSync, readFileSync, closeSync, renameSync, mkdirSync, existsSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { acquireLock, FileLock } from "../../src/log/file-lock.js";
import { loadFsExt } from "../../src/log/native.js";
import { openDaybook } from "../../src/index.js";
import { durably, note, openRawLog } from "../support/raw-log.js";
import { activeSegment, readAll } from "../support/small-log.js";
import { temporaryFolder } from "../support/temporary-folder.js";

/** Holds the lock of a log as another process would. */
async function holdLock(root: string): Promise<() => void> {
  const lock = new FileLock(join(root, "log", "lock"), true);
  await acquireLock(lock, "exclusive", 1000);
  return () => {
    lock.release();
    lock.close();
  };
}

describe("callers that wait for the lock", () => {
  it("each keep their own time, also behind a more patient one", async () => {
    const root = temporaryFolder();
    const log = await openRawLog(root);
    const release = await holdLock(root);
    const patient = log.append([note(1)], { ...durably, lockTimeoutMs: 20_000 });
    const started = performance.now();
    await expect(log.append([note(2)], { ...durably, lockTimeoutMs: 200 })).rejects.toMatchObject({ code: "LOCK_TIMEOUT", holders: [expect.stringContaining(`pid ${process.pid}`) as string] });
    expect(performance.now() - started).toBeLessThan(2000);
    release();
    expect(await patient).toEqual({ firstSeq: 1, lastSeq: 1 });
    await log.close();
  });

  it("may all give up, and the next one still has its time", async () => {
    const root = temporaryFolder();
    const log = await openRawLog(root);
    const release = await holdLock(root);
    const abort = new AbortController();
    const given = log.append([note(1)], { ...durably, signal: abort.signal });
    abort.abort(new Error("enough"));
    await expect(given).rejects.toThrow("enough");
    await expect(log.append([note(2)], { ...durably, lockTimeoutMs: 200 })).rejects.toMatchObject({ code: "LOCK_TIMEOUT" });
    release();
    await log.close();
  });

  it("may be very many", { timeout: 120_000 }, async () => {
    const log = await openRawLog(temporaryFolder());
    const context = { ...durably, durability: "os", lockTimeoutMs: 60_000 } as const;
    const results = await Promise.all(Array.from({ length: 150_000 }, () => log.append([note(1)], context)));
    expect(results.at(-1)).toEqual({ firstSeq: 150_000, lastSeq: 150_000 });
    await log.close();
  });

  it("are all told when something goes wrong that nobody thought of, and the next one is served", async () => {
    const root = temporaryFolder();
    const log = await openRawLog(root);
    const spy = vi.spyOn(log.store, "refresh").mockImplementationOnce(() => {
      throw new RangeError("unthought of");
    });
    const outcomes = await Promise.allSettled([log.append([note(1)], durably), log.append([note(2)], durably)]);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    spy.mockRestore();
    expect(await log.append([note(3)], durably)).toEqual({ firstSeq: 1, lastSeq: 1 });
    await log.close();
  });
});

describe("a torn tail that waits for the next append", () => {
  async function tornRoot(): Promise<string> {
    const root = temporaryFolder();
    const log = await openRawLog(root);
    await log.append([note(1)], durably);
    await log.append([note(2)], durably);
    await log.close();
    truncateSync(activeSegment(root), readFileSync(activeSegment(root)).length - 4);
    return root;
  }

  it("is left alone by an empty append, a look and a check", async () => {
    const root = await tornRoot();
    const log = await openRawLog(root);
    expect(await log.append([], durably)).toEqual({ firstSeq: 1, lastSeq: 1 });
    expect((await log.verify({ full: true })).notes.join()).toContain("torn tail");
    expect(existsSync(join(root, "quarantine"))).toBe(false);
    await log.append([note(3)], durably, [{ stream: "log", seq: 0 }]);
    await log.close();
    expect((await readAll(root)).map(({ type }) => type)).toEqual(["note.taken", "log.recovered", "note.taken"]);
  });

  it("does not hold up others when the first caller's clock throws", async () => {
    const root = await tornRoot();
    const log = await openRawLog(root);
    const clock = (): number => {
      throw new Error("no time");
    };
    const outcomes = await Promise.allSettled([log.append([note(3)], { ...durably, clock }), log.append([note(4)], durably)]);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
    await log.close();
    expect((await readAll(root)).map(({ type }) => type)).toEqual(["note.taken", "log.recovered", "note.taken"]);
  });
});

describe("the lock file", () => {
  it("that was replaced is taken anew: a lock on the old file excludes nobody", async () => {
    const root = temporaryFolder();
    const log = await openRawLog(root);
    await log.append([note(1)], durably);
    renameSync(join(root, "log", "lock"), join(root, "log", "old-lock"));
    closeSync(openSync(join(root, "log", "lock"), "w"));
    const release = await holdLock(root);
    await expect(log.append([note(2)], { ...durably, lockTimeoutMs: 200 })).rejects.toMatchObject({ code: "LOCK_TIMEOUT" });
    release();
    expect((await log.append([note(2)], durably)).firstSeq).toBe(2);
    await log.close();
  });

  it("that cannot be used is a typed error", async () => {
    const root = temporaryFolder();
    await (await openRawLog(root)).close();
    renameSync(join(root, "log", "lock"), join(root, "log", "old-lock"));
    mkdirSync(join(root, "log", "lock"));
    await expect(openDaybook(root)).rejects.toMatchObject({ code: "WRITE_FAILED" });
  });
});

describe("a lock that the system will not take back", () => {
  it("is let go all the same, and the callers of the commit have their answers", async () => {
    const root = temporaryFolder();
    const log = await openRawLog(root);
    const flockSync = loadFsExt().flockSync.bind(loadFsExt());
    const unlocking = vi.spyOn(loadFsExt(), "flockSync").mockImplementation((fd, how) => {
      if (how === "un") throw Object.assign(new Error("EIO: unlock"), { code: "EIO" });
      flockSync(fd, how);
    });
    try {
      expect(await log.append([note(1)], durably)).toEqual({ firstSeq: 1, lastSeq: 1 });
    } finally {
      unlocking.mockRestore();
    }
    (await holdLock(root))();
    expect(await log.append([note(2)], durably)).toEqual({ firstSeq: 2, lastSeq: 2 });
    await log.close();
  });
});

describe("a caller's own signal", () => {
  const sound = { aborted: false, reason: undefined, throwIfAborted: () => undefined, addEventListener: () => undefined, removeEventListener: () => undefined };
  const fails = (): never => {
    throw new Error("no such call");
  };

  it("that fails is its caller's affair alone", async () => {
    const log = await openRawLog(temporaryFolder());
    let settled = 0;
    const append = (signal: object, number: number): Promise<unknown> =>
      log.exclusive({ context: { ...durably, signal: signal as AbortSignal }, participates: false, run: (section) => section.append([note(number)]), settled: () => (settled += 1) });
    const deaf = append({ ...sound, addEventListener: fails }, 1);
    const clinging = append({ ...sound, removeEventListener: fails }, 2);
    const beside = append(sound, 3);
    await expect(deaf).rejects.toThrow("no such call");
    await Promise.all([clinging, beside]);
    expect(settled).toBe(3);
    expect((await log.head()).seq).toBe(2);
    await log.close();
  });
});

describe("an expectation", () => {
  it("is not decided by a log that is damaged where nobody has looked yet", async () => {
    const root = temporaryFolder();
    const written = await openRawLog(root, { segmentBytes: 300 });
    for (let number = 1; number <= 6; number += 1) await written.append([note(number)], durably);
    await written.close();
    const first = join(root, "log", `${"1".padStart(20, "0")}.ndjson`);
    const bytes = readFileSync(first);
    bytes.write("X", bytes.indexOf("note/1"));
    writeFileSync(first, bytes);
    const log = await openRawLog(root, { segmentBytes: 300, verifyBytes: 1 });
    await log.append([note(7)], durably);
    await expect(log.append([note(1)], durably, [{ stream: "note/1", seq: 0 }])).rejects.toMatchObject({ code: "LOG_CORRUPT", segment: basename(first), seq: 1 });
    await log.close();
  });
});
