import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { defineProjection, openDaybook } from "../../src/index.js";
import { acquireLock, FileLock } from "../../src/log/file-lock.js";
import type { LogLock } from "../../src/log/file-lock.js";
import { durably, note, openRawLog } from "../support/raw-log.js";
import { temporaryFolder } from "../support/temporary-folder.js";

/** The lock of whoever has it already, by another descriptor. */
const held: LogLock = {
  tryAcquire: () => true,
  wait: () => Promise.resolve(true),
  timedOut: () => {
    throw new Error("never waits");
  },
  release: () => undefined,
  close: () => undefined,
};

describe("who waits for the lock", () => {
  it("folds what the holder appends before it has its turn, and decides on all of it", async () => {
    const root = temporaryFolder();
    const folded: number[] = [];
    const notes = defineProjection<"notes", number>({
      name: "notes",
      version: 1,
      initialState: 0,
      types: ["note.taken"],
      evolve: (state, event) => {
        folded.push(event.seq);
        return state + 1;
      },
    });
    const book = await openDaybook(root);
    book.registerProjection(notes);
    expect(await book.view("notes")).toBe(0);
    const lock = new FileLock(join(root, "log", "lock"), true);
    await acquireLock(lock, "exclusive", 1000);
    const holder = await openRawLog(root, { lock: held });
    let decided: number | undefined;
    const waiting = book.transact(["notes"], ({ notes: seen }) => {
      decided = seen as number;
      return [{ stream: "note/3", type: "note.taken", data: {} }];
    });
    // Its own look at the log, before it asked for the lock, has found nothing.
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(folded).toEqual([]);
    await holder.append([note(1)], durably);
    await vi.waitFor(() => expect(folded).toEqual([1]));
    await holder.append([note(2)], durably);
    await vi.waitFor(() => expect(folded).toEqual([1, 2]));
    expect(decided).toBeUndefined();
    await holder.close();
    lock.release();
    lock.close();
    await waiting;
    expect(decided).toBe(2);
    expect(folded).toEqual([1, 2, 3]);
    await book.close();
  });

  it("is not put out by damage that it meets while it waits: under the lock it is told", async () => {
    const root = temporaryFolder();
    const book = await openDaybook(root);
    expect(await book.runs.allocate("train")).toBe("0001");
    const lock = new FileLock(join(root, "log", "lock"), true);
    await acquireLock(lock, "exclusive", 1000);
    const waiting = book.runs.allocate("train", { signal: AbortSignal.timeout(10_000) });
    const outcome = expect(waiting).rejects.toMatchObject({ code: "LOG_CORRUPT" });
    const holder = await openRawLog(root, { lock: held });
    await holder.append([{ stream: "run/train/0002", type: "run.allocated", v: 1, data: { uid: "0002" }, dataText: "{]" }], durably);
    await holder.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    lock.release();
    lock.close();
    await outcome;
    await book.close();
  });
});
