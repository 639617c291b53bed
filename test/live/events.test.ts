import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { firstValueFrom, lastValueFrom, take, toArray } from "rxjs";
import { describe, expect, it, onTestFinished } from "vitest";
import { openDaybook } from "../../src/index.js";
import type { Cursor, Daybook } from "../../src/index.js";
import { events$, followEvents } from "../../src/live.js";
import { openMemoryDaybook } from "../../src/testing.js";
import { activeSegment } from "../support/small-log.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { range, Recorder, seqsOf, ticks } from "./recorder.js";

const kinds: readonly [string, () => Promise<Daybook>][] = [
  ["segment files", () => openDaybook(temporaryFolder(), { segmentBytes: 4096, durability: "os" })],
  ["memory", () => openMemoryDaybook()],
];

describe.each(kinds)("events$ on %s", (_name, openOne) => {
  const open = async (): Promise<Daybook> => {
    const book = await openOne();
    onTestFinished(() => book.close());
    return book;
  };

  it("gives the past and then what comes, each event once and in order", async () => {
    const book = await open();
    await book.log.append(ticks(50));
    const recorder = new Recorder(events$(book));
    // Appended while the past is being read, and after.
    for (let commit = 0; commit < 50; commit += 1) await book.log.append(ticks(2));
    await recorder.until(({ values }) => values.length >= 150);
    await book.log.append(ticks(1));
    await recorder.until(({ values }) => values.length >= 151);
    expect(seqsOf(recorder.values)).toEqual(range(1, 151));
  });

  it("begins at a seq, also one that is yet to come, or with only what is new", async () => {
    const book = await open();
    await book.log.append(ticks(10));
    const recorders = [0, 1, 10, 11, 13, "head" as const].map((from) => new Recorder(events$(book, { from })));
    await book.log.append(ticks(5));
    for (const recorder of recorders) await recorder.until(({ values }) => values.at(-1)?.seq === 15);
    expect(recorders.map(({ values }) => values[0]?.seq)).toEqual([1, 1, 10, 11, 13, 11]);
    const read: number[] = [];
    for await (const { seq } of book.log.read({ from: 0 })) read.push(seq);
    expect(read).toEqual(range(1, 15));
    for (const { values } of recorders) expect(seqsOf(values)).toEqual(range(values[0]?.seq ?? 0, 15));
  });

  it("narrows to types and to a stream with everything below it", async () => {
    const book = await open();
    const streams = ["tick/a", "tick/a/b", "tick/ab", "tick"];
    for (const stream of streams) await book.log.append([...ticks(1, stream), { stream, type: "tick.missed", data: {} }]);
    const of = (options: Parameters<typeof events$>[1]): Promise<string[]> =>
      lastValueFrom(events$(book, options).pipe(take(2), toArray())).then((events) => events.map(({ stream, type }) => `${stream} ${type}`));
    expect(await of({ types: ["tick.missed"] })).toEqual(["tick/a tick.missed", "tick/a/b tick.missed"]);
    expect(await of({ stream: "tick/a", types: ["tick.counted"] })).toEqual(["tick/a tick.counted", "tick/a/b tick.counted"]);
    expect(await of({ stream: "tick/ab" })).toEqual(["tick/ab tick.counted", "tick/ab tick.missed"]);
  });

  it("is cold: each subscriber has the past to itself", async () => {
    const book = await open();
    await book.log.append(ticks(20));
    const stream = events$(book);
    const [one, other] = [new Recorder(stream), new Recorder(stream)];
    await one.until(({ values }) => values.length === 20);
    one.subscription.unsubscribe();
    await book.log.append(ticks(1));
    const late = new Recorder(stream);
    for (const recorder of [other, late]) await recorder.until(({ values }) => values.length === 21);
    expect([one, other, late].map(({ values }) => values.length)).toEqual([20, 21, 21]);
  });

  it("says when it has caught up, with a cursor to go on from", async () => {
    const book = await open();
    const places: Cursor[] = [];
    const recorder = new Recorder(events$(book, { onCaughtUp: (at) => places.push(at) }));
    await expect.poll(() => places.length).toBe(1);
    await book.log.append(ticks(3));
    await recorder.until(({ values }) => values.length === 3);
    await expect.poll(() => places.map(({ seq }) => seq)).toEqual([0, 3]);
    await book.log.append(ticks(2));
    for (const place of places) {
      const resumed = await lastValueFrom(events$(book, { from: JSON.parse(JSON.stringify(place)) as Cursor }).pipe(take(5 - place.seq), toArray()));
      expect(seqsOf(resumed)).toEqual(range(place.seq + 1, 5));
    }
    // The head is a place too; and a caller that wants only the past may end there.
    const onCaughtUp = (): void => void book.close();
    expect(await lastValueFrom(events$(book, { from: await book.log.head(), onCaughtUp }).pipe(toArray()))).toEqual([]);
  });

  it("refuses a cursor of another log", async () => {
    const book = await open();
    await book.log.append(ticks(2));
    const other = await open();
    await other.log.append(ticks(2));
    await expect(firstValueFrom(events$(book, { from: await other.log.head() }))).rejects.toMatchObject({ code: "LOG_FORKED", seq: 2 });
  });

  it("brings events of older versions up to date", async () => {
    const book = await open();
    await book.log.append({ stream: "tick/a", type: "tick.counted", data: { number: 1 }, v: 1 });
    book.registerEvent("tick.counted", { version: 2, upcasters: { 1: (data) => ({ ...data, unit: "s" }) } });
    expect(await firstValueFrom(events$(book))).toMatchObject({ v: 2, data: { number: 1, unit: "s" } });
  });

  it("completes when the daybook is closed, and errors when it was closed before", async () => {
    const book = await open();
    await book.log.append(ticks(1));
    const recorder = new Recorder(events$(book));
    await recorder.until(({ values }) => values.length === 1);
    await book.close();
    await recorder.until(({ completed }) => completed);
    expect(recorder.error).toBeUndefined();
    const late = new Recorder(events$(book));
    await late.until(({ error }) => error !== undefined);
    expect(late.error).toMatchObject({ code: "LOG_CLOSED" });
  });

  it("stops at once when a handler unsubscribes or closes the daybook", async () => {
    const book = await open();
    await book.log.append(ticks(30));
    const leaving = new Recorder(events$(book), ({ seq }, { subscription }) => {
      if (seq === 5) subscription.unsubscribe();
    });
    await leaving.until(({ values }) => values.length >= 5);
    expect(await lastValueFrom(events$(book).pipe(take(3), toArray()))).toHaveLength(3);
    const closing = new Recorder(events$(book), ({ seq }) => {
      if (seq === 7) void book.close();
    });
    await closing.until(({ completed }) => completed);
    expect([leaving.values.length, closing.values.length]).toEqual([5, 7]);
  });

  it("refuses options that it cannot mean", async () => {
    const book = await open();
    const refused = [{ from: -1 }, { from: 1.5 }, { from: "now" }, { from: { seq: 1 } }, { types: "a.b" }, { durable: 1 }, { onCaughtUp: 1 }];
    for (const options of refused) expect(() => events$(book, options as never)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }) as Error);
    expect(() => events$(book, { stream: "../x" })).toThrow(expect.objectContaining({ code: "INVALID_ID" }) as Error);
  });
});

describe("events$ on a log that is not whole", () => {
  it("errors at damage, after everything before it", async () => {
    const root = temporaryFolder();
    const book = await openDaybook(root, { durability: "fsync" });
    onTestFinished(() => book.close());
    for (let commit = 0; commit < 10; commit += 1) await book.log.append(ticks(1));
    const bytes = readFileSync(activeSegment(root));
    const place = bytes.indexOf('{"seq":6,');
    bytes[place + 20] = (bytes[place + 20] as number) ^ 1;
    writeFileSync(activeSegment(root), bytes);
    const recorder = new Recorder(events$(book));
    await recorder.until(({ error }) => error !== undefined);
    expect(recorder.error).toMatchObject({ code: "LOG_CORRUPT", seq: 6 });
    expect(seqsOf(recorder.values)).toEqual(range(1, 5));
  });

  it("goes on behind a torn tail once somebody has cut it off", async () => {
    const root = temporaryFolder();
    const book = await openDaybook(root, { durability: "fsync" });
    onTestFinished(() => book.close());
    await book.log.append(ticks(2));
    const recorder = new Recorder(events$(book));
    await recorder.until(({ values }) => values.length === 2);
    appendFileSync(activeSegment(root), '{"seq":3,"time":"20');
    await book.log.append(ticks(1));
    await recorder.until(({ values }) => values.length === 4);
    expect(recorder.values.map(({ type }) => type)).toEqual(["tick.counted", "tick.counted", "log.recovered", "tick.counted"]);
  });
});

describe("followEvents", () => {
  it("waits for its loop: no more than one batch is read ahead", async () => {
    const book = await openDaybook(temporaryFolder(), { durability: "os" });
    onTestFinished(() => book.close());
    const longest = 64 * 1024;
    for (let commit = 0; commit < 20; commit += 1) await book.log.append(ticks(500));
    const { backend } = book.core;
    let pulled = 0;
    const reader = backend.reader.bind(backend);
    backend.reader = async (after) => {
      const real = await reader(after);
      const pull = real.pull.bind(real);
      real.pull = (maxBytes) => {
        const batch = pull(maxBytes);
        pulled += batch?.events.length ?? 0;
        return batch;
      };
      return real;
    };
    let taken = 0;
    let furthestAhead = 0;
    for await (const event of followEvents(book)) {
      taken += 1;
      expect(event.seq).toBe(taken);
      furthestAhead = Math.max(furthestAhead, pulled - taken);
      if (taken % 1000 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      if (taken === 10_000) break;
    }
    // A tick is about 120 bytes as a line; a batch holds whole commits of 500.
    expect(furthestAhead).toBeLessThan(longest / 100 + 500);
  });

  it("ends with the daybook, and with a signal's reason", async () => {
    const book = await openMemoryDaybook();
    await book.log.append(ticks(3));
    const controller = new AbortController();
    const reason = new Error("enough");
    const aborted = (async () => {
      for await (const { seq } of followEvents(book, { signal: controller.signal })) if (seq === 3) setTimeout(() => controller.abort(reason), 5);
    })();
    await expect(aborted).rejects.toBe(reason);
    const seen: number[] = [];
    for await (const { seq } of followEvents(book)) {
      seen.push(seq);
      // Also from inside: closing does not wait for the loop.
      if (seq === 2) await book.close();
    }
    expect(seen).toEqual([1, 2]);
    const late = followEvents(book);
    await expect(late.next()).rejects.toMatchObject({ code: "LOG_CLOSED" });
  });

  it("can be left while it waits", async () => {
    const book = await openMemoryDaybook();
    onTestFinished(() => book.close());
    const events = followEvents(book);
    const waiting = events.next();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await events.return?.();
    expect(await waiting).toEqual({ done: true, value: undefined });
  });
});
