import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { openDaybook } from "../../src/index.js";
import type { Daybook } from "../../src/index.js";
import { events$, followEvents, followView, view$ } from "../../src/live.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { range, Recorder, ticks } from "./recorder.js";

const canCount = existsSync("/proc/self/fd");

/** Descriptors of this process on files below a folder. */
function descriptors(root: string): string[] {
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return target.startsWith(root) ? [target] : [];
    } catch {
      return [];
    }
  });
}

/** Watchers of this process. A closed one is counted for a moment longer. */
const watchers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === "FSEventWrap").length;
const held = (root: string): { descriptors: number; watchers: number } => ({ descriptors: descriptors(root).length, watchers: watchers() });
const moment = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));

async function withBook(work: (book: Daybook, root: string) => Promise<void>): Promise<void> {
  const root = temporaryFolder();
  const book = await openDaybook(root, { segmentBytes: 4096, durability: "os" });
  try {
    for (let commit = 0; commit < 40; commit += 1) await book.log.append(ticks(5));
    await book.view("runs");
    // The log keeps a descriptor of its own for this.
    await book.log.head();
    // Sealing reads the older segments, in the background.
    await expect.poll(() => new Set(descriptors(root)).size).toBe(2);
    await work(book, root);
  } finally {
    await book.close();
  }
  expect(descriptors(root)).toEqual([]);
}

describe.runIf(canCount)("what a subscription holds", () => {
  it("is freed when it is left: caught up, in the middle, and at once", async () => {
    await withBook(async (book, root) => {
      const before = held(root);
      const caughtUp = range(1, 5).map(() => new Recorder(events$(book)));
      const views = range(1, 3).map(() => new Recorder(view$(book, "runs")));
      for (const recorder of caughtUp) await recorder.until(({ values }) => values.length === 200);
      for (const recorder of views) await recorder.until(({ values }) => values.length === 1);
      expect(descriptors(root).length).toBeGreaterThan(before.descriptors);
      expect(watchers()).toBe(1);
      const middle = new Recorder(events$(book), ({ seq }, { subscription }) => {
        if (seq === 50) subscription.unsubscribe();
      });
      await middle.until(({ values }) => values.length === 50);
      for (const { subscription } of [...caughtUp, ...views]) subscription.unsubscribe();
      for (let time = 0; time < 20; time += 1) {
        events$(book, { durable: true }).subscribe().unsubscribe();
        view$(book, "runs").subscribe().unsubscribe();
      }
      await book.log.append(ticks(5));
      await moment();
      await expect.poll(() => held(root)).toEqual(before);
    });
  });

  it("is freed when it fails, when a loop is left, and when an iterator waits", async () => {
    await withBook(async (book, root) => {
      const before = held(root);
      const failing = new Recorder(events$(book, { from: { seq: 200, token: "0000000000000000" } }));
      await failing.until(({ error }) => error !== undefined);
      for await (const event of followEvents(book)) if (event.seq === 10) break;
      for await (const view of followView(book, "runs")) if (view !== null) break;
      const thrown = (async () => {
        for await (const { seq } of followEvents(book)) throw new Error(`in the loop at ${seq}`);
      })();
      await expect(thrown).rejects.toThrow("in the loop at 1");
      const waiting = followEvents(book, { from: "head" });
      const next = waiting.next();
      await moment();
      await waiting.return?.();
      await next;
      const unused = followEvents(book);
      expect(typeof unused.next).toBe("function");
      await moment();
      await expect.poll(() => held(root)).toEqual(before);
    });
  });

  it("is freed when the daybook is closed, whatever each was doing", async () => {
    await withBook(async (book) => {
      const caughtUp = new Recorder(events$(book));
      await caughtUp.until(({ values }) => values.length === 200);
      const recorders = [caughtUp, ...range(1, 5).map(() => new Recorder(events$(book))), ...range(1, 5).map(() => new Recorder(events$(book, { durable: true })))];
      const iterator = followEvents(book);
      await iterator.next();
      const views = range(1, 5).map(() => new Recorder(view$(book, "runs")));
      book.registerProjection({ name: "slow", version: 1, initialState: 0, evolve: (state: number) => state + 1 });
      const folding = new Recorder(view$(book, "slow"));
      await book.close();
      for (const recorder of [...recorders, ...views, folding]) {
        await recorder.until(({ completed, error }) => completed || error !== undefined);
        expect(recorder.error).toBeUndefined();
      }
      expect((await iterator.next()).done).toBe(true);
      await moment();
      expect(watchers()).toBe(0);
    });
  });

  it("is freed by one handle while another one of the same root goes on", async () => {
    await withBook(async (book, root) => {
      const before = held(root);
      const other = await openDaybook(root);
      const [ending, staying] = [new Recorder(events$(other)), new Recorder(events$(book))];
      await ending.until(({ values }) => values.length === 200);
      await other.close();
      await ending.until(({ completed }) => completed);
      await book.log.append(ticks(1));
      await staying.until(({ values }) => values.length === 201);
      expect(staying.completed).toBe(false);
      staying.subscription.unsubscribe();
      await expect.poll(() => held(root)).toEqual(before);
    });
  });
});

describe.runIf(canCount)("what views hold", () => {
  it("is freed when the daybook is closed, also when many were asked for at once, or while they still fold", async () => {
    const root = temporaryFolder();
    const book = await openDaybook(root, { durability: "os" });
    for (let commit = 0; commit < 10; commit += 1) await book.log.append(ticks(1000));
    for (const number of range(1, 4)) {
      book.registerProjection({ name: `count-${number}`, version: 1, initialState: 0, evolve: (state: number) => state + 1 });
    }
    const views = range(1, 3).map(async (number) => {
      for (let turn = 0; turn < number; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      return Promise.all([book.view(`count-${number}`), book.view("count-1")]);
    });
    expect(await Promise.all(views)).toEqual(range(1, 3).map(() => [10_000, 10_000]));
    const unfinished = [book.view("count-4"), book.view("runs")].map((view) => view.catch((error: unknown) => error));
    await book.close();
    for (const outcome of await Promise.all(unfinished)) if (outcome instanceof Error) expect(outcome).toMatchObject({ code: "LOG_CLOSED" });
    expect(descriptors(root)).toEqual([]);
  });
});
